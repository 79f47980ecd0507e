"""Algorithm 1: reference instances, invariances, and refusals."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.jump_process import jump_process, least_squared_norm, limit_weights


def obvious_jumps(active, signs, y, factor):
    """Algorithm 1 written out with sets, one neuron at a time."""
    m, n = active.shape
    sets = [{i for i in range(n) if active[j, i] and signs[j] * y[i] > 0} for j in range(m)]
    born = [frozenset(points) for points in sets]
    exponent, waiting, time, jumps = [-1.0] * m, set(range(m)), 0.0, []
    while any(sets[j] for j in waiting):
        rate = {j: factor / n * np.sqrt(sum(y[i] ** 2 for i in sorted(sets[j]))) for j in waiting if sets[j]}
        first = min(rate, key=lambda j: (-exponent[j] / rate[j], j))
        wait = -exponent[first] / rate[first]
        time += wait
        for j in rate:
            exponent[j] += rate[j] * wait
        margin = min((-exponent[j] for j in rate if born[j] != born[first]), default=np.inf)
        jumps.append(
            (time, first, np.sqrt(sum(y[i] ** 2 for i in sorted(sets[first]))), len(sets[first]), margin)
        )
        fitted = set(sets[first])
        waiting.remove(first)
        sets = [s - fitted for s in sets]
    return jumps


def test_the_one_sign_instance():
    y, directions, signs = astuple(positive_instance())
    process = jump_process(directions > 0, signs, y)
    assert process.neurons.tolist() == [5, 1, 3, 2, 0, 4]
    assert process.counts.tolist() == [33, 17, 8, 4, 1, 1]
    # Printed to five or six digits.
    np.testing.assert_allclose(
        process.times, [9.94384, 10.39372, 11.05188, 13.55994, 14.55743, 17.96400], atol=6e-6
    )
    np.testing.assert_allclose(
        process.losses, [0.558132, 0.234507, 0.086763, 0.026867, 0.009993, 0.008507, 0], atol=6e-7
    )
    assert process.squared_norm == pytest.approx(33.00603, abs=6e-6)
    assert least_squared_norm(y) == pytest.approx(16.90454, abs=6e-6)


def test_the_instance_of_both_signs_leaves_one_neuron_just_below_its_jump():
    y, directions, signs = astuple(mixed_instance())
    process = jump_process(directions > 0, signs, y)
    assert process.neurons.tolist() == [11, 7, 1, 4, 0, 6]
    assert process.squared_norm == pytest.approx(19.29322, abs=6e-6)
    assert process.exponents[-1, 9] == pytest.approx(-0.0065, abs=5e-5)
    assert process.rates[-1, 9] == 0


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 30), st.sampled_from([0.5, 1.0, 2.0]))
def test_running_sums_give_the_jumps_of_the_obvious_algorithm(seed, n, m, factor):
    rng = np.random.default_rng([seed, n, m])
    # Labels over six decades: the sums of squares that are left become small differences of large ones.
    y = rng.standard_normal(n) * 10.0 ** rng.uniform(-3, 3, n)
    active, signs = rng.random((m, n)) < 0.5, rng.choice([-1.0, 1.0], m)
    process = jump_process(active, signs, y, factor=factor, ties="first")
    expected = obvious_jumps(active, signs, y, factor)
    # Who is first in a tie to rounding is not to be known: a point may add less than that to a neuron's rate.
    assume(all(jump[4] > 1e-12 for jump in expected if jump[2] > 0))
    distinct = [jump for jump in expected if jump[2] > 0]
    # Twins, with the same unfitted points, jump as one: the obvious algorithm finds nothing left for the second.
    assert process.neurons.tolist() == [jump[1] for jump in distinct]
    # The time that is left is what an exponent lacks of 0, which is known to rounding, over a rate that may have
    # fallen by decades. Later times inherit the error.
    times, norms = np.array([(jump[0], jump[2]) for jump in distinct]).reshape(-1, 2).T
    rounding = np.maximum.accumulate(1e-13 / (factor / n * norms))
    assert (np.abs(process.times - times) <= 1e-12 * times + rounding).all()
    np.testing.assert_allclose(process.label_norms, [jump[2] for jump in distinct], rtol=1e-12)
    assert process.counts.tolist() == [jump[3] for jump in distinct]


def test_the_signs_decouple():
    y, directions, signs = astuple(mixed_instance())
    whole = jump_process(directions > 0, signs, y)
    parts = []
    for sign in (1.0, -1.0):
        mine = np.flatnonzero(signs == sign)
        # The factor 1/n of the whole data stays: points of the other sign are kept, though nobody fits them.
        part = jump_process((directions > 0)[mine], signs[mine], y)
        parts += list(zip(part.times, mine[part.neurons], part.label_norms, strict=True))
    parts.sort()
    np.testing.assert_allclose(whole.times, [p[0] for p in parts], rtol=1e-12)
    assert whole.neurons.tolist() == [p[1] for p in parts]


def test_one_neuron_for_each_sign_gives_two_jumps_and_the_least_norm():
    y = np.array([1.0, -2.0, 0.5, -0.1])
    process = jump_process(np.ones((2, 4), dtype=bool), np.array([1.0, -1.0]), y)
    np.testing.assert_allclose(
        process.times, sorted([4 / np.hypot(1, 0.5), 4 / np.hypot(2, 0.1)]), rtol=1e-14
    )
    assert process.squared_norm == pytest.approx(least_squared_norm(y), rel=1e-14)


def test_the_limit_interpolates_what_is_covered_and_has_the_norm_of_15():
    y, directions, signs = astuple(mixed_instance(3))
    process = jump_process(directions > 0, signs, y)
    a, w = limit_weights(process, y, signs)
    covered = process.fitted_by >= 0
    np.testing.assert_allclose((w @ np.maximum(a, 0))[covered], y[covered], rtol=1e-13)
    np.testing.assert_allclose((w @ np.maximum(a, 0))[~covered], 0)
    assert (a**2).sum() + (w**2).sum() == pytest.approx(process.squared_norm, rel=1e-13)
    np.testing.assert_allclose((a**2).sum(axis=1), w**2, rtol=1e-13)
    assert process.losses[-1] == pytest.approx((y[~covered] ** 2).sum() / 32, abs=1e-15)


def test_exponents_are_piecewise_affine_and_end_at_zero_for_those_that_jump():
    y, directions, signs = astuple(positive_instance())
    process = jump_process(directions > 0, signs, y)
    for k, (time, j) in enumerate(zip(process.times, process.neurons, strict=True)):
        before = process.exponents_at(time * (1 - 1e-12))
        np.testing.assert_allclose(before, process.exponents[k + 1], atol=1e-10)
        assert process.exponents_at(time + 1)[j] == 0
    assert (process.exponents_at(0.0) == -1).all()


def test_twins_jump_as_one_and_ties_of_different_neurons_are_refused():
    active = np.array([[True, True, False], [True, True, False], [False, False, True]])
    process = jump_process(active, np.ones(3), np.array([1.0, 2.0, 0.5]))
    assert process.neurons.tolist() == [0, 2]
    tied = np.array([[True, False], [False, True]])
    with pytest.raises(ValueError, match="Assumption 4"):
        jump_process(tied, np.ones(2), np.array([1.0, 1.0]))
    assert jump_process(tied, np.ones(2), np.array([1.0, 1.0]), ties="first").neurons.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": np.array([1.0, 0.0])}, r"y\[1\]"),
        ({"y": np.array([1.0, np.nan])}, "y"),
        ({"active": np.ones((2, 2))}, "bool"),
        ({"signs": np.array([1.0, 0.0])}, "1 or -1"),
        ({"signs": np.ones(3)}, "2 neurons"),
        ({"ties": "any"}, "refuse"),
        ({"factor": 0.0}, "factor"),
        ({"active": np.ones((2, 2), dtype=int)}, "a == 1"),
        ({"active": np.ones((0, 2), dtype=bool), "signs": np.ones(0)}, "at least one neuron"),
        ({"signs": ["1", "-1"]}, "signs must hold real numbers"),
        ({"signs": np.array([1j, 1.0])}, "signs must hold real numbers"),
    ],
)
def test_bad_input_is_named(arguments, message):
    good = {"active": np.ones((2, 2), dtype=bool), "signs": np.ones(2), "y": np.ones(2)}
    with pytest.raises((ValueError, TypeError), match=message):
        jump_process(**(good | arguments))


@pytest.mark.parametrize("exponent", [-500, -300, 300, 500])
def test_labels_of_any_size_give_the_same_jumps(exponent):
    # Squares of labels beyond 1e154 overflow, and below 1e-162 they vanish.
    y, directions, signs = astuple(mixed_instance(5))
    plain = jump_process(directions > 0, signs, y)
    with np.errstate(over="ignore"):  # the losses themselves may leave the range of the numbers
        far = jump_process(directions > 0, signs, np.ldexp(y, 2 * exponent))
    np.testing.assert_array_equal(far.neurons, plain.neurons)
    np.testing.assert_array_equal(far.fitted_by, plain.fitted_by)
    np.testing.assert_array_equal(far.exponents, plain.exponents)
    np.testing.assert_array_equal(far.label_norms, np.ldexp(plain.label_norms, 2 * exponent))
    np.testing.assert_array_equal(far.times, np.ldexp(plain.times, -2 * exponent))


def test_of_twins_the_first_is_named_whatever_the_rounding():
    # Sums of the same squares in rows that lie differently in memory may differ in the last digit.
    for seed in range(200):
        rng = np.random.default_rng(seed)
        y, width = np.abs(rng.standard_normal(23)), int(rng.integers(2, 40))
        process = jump_process(np.ones((width, 23), dtype=bool), np.ones(width), y)
        assert process.neurons.tolist() == [0]
        assert (process.exponents[-1] == 0).all()


def test_a_tie_that_rounding_hides_is_refused():
    # Neuron 1 covers a point of 1e-9 more than neuron 0: it jumps before it by one part in 10^18.
    active = np.array([[True, False, True], [True, True, False]])
    with pytest.raises(ValueError, match="at the same time"):
        jump_process(active, np.ones(2), np.array([1.0, 1e-9, 1e-10]))


def test_nothing_is_changed_and_read_only_input_will_do():
    y, directions, signs = astuple(mixed_instance())
    active, kept = directions > 0, y.copy()
    for array in (active, signs, y):
        array.flags.writeable = False
    process = jump_process(active, signs, y)
    limit_weights(process, y, signs)
    np.testing.assert_array_equal(y, kept)
    strided = jump_process(np.asfortranarray(active), signs.tolist(), y.tolist())
    np.testing.assert_array_equal(strided.times, process.times)


def test_times_and_signs_that_do_not_fit_a_process():
    y, directions, signs = astuple(mixed_instance())
    process = jump_process(directions > 0, signs, y)
    for time in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="time"):
            process.exponents_at(time)
    for wrong in (signs[:-1], 2 * signs):
        with pytest.raises(ValueError, match="12 neurons"):
            limit_weights(process, y, wrong)
