"""The compiled integrator of a jump against scipy's: the same steps, so the same numbers almost to rounding."""

import numpy as np
import pytest
from scipy.integrate import DOP853

from twolayer.jump_window import WindowError, compiled_window, scipy_window

CASES = [(seed, m, n) for seed, (m, n) in enumerate([(1, 1), (1, 7), (3, 1), (5, 12), (12, 30), (40, 9)])]


def instance(seed, m, n, size=0.3):
    rng = np.random.default_rng(seed)
    z, y = rng.standard_normal((m, n)), rng.standard_normal(n)
    norms = np.linalg.norm(z, axis=1)
    w = rng.choice((-1.0, 1.0), m)
    return z / norms[:, None], w, size**2 * rng.uniform(0.1, 1.0, m), y


def both(z, w, weights, y, tolerance, length=8.0):
    n = y.size
    times = np.linspace(3.0, 3.0 + length * n / np.linalg.norm(y), 25)
    arguments = (z, w, weights, y, 1 / n, times, tolerance)
    return compiled_window(*arguments), scipy_window(*arguments)


@pytest.mark.parametrize(("seed", "m", "n"), CASES)
@pytest.mark.parametrize("tolerance", [1e-7, 1e-11])
def test_without_a_kink_the_steps_are_those_of_scipy(seed, m, n, tolerance):
    z, w, weights, y = instance(seed, m, n)
    # The outputs start below the labels, so that no coordinate falls.
    for ours, theirs in zip(*both(z, np.abs(w), weights / m, np.abs(y) + 1, tolerance), strict=True):
        assert ours.shape == theirs.shape
        # Rounding errors of sums in another order reach the steps through the error estimate; steps chosen in
        # another way would differ by about the tolerance.
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-12 + 1e-2 * tolerance)


@pytest.mark.parametrize(("seed", "m", "n"), CASES)
@pytest.mark.parametrize("tolerance", [1e-7, 1e-11])
def test_with_kinks_the_difference_is_of_the_size_of_the_tolerance(seed, m, n, tolerance):
    z, w, weights, y = instance(seed, m, n)
    before = z.copy(), w.copy()
    # A kink makes the steps depend on rounding: scipy's own residuals change by up to 33 tolerances when w is
    # multiplied by 1 + 2e-16 in these cases.
    for ours, theirs in zip(*both(z, w, weights, y, tolerance), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=100 * tolerance)
    assert (z == before[0]).all()
    assert (w == before[1]).all()


def test_coordinates_that_are_not_positive_stay():
    z, w, weights, y = instance(8, 6, 20)
    end, *_ = compiled_window(z, w, weights, y, 0.05, np.linspace(0.0, 40.0, 5), 1e-8)
    assert (end[z <= 0] == z[z <= 0]).all()
    assert (end[z > 0] != z[z > 0]).all()


def test_a_network_of_dead_neurons_stands_still():
    z, w, weights, y = instance(9, 4, 5)
    end, outputs, residuals, _ = compiled_window(
        -np.abs(z), w, weights, y, 0.2, np.array([0.0, 1.0, 50.0]), 1e-8
    )
    assert (end == -np.abs(z)).all()
    assert (outputs == w).all()
    assert (residuals == y).all()


def test_samples_lie_on_the_path():
    z, w, weights, y = instance(10, 5, 8)
    times = np.linspace(0.0, 20.0, 41)
    *_, residuals, outputs = compiled_window(z, w, weights, y, 0.125, times, 1e-11)
    for k in (1, 7, 40):
        part = compiled_window(z, w, weights, y, 0.125, times[[0, k]], 1e-11)
        np.testing.assert_allclose(residuals[k - 1], part[2][0], atol=1e-9)
        np.testing.assert_allclose(outputs[k - 1], part[3][0], atol=1e-9)


def test_the_error_follows_the_tolerance():
    z, w, weights, y = instance(11, 5, 8)
    times = np.array([0.0, 30.0])
    exact = compiled_window(z, w, weights, y, 0.125, times, 1e-13)[2]
    errors = [
        np.abs(compiled_window(z, w, weights, y, 0.125, times, t)[2] - exact).max()
        for t in (1e-4, 1e-7, 1e-10)
    ]
    assert errors[0] < 1e-3
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_an_explosion_is_an_error_and_not_a_hang():
    z, w, weights, y = instance(12, 3, 4)
    with np.errstate(all="ignore"), pytest.raises(WindowError, match="step size"):
        compiled_window(z, w, weights, 1e250 * y, 1e150, np.array([0.0, 1e3]), 1e-8)


def test_the_coefficients_are_of_the_size_that_the_code_assumes():
    assert DOP853.n_stages == 12
    assert DOP853.A.shape == (12, 12)
    assert DOP853.A_EXTRA.shape == (3, 16)
    assert DOP853.D.shape == (4, 16)
    assert DOP853.E3.size == DOP853.E5.size == 13
    assert DOP853.error_estimator_order == 7
