"""Powers of the scale at the saddles: against values that were fitted to the flow, and by hand for two neurons."""

import numpy as np
import pytest

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
    assert late.loss == pytest.approx(2 * 2 * 5 / 2 * 9.6)  # the tail alone: nothing moves any more
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
