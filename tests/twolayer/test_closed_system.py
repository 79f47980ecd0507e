"""The closed system against the network it describes, step by step."""

import numpy as np
import pytest

from twolayer.activations import leaky_relu
from twolayer.closed_system import (
    as_leak,
    as_step_size,
    data_matrix,
    drive,
    largest_step,
    lines,
    neuron_moments,
    plain,
    reference_operator,
    step,
    system_matrix,
)
from twolayer.half_sided import half_sided_moments, half_sided_regression, half_sided_risk
from twolayer.half_sided_datasets import sampled, six_points
from twolayer.initialisation import he
from twolayer.network import network, squared_loss_and_gradient
from twolayer.parameters import Parameters


def moved(parameters, gradient, h):
    return Parameters(*(getattr(parameters, k) - h * getattr(gradient, k) for k in "abwc"))


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5, 1.7])
def test_every_step_is_that_of_the_network(leak):
    data = sampled(np.random.default_rng(0), six_points(), 100)
    matrices, optimum = half_sided_moments(data)[0], half_sided_regression(data)
    parameters = he(np.random.default_rng([1, 2]), 200, 1)
    moments, c = neuron_moments(parameters.a[:, 0], parameters.b, parameters.w), parameters.c
    h = 0.9 * largest_step(moments, matrices, leak)
    for _ in range(200):
        loss, gradient = squared_loss_and_gradient(
            parameters, data.x[:, None], data.y, leaky_relu(leak), point_weights=data.weights
        )
        deviation = lines(moments, c, leak) - optimum
        # Remark D.6: the loss is a quadratic form of the deviation, up to the half-sided risk.
        quadratic = 0.5 * plain(deviation) @ data_matrix(matrices) @ plain(deviation)
        assert loss == pytest.approx(quadratic + half_sided_risk(data), rel=1e-12)
        predicted = (
            np.eye(4)
            - h * system_matrix(moments, drive(matrices, deviation, leak)[0], h, leak) @ data_matrix(matrices)
        ) @ plain(deviation)
        moments, c, _ = step(moments, c, matrices, optimum, h, leak)
        parameters = moved(parameters, gradient, h)
        # Sums over 200 neurons of size up to 400, accumulated over 200 steps.
        np.testing.assert_allclose(
            moments, neuron_moments(parameters.a[:, 0], parameters.b, parameters.w), rtol=1e-11, atol=1e-11
        )
        np.testing.assert_allclose(plain(lines(moments, c, leak) - optimum), predicted, atol=1e-13)
    slope, intercept = lines(moments, c, leak)[0]
    x = np.array([[1.0], [2.5]])
    values = network(parameters, x, leaky_relu(leak))
    np.testing.assert_allclose(values, slope * x[:, 0] + intercept, atol=1e-11)


def test_without_the_term_of_order_h_the_recursion_is_wrong():
    data = six_points()
    matrices, optimum = half_sided_moments(data)[0], half_sided_regression(data)
    start = he(np.random.default_rng(3), 50, 1)
    moments = neuron_moments(start.a[:, 0], start.b, start.w)
    deviation, h = lines(moments, start.c) - optimum, largest_step(moments, matrices)
    after = plain(lines(*step(moments, start.c, matrices, optimum, h)[:2]) - optimum)
    without = (np.eye(4) - h * system_matrix(moments) @ data_matrix(matrices)) @ plain(deviation)
    assert np.abs(after - without).max() > 1e-4


def test_the_largest_step_is_that_of_the_four_dimensional_system():
    data = sampled(np.random.default_rng(0), six_points(), 50)
    matrices = half_sided_moments(data)[0]
    network_ = he(np.random.default_rng(1), 30, 1, (4,))
    moments = neuron_moments(network_.a[..., 0], network_.b, network_.w)
    for leak in (0.0, 0.4):
        eigenvalues = np.linalg.eigvals(system_matrix(moments, leak=leak) @ data_matrix(matrices))
        np.testing.assert_allclose(
            largest_step(moments, matrices, leak), 1 / eigenvalues.real.max(axis=-1), rtol=1e-12
        )
        assert (np.linalg.eigvalsh(reference_operator(moments, matrices, leak)) > 0).all()


@pytest.mark.parametrize("leak", [1.0, -1.0])
def test_affine_activations_are_refused(leak):
    with pytest.raises(ValueError, match="must not be 1 or -1"):
        as_leak(leak)


@pytest.mark.parametrize("h", [0.0, -0.1, np.nan])
def test_step_sizes_must_be_positive(h):
    with pytest.raises(ValueError, match="h > 0"):
        as_step_size(h)
