"""Powers of the scale at the saddles: against values that were fitted to the flow, and by hand for two neurons."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow
from twolayer.saddle_rates import saddle_rates


def _rates(instance, k, epsilon):
    process = jump_process(instance.active, instance.signs, instance.y)
    return saddle_rates(
        process, instance.active, instance.signs, instance.y, k, process.times[k - 1] + epsilon
    )


def test_first_jump_of_figure_1():
    # The printed power 2 c Y eps / n = 0.0402 of the norm, twice that for squared residuals.
    rates = _rates(positive_instance(), 1, 0.2)
    assert rates.norm == pytest.approx(2 * 6.43615 * 0.2 / 64, rel=1e-5)
    assert rates.loss == pytest.approx(2 * rates.norm)


@pytest.mark.parametrize(
    ("instance", "k", "fitted"),
    [
        # Slopes of the errors of the flow between L = 700 and 4000; a per cent covers their last digit.
        (positive_instance(), 4, (0.00919, 0.01837, 0.00273)),
        (mixed_instance(), 2, (0.04423, 0.08846, 0.00879)),
        (mixed_instance(), 5, (0.01308, 0.04783, 0.12041)),
        (mixed_instance(), 6, (0.00998, 0.01996, np.inf)),
        # Here a neuron is turned by another one's giving way (1000 and 1200, above what the integrator leaves).
        (positive_instance(0), 5, (0.00458, 0.00915, 0.0351)),
    ],
)
def test_powers_fitted_to_the_flow(instance, k, fitted):
    rates = _rates(instance, k, 0.2)
    np.testing.assert_allclose([rates.norm, rates.loss, rates.alignment], fitted, rtol=0.01)


def test_two_neurons_by_hand():
    # Neuron 0 has both points, neuron 1 only the first, which it loses at the first jump: it stays as it is for ever.
    y, signs = np.array([3.0, 4.0]), np.array([1, 1])
    active = np.array([[True, True], [True, False]])
    process = jump_process(active, signs, y)
    kept = -process.exponents[1, 1]
    assert process.times.tolist() == [pytest.approx(0.4)]
    assert kept == pytest.approx(0.4)  # it has grown at 3/5 of the rate
    late = saddle_rates(process, active, signs, y, 1, 10.0)
    assert late.norm == pytest.approx(2 * kept)
    # The part scale^(2 kept) that neuron 1 took of the first point has upset the ratio of the outputs of neuron 0.
    assert late.loss == pytest.approx(2 * (2 * kept + 5 / 2 * 9.6))
    assert late.losses[-1] == pytest.approx(2 * 2 * 5 / 2 * 9.6)  # the tail of the jump
    assert late.alignment == np.inf
    assert saddle_rates(process, active, signs, y, 0, 0.1).alignment == pytest.approx(2 * 0.1 * 1.5)


def test_a_neuron_that_has_all_points_of_an_earlier_jump_takes_its_error_back_fast():
    # Neuron 1 loses point 0 and fits point 1 alone, which neuron 2 has too: the error there dies at the rate 2 + 1 and
    # the tail of neuron 2's own point at the rate 2, as integration of the flow at L = 8 to 14 confirms (slope 2.02).
    y, signs = np.array([3.0, 1.0, 1.0, 4.0]), np.ones(3)
    active = np.array([[1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 1, 0]], dtype=bool)
    process = jump_process(active, signs, y, factor=4.0)
    rates = saddle_rates(process, active, signs, y, 3, process.times[2] + 0.5, factor=4.0)
    assert rates.norm == pytest.approx(-process.exponents[2, 2])
    assert rates.loss == pytest.approx(2 * 2 * 0.5)


@pytest.mark.parametrize(
    ("directions", "lengths", "power", "tolerance"),
    [
        # Neuron 1 has the first of two points, and the exponent -0.2 when neuron 0 jumps: 2 (0.4 + 0.6).
        ([[0.8, 0.6], [1.0, 0.0]], (10.0, 12.0), 2.0, 0.03),
        # Alone, but misaligned at the start: 2 (1 + 1.6). The tail, 2 * 3.2, is still seen at such L.
        ([[0.6, 0.8]], (7.0, 8.0), 5.2, 0.015),
        # Alone and aligned: the tail. That the start is aligned is not known to the rates.
        ([[0.8, 0.6]], (5.0, 6.0), 6.4, 1e-4),
    ],
)
def test_ratios_at_the_points_of_a_jump_by_direct_integration(directions, lengths, power, tolerance):
    y, directions = np.array([4.0, 3.0]), np.array(directions)
    m, n = directions.shape
    process = jump_process(directions > 0, np.ones(m), y)
    after = (0.6 if m == 2 else 1.6) / (process.label_norms[0] / n)

    def velocity(_, state):
        z, w = state[: m * n].reshape(m, n), state[m * n :]
        pull = (y - w @ np.maximum(z, 0)) / n
        return np.concatenate([(w[:, None] * pull * (z > 0)).ravel(), np.maximum(z, 0) @ pull])

    losses = []
    for length in lengths:
        start = np.exp(-length) * np.concatenate([directions.ravel(), np.ones(m)])
        last = length * (process.times[0] + after)
        state = solve_ivp(velocity, (0, last), start, method="DOP853", rtol=1e-13, atol=1e-30).y[:, -1]
        losses.append(((y - state[m * n :] @ np.maximum(state[: m * n].reshape(m, n), 0)) ** 2).sum())
    slope = -np.diff(np.log(losses)).item() / np.diff(lengths).item()
    rates = saddle_rates(process, directions > 0, np.ones(m), y, 1, process.times[0] + after)
    assert slope == pytest.approx(power, rel=tolerance)
    assert power in (pytest.approx(rates.losses[0]), pytest.approx(rates.losses[1]))


def test_a_neuron_that_nearly_jumped_upsets_the_points_that_it_had_a_part_of():
    # Slope of the loss of the flow between L = 1800 and 2200. Neuron 4 waits at -0.0014 when neuron 8 jumps; the
    # residual of the jump alone has the power 0.0306.
    assert _rates(mixed_instance(48, 24, 16), 3, 0.1).loss == pytest.approx(0.0208, rel=0.01)


def test_a_neuron_about_to_jump_turns_those_that_share_its_points():
    # Slopes of the flow: neurons 13, 15 wait at -0.0190 and -0.0013, and four times that is the power.
    assert _rates(mixed_instance(138, 24, 16), 3, 0.1).alignment == pytest.approx(0.0759, rel=1e-3)
    assert _rates(mixed_instance(122, 24, 16), 3, 0.1).alignment == pytest.approx(0.0052, rel=2e-3)


def test_what_a_jump_has_left_open_is_shared_by_the_next_one():
    # Neuron 0 takes the large label from neuron 1, which was nearly there and fits the small one so slowly that it is
    # far from done when neuron 2 jumps, which is active there too and has kept much less.
    y = np.array([0.5, 5.0, 1.0, 4.3])
    active = np.array([[0, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]], dtype=bool)
    directions = np.where(active, y, -1.0)
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    process = jump_process(active, np.ones(3), y, factor=4.0)
    assert process.neurons.tolist() == [0, 1, 2]
    power = 2 * 0.5 * (process.times[2] - process.times[1])
    assert saddle_rates(process, active, np.ones(3), y, 3, np.inf, factor=4.0).norm == pytest.approx(power)
    assert -process.exponents[2, 2] > 2 * power
    lengths = (700.0, 1000.0)
    ends = [
        saddle_flow(directions, np.ones(3), y, -length, factor=4.0).log_norms[-1, 1] for length in lengths
    ]
    errors = np.abs(np.exp(2 * np.array(ends)) - process.label_norms[1])
    assert -np.diff(np.log(errors)).item() / 300.0 == pytest.approx(power, rel=0.03)


def test_what_a_faster_neuron_has_kept_is_lost():
    # Point 9 of instance B is fitted by the third jump. Neuron 0 grows by more than neuron 4 until the latter jumps, so
    # that it has less at this point than neuron 4 brings along (in multiples of its own size), and loses it.
    instance = mixed_instance()
    process = jump_process(instance.active, instance.signs, instance.y)
    mask = instance.active & ((instance.y > 0) == (instance.signs > 0)[:, None])
    assert mask[0, 9]
    assert process.fitted_by[9] == 2
    assert process.neurons[3:5].tolist() == [4, 0]
    grown, brought = process.exponents[4, 0] - process.exponents[3, 0], -process.exponents[3, 4]
    assert grown > brought
    y, length = instance.y, 100.0
    looks = length * np.array([process.times[3] - 0.1, process.times[3] + 0.6])
    path = saddle_flow(
        instance.directions, instance.signs, y, -length, snapshots=looks, time_limit=looks[-1] + 1
    )
    before, after = (towards[0, 9] for _, towards, _ in path.snapshots)
    assert before > 0 >= after


def test_times_off_the_plateau_are_refused():
    instance = positive_instance()
    process = jump_process(instance.active, instance.signs, instance.y)
    for k, time in ((1, 0.5), (0, 99.0), (7, 99.0)):
        with pytest.raises(ValueError, match="does not contain"):
            saddle_rates(process, instance.active, instance.signs, instance.y, k, time)
