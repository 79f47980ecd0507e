"""The terms of order one: printed values, the flow itself, closed forms, and independence of the factor."""

from dataclasses import astuple

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from studies.incremental.instances import OrthogonalInstance, mixed_instance, positive_instance
from twolayer.jump_offsets import jump_offsets, passage
from twolayer.saddle_flow import saddle_flow


def offsets_of(instance, **options):
    y, directions, signs = astuple(instance)
    return jump_offsets(directions, signs, y, **options)


@pytest.mark.parametrize(
    ("instance", "printed"),
    [
        (positive_instance(0), [12.72, 15.98, 14.01, 21.77, 9.64, 23.60]),
        (positive_instance(), [11.87, 13.19, 16.69, 14.81, -8.27, 25.24]),  # measured at L = 1000
        (mixed_instance(), [5.73, 5.09, 5.81, 6.59, 8.459, -6.30]),  # the fifth at L = 2000
    ],
)
def test_offsets_are_those_that_were_measured(instance, printed):
    # Two digits are given, from runs whose o(1) is below 0.005.
    np.testing.assert_allclose(offsets_of(instance).offsets, printed, atol=0.01)


def test_the_first_offset_of_one_sign_is_the_closed_form():
    y, directions, _ = astuple(positive_instance(3))
    theory = offsets_of(positive_instance(3))
    j, norm = theory.process.neurons[0], theory.process.label_norms[0]
    target = np.where(directions[j] > 0, y, 0.0)
    cosine = directions[j] @ target / np.linalg.norm(target)
    expected = (np.log(norm) / 2 + np.log(2 / (1 + cosine))) * 64 / norm
    assert theory.offsets[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", [8, 11])
def test_log_norms_on_plateaus_are_those_of_the_flow(seed):
    y, directions, signs = astuple(mixed_instance(seed))
    theory, length = offsets_of(mixed_instance(seed)), 3000.0
    first, second = length * theory.process.times[:2]
    times = [0.5 * first, 0.5 * (first + second)]
    path = saddle_flow(directions, signs, y, -length, snapshots=times, time_limit=times[-1] + 1)
    active = theory.process.rates[0] > 0
    for time, _, logs in path.snapshots:
        np.testing.assert_allclose(logs[active], theory.log_norms(time, -length)[active], atol=1e-6)


def test_time_is_inversely_proportional_to_the_factor():
    one, two = offsets_of(mixed_instance()), offsets_of(mixed_instance(), factor=2.0)
    np.testing.assert_allclose(two.offsets, one.offsets / 2, rtol=1e-9)
    np.testing.assert_allclose(two.log_factors, one.log_factors, rtol=1e-9)


def test_passage_is_the_linear_equation_of_the_three_numbers():
    kept, lost, rate = 0.3, 0.7, 0.9

    def force(time, values):
        a, first, second = values
        sigma = 1 / (1 + np.exp(2 * rate * time))
        return [kept * first + lost * sigma * second, kept * a, lost * sigma * a]

    old = np.hypot(kept, lost)
    start = [1.0, kept / old, lost / old]
    end = 60.0
    solution = solve_ivp(force, (-20.0, end), start, method="DOP853", rtol=1e-12, atol=1e-12)
    growth = np.log(solution.y[0, -1]) - 20.0 * old - end * kept
    turn = passage([kept], [lost], rate)
    assert turn.log_growth[0] == pytest.approx(growth, abs=1e-8)
    dense = solve_ivp(
        force, (-20.0, turn.times[-1]), start, method="DOP853", rtol=1e-12, atol=1e-12, t_eval=turn.times[25:]
    )
    np.testing.assert_allclose(turn.cosines[25:, 0], dense.y[1] / dense.y[0], atol=1e-8)


def test_whoever_keeps_nothing_or_everything_gains_nothing():
    np.testing.assert_array_equal(passage([0.0, 0.5], [0.5, 0.0], 1.0).log_growth, [0.0, 0.0])


def test_twins_are_refused():
    directions = np.array([[0.6, 0.8], [0.8, 0.6]])
    with pytest.raises(ValueError, match=r"\[0, 1\] have the same points"):
        offsets_of(OrthogonalInstance(np.array([1.0, 2.0]), directions, np.ones(2)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [1.0], 0.0), "rate"),
        (([-1.0], [1.0], 1.0), "not negative"),
        (([1.0, 2.0], [1.0], 1.0), "one shape"),
        (([1.0], [3.0], 1.0), "at most 3 rates"),
        (([np.nan], [1.0], 1.0), "kept"),
    ],
)
def test_passages_that_do_not_exist(arguments, message):
    with pytest.raises(ValueError, match=message):
        passage(*arguments)


def test_the_logarithm_of_the_scale_is_negative():
    instance = mixed_instance()
    with pytest.raises(ValueError, match="log_scale negative"):
        offsets_of(instance).log_norms(1.0, 50.0)
