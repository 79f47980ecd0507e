"""The limit kernels: Monte Carlo, both series, the misprint, expansions in harmonics, bad input."""

import numpy as np
import pytest
from bad_input import bad_counts, unit_points
from hypothesis import given

from twolayer import limit_kernel_series as series
from twolayer.kernels import relu_gram, relu_neural_tangent_gram

T = np.linspace(-0.7, 0.7, 29)


def test_the_kernels_are_the_entries_of_the_limit_matrices():
    x = unit_points(0, 9, 4)
    t = np.clip(x @ x.T, -1, 1)
    # The arc cosine of an inner product loses half of the digits on the diagonal.
    np.testing.assert_allclose(series.hidden_layer_kernel(t), relu_neural_tangent_gram(x), atol=1e-7)
    np.testing.assert_allclose(series.output_layer_kernel(t), relu_gram(x, weights="gaussian"), atol=1e-7)


def test_series_sum_to_the_kernels():
    # The remainder at 0.7 is below 0.7^120 = 3e-19.
    np.testing.assert_allclose(
        np.polynomial.polynomial.polyval(T, series.hidden_layer_series(120)),
        series.hidden_layer_kernel(T),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        np.polynomial.polynomial.polyval(T, series.output_layer_series(120)),
        series.output_layer_kernel(T),
        atol=1e-12,
    )


def test_coefficients_by_hand_and_their_sign():
    known = [1 / (2 * np.pi), 0.25, 1 / (4 * np.pi), 0, 1 / (48 * np.pi), 0, 1 / (160 * np.pi)]
    np.testing.assert_allclose(series.output_layer_series(6), known, rtol=1e-13)
    np.testing.assert_allclose(
        series.hidden_layer_series(4), [0, 0.25, 1 / (2 * np.pi), 0, 1 / (12 * np.pi)], rtol=1e-13
    )
    for coefficients in (series.hidden_layer_series(4000), series.output_layer_series(4000)):
        assert (coefficients >= 0).all()
        # The tail falls like r^(-3/2) or faster: 4000 terms leave below 0.01 of f(1) = 1/2.
        assert 0.49 < coefficients.sum() < 0.5


def test_the_printed_series_is_wrong():
    printed = series.output_layer_series(200, printed=True)
    # (2r-3)!!/(2r)!! is 1/8 for r = 2 and 3/48 for r = 3.
    np.testing.assert_allclose(2 * np.pi * printed[[4, 6]], [1 / 8, 3 / 48], rtol=1e-13)
    error = np.polynomial.polynomial.polyval(0.7, printed) - series.output_layer_kernel(0.7)
    assert abs(error) == pytest.approx(0.0311, abs=5e-5)


@pytest.mark.parametrize("dimension", [3, 10, 100])
def test_harmonics_sum_to_the_kernel(dimension):
    coefficients = series.kernel_harmonics(series.hidden_layer_kernel, dimension, 8)
    # Rounding is multiplied by the number of harmonics, up to 2.8e11 at n = 100.
    assert (coefficients >= -1e-9).all()
    assert coefficients.sum() < 0.5
    # Odd parts other than the linear one vanish: f^w - t/4 is even.
    np.testing.assert_allclose(coefficients[3::2], 0, atol=1e-9)
    assert coefficients[1] == pytest.approx(0.25, rel=1e-10)


def test_the_estimate_is_near_the_smallest_eigenvalue():
    x = unit_points(1, 500, 100)
    for kernel, gram in (
        (series.hidden_layer_kernel, relu_neural_tangent_gram(x)),
        (series.output_layer_kernel, relu_gram(x, weights="gaussian")),
    ):
        estimate = series.smallest_eigenvalue_estimate(kernel, 100, 500)
        assert 0.85 < estimate / np.linalg.eigvalsh(gram)[0] < 1


@given(bad_counts())
def test_bad_degrees_are_refused(degree):
    for make in (series.hidden_layer_series, series.output_layer_series):
        with pytest.raises((TypeError, ValueError)):
            make(degree)
