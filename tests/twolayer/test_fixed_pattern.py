"""The fixed activation pattern: equal to the network where Lemma B.2 says so, and not elsewhere."""

import numpy as np
import pytest
from bad_input import NOT_NUMBERS
from hypothesis import given
from hypothesis import strategies as st

from twolayer import closed_system
from twolayer import fixed_pattern as fixed
from twolayer.activations import leaky_relu, relu
from twolayer.half_sided import WeightedData, half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he
from twolayer.network import network, squared_loss_and_gradient
from twolayer.parameters import Parameters


def activation(leak):
    return relu() if leak == 0 else leaky_relu(leak)


@pytest.fixture
def start():
    return he(np.random.default_rng(0), 16, 1)


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_values_losses_and_gradients_agree_on_the_set(start, leak):
    data = six_points()
    weights = fixed.sample_keeping_pattern(np.random.default_rng(1), start, 1.0, 200)
    assert fixed.keeps_pattern(weights, start, data.smallest_distance).all()
    signs = fixed.activation_signs(start)
    x = np.array([-50.0, -3.0, -1.0, 1.0, 1.5, 2.0])
    np.testing.assert_allclose(
        fixed.fixed_pattern_network(weights, signs, x, leak),
        network(weights, x[:, None], activation(leak)),
        rtol=1e-12,
        atol=1e-11,
    )
    loss, gradient = fixed.fixed_pattern_loss_and_gradient(weights, signs, data, leak)
    true_loss, true_gradient = squared_loss_and_gradient(
        weights, data.x[:, None], data.y, activation(leak), point_weights=data.weights
    )
    np.testing.assert_allclose(loss, true_loss, rtol=1e-12)
    np.testing.assert_allclose(gradient.vector(), true_gradient.vector(), rtol=1e-10, atol=1e-10)


def test_a_crossed_kink_breaks_the_agreement(start):
    moved = Parameters(start.a, start.b - 1.5 * start.a[:, 0] * (np.arange(16) == 3), start.w, start.c)
    assert not fixed.keeps_pattern(moved, start, 1.0)
    data = six_points()
    gap = fixed.fixed_pattern_network(moved, fixed.activation_signs(start), data.x) - network(
        moved, data.x[:, None], relu()
    )
    assert np.abs(gap).max() > 1e-3


def test_the_set_leaves_out_a_weight_that_more_than_doubled(start):
    grown = Parameters(2.5 * start.a, start.b, start.w, start.c)
    assert not fixed.keeps_pattern(grown, start, 1.0)
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    np.testing.assert_allclose(
        fixed.fixed_pattern_network(grown, fixed.activation_signs(start), x),
        network(grown, x[:, None], relu()),
        rtol=1e-12,
    )


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_a_step_of_descent_is_the_closed_system_and_drifts_as_said(start, leak):
    data, h = (
        WeightedData([-2.0, -1.0, 1.0, 3.0], [0.5, 2.0, -1.0, 1.0], [0.1, 0.4, 0.2, 0.3]),
        1e-4,
    )  # no sign of a flips
    weights = fixed.sample_keeping_pattern(np.random.default_rng(2), start, 1.0, 1)
    weights = Parameters(*(getattr(weights, k)[0] for k in "abwc"))
    _, gradient = fixed.fixed_pattern_loss_and_gradient(weights, fixed.activation_signs(start), data, leak)
    after = weights.plus(gradient, -h)
    a, b, w = weights.a[:, 0], weights.b, weights.w
    moments = closed_system.neuron_moments(a, b, w)
    matrices, _ = half_sided_moments(data)
    deviation = closed_system.lines(moments, weights.c, leak) - half_sided_regression(data)
    u, _ = closed_system.drive(matrices, deviation, leak)
    drift = fixed.flow_invariant(after.a[:, 0], after.b, after.w) - fixed.flow_invariant(a, b, w)
    np.testing.assert_allclose(drift, fixed.invariant_drift(a, b, w, u, h), rtol=1e-8, atol=1e-13)
    stepped, c, _ = closed_system.step(moments, weights.c, matrices, half_sided_regression(data), h, leak)
    np.testing.assert_allclose(
        stepped, closed_system.neuron_moments(after.a[:, 0], after.b, after.w), rtol=1e-11, atol=1e-11
    )
    np.testing.assert_allclose(c, after.c, rtol=1e-12)


def test_bad_networks_are_refused(start):
    with pytest.raises(ValueError, match="scalar inputs"):
        fixed.activation_signs(he(np.random.default_rng(0), 4, 2))
    with pytest.raises(ValueError, match="zero"):
        fixed.activation_signs(Parameters(np.zeros((2, 1)), np.zeros(2), np.ones(2), 0.0))
    with pytest.raises(TypeError, match="Parameters"):
        fixed.fixed_pattern_network(np.ones(3), np.ones(3), [1.0])
    with pytest.raises(TypeError, match="WeightedData"):
        fixed.fixed_pattern_loss_and_gradient(start, np.ones(16), ([1.0], [1.0]))
    with pytest.raises(ValueError, match="leak"):
        fixed.fixed_pattern_network(start, np.ones(16), [1.0], leak=-1.0)


@given(distance=NOT_NUMBERS | st.floats(-10.0, 0.0))
def test_bad_distances_are_refused(distance):
    start = he(np.random.default_rng(0), 4, 1)
    with pytest.raises((TypeError, ValueError), match="distance"):
        fixed.keeps_pattern(start, start, distance)
    with pytest.raises((TypeError, ValueError), match="distance"):
        fixed.sample_keeping_pattern(np.random.default_rng(0), start, distance, 2)
