"""Changes inside one step of two-rate descent."""

import numpy as np
import pytest
from bad_input import NOT_NUMBERS, bad_points
from hypothesis import given, settings
from hypothesis import strategies as st

from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram, output_layer_gram
from twolayer.within_step import jacobian_norm, within_step


def draw(seed, n=12, d=5, m=9):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x, rng.standard_normal(n), rng.standard_normal((m, d)), rng.choice([-1.0, 1.0], m)


def test_jacobian_norm_is_that_of_the_khatri_rao_product():
    x, _, a, w = draw(0)
    weighted = (x @ a.T > 0) * w
    product = np.einsum("ji,jk->ikj", weighted, x).reshape(-1, len(x))
    assert jacobian_norm(x, weighted) == pytest.approx(np.linalg.norm(product, 2), rel=1e-12)


def test_jacobian_norm_skips_points_without_an_entry():
    x, _, a, w = draw(1)
    weighted = (x @ a.T > 0) * w
    weighted[::2] = 0.0
    product = np.einsum("ji,jk->ikj", weighted, x).reshape(-1, len(x))
    assert jacobian_norm(x, weighted) == pytest.approx(np.linalg.norm(product, 2), rel=1e-12)
    assert jacobian_norm(x, 0 * weighted) == 0.0


@pytest.mark.parametrize("rates", [(0.02, 0.0), (0.0, 0.02), (0.01, 0.03)])
def test_the_ratio_is_the_derivative_of_the_loss_along_the_step(rates):
    x, y, a, w = draw(2)
    descent = TwoRateDescent(x, y, a, w, rates=rates)

    def loss(t):
        f = np.maximum(x @ (a - t * rates[0] * descent.gradient_a).T, 0.0) @ (
            w - t * rates[1] * (np.maximum(x @ a.T, 0).T @ descent.error)
        )
        return 0.5 * ((f - y) ** 2).sum()

    t, h = 0.6, 1e-6
    (found,) = within_step(x, y, a, w, rates, [t])
    gradient_w = np.maximum(x @ a.T, 0).T @ descent.error
    fall = rates[0] * (descent.gradient_a**2).sum() + rates[1] * (gradient_w**2).sum()
    # central differences: the loss is smooth between kinks, error of order h^2 and rounding 1e-16/h
    assert (loss(t + h) - loss(t - h)) / (2 * h) == pytest.approx(-(1 - found.ratio) * fall, rel=1e-6)


def test_without_activation_changes_the_ratio_is_the_frozen_one():
    x, y, a, w = draw(3)
    (found,) = within_step(x, y, a, w, (1e-7, 0.0), [1.0])
    error = np.maximum(x @ a.T, 0.0) @ w - y
    image = 1e-7 * hidden_layer_gram(x, a, w) @ error
    assert found.activations == 0
    assert found.jacobian_change == 0
    assert found.drift_by_activations == 0
    # the ratio is a difference of numbers of size one: rounding 1e-16 over 1e-7
    assert found.ratio == pytest.approx((image @ image) / (error @ image), rel=1e-6)
    assert found.error_change == pytest.approx(np.linalg.norm(image) / np.linalg.norm(error), rel=1e-6)


def test_the_end_of_a_step_is_the_next_step():
    x, y, a, w = draw(4)
    rates = (0.03, 0.02)
    descent = TwoRateDescent(x, y, a, w, rates=rates)
    before = descent.gradient_a.copy(), descent.gradient_w.copy(), descent.active
    (found,) = within_step(x, y, a, w, rates, [1.0])
    descent.advance(1)
    assert found.drift_w == pytest.approx(
        np.linalg.norm(descent.gradient_a - before[0]) / np.linalg.norm(before[0]), rel=1e-10
    )
    assert found.drift_z == pytest.approx(
        np.linalg.norm(descent.gradient_w - before[1]) / np.linalg.norm(before[1]), rel=1e-10
    )
    assert found.activations == (descent.active != before[2]).sum()


@given(st.integers(0, 10_000), st.floats(1e-4, 0.5), st.floats(0.0, 0.3))
@settings(max_examples=40, deadline=None)
def test_inequalities_66_to_68(seed, rate_w, rate_z):
    x, y, a, w = draw(seed)
    for found in within_step(x, y, a, w, (rate_w, rate_z), [0.3, 1.0]):
        assert found.jacobian <= found.jacobian_bound * (1 + 1e-12)
        assert found.movement <= found.movement_bound * (1 + 1e-12)
        assert found.feature_change <= found.feature_bound * (1 + 1e-12)


def test_output_layer_alone():
    x, y, a, w = draw(5)
    (found,) = within_step(x, y, a, w, (0.0, 1e-3), [1.0])
    error = np.maximum(x @ a.T, 0.0) @ w - y
    image = 1e-3 * output_layer_gram(x, a) @ error
    assert found.ratio == pytest.approx((image @ image) / (error @ image), rel=1e-9)
    assert found.movement == 0
    assert found.drift_w > 0


@pytest.mark.parametrize("fractions", [[0.0], [1.5], [-1], [np.nan], ["half"]])
def test_fractions_outside_the_step_are_refused(fractions):
    with pytest.raises((TypeError, ValueError), match="fraction"):
        within_step(*draw(0), (0.1, 0.0), fractions)


@pytest.mark.parametrize("rates", [(0.1,), (-0.1, 0.0), (np.nan, 0.0), ("a", 0.0)])
def test_bad_rates_are_refused(rates):
    with pytest.raises((TypeError, ValueError), match="rates"):
        within_step(*draw(0), rates, [1.0])


@given(st.one_of(NOT_NUMBERS, bad_points()))
@settings(max_examples=30, deadline=None)
def test_bad_points_are_refused(x):
    _, y, a, w = draw(0)
    with pytest.raises((TypeError, ValueError)):
        within_step(x, y, a, w, (0.1, 0.0), [1.0])
    with pytest.raises((TypeError, ValueError)):
        jacobian_norm(x, np.ones((7, 2)))
