"""The change of normalisation: against gradients, and the ratios of usual initialisations."""

import numpy as np
import pytest

from twolayer.renormalisation import SQUARED_SCALES, equivalent_rates, rate_ratio


@pytest.mark.parametrize("scales", [(1.0, 1.0, 1.0), (3.0, 0.5, 1.0), (0.2, 7.0, 4.0)])
def test_one_step_at_one_rate_is_one_step_at_two(scales):
    alpha, beta, gamma = scales
    rng = np.random.default_rng(0)
    x, a, w, y = (rng.standard_normal(shape) for shape in ((6, 3), (5, 3), 5, 6))
    (hidden, output), c = equivalent_rates(0.01, alpha, beta, gamma)

    def step(x, y, a, w, rate_a, rate_w):
        pre = x @ a.T
        error = np.maximum(pre, 0) @ w - y
        return (
            a - rate_a * ((pre > 0) * np.outer(error, w)).T @ x,
            w - rate_w * np.maximum(pre, 0).T @ error,
        )

    one = step(gamma * x, c * y, a / alpha, w / beta, 0.01, 0.01)
    two = step(x, y, a, w, hidden, output)
    np.testing.assert_allclose(alpha * one[0], two[0], rtol=0, atol=1e-13)
    np.testing.assert_allclose(beta * one[1], two[1], rtol=0, atol=1e-13)


def test_ratios():
    assert rate_ratio("LeCun", 100, 1000) == 10
    assert rate_ratio("He", 7, 21) == 3
    assert rate_ratio("standard", 3, 5) == rate_ratio("NTK", 3, 5) == 1
    assert rate_ratio("Glorot", 100, 100) == pytest.approx(101 / 200)
    assert set(SQUARED_SCALES) == {"standard", "NTK", "LeCun", "He", "Glorot"}


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="no initialisation 'mine'"):
        rate_ratio("mine", 2, 2)
    with pytest.raises(ValueError, match="S must be at least 1"):
        rate_ratio("He", 2, 0)
    with pytest.raises(ValueError, match="hidden_scale must be greater than zero"):
        equivalent_rates(0.1, 0.0, 1.0)
