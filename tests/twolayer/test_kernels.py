"""Closed-form kernels: identities, Monte Carlo, the bad points, and the laws of points moved away from them."""

import numpy as np
import pytest
from bad_input import bad_points, cube, unit_points
from hypothesis import given
from hypothesis import strategies as st

from twolayer.kernels import (
    arccosine_kernel,
    as_inner_products,
    pairwise_angles,
    relu_gram,
    relu_neural_tangent_gram,
)


def test_values_at_equal_orthogonal_and_opposite_points():
    np.testing.assert_allclose(arccosine_kernel([1, 0, -1], 1), [1, 1 / np.pi, 0], atol=1e-16)
    np.testing.assert_allclose(arccosine_kernel([1, 0, -1], 0), [1, 0.5, 0], atol=1e-16)


def test_degree_one_is_the_printed_formula():
    # Paper 001, (3.1), times 2d.
    t = np.linspace(-1, 1, 41)
    printed = (np.sqrt(1 - t**2) + (np.pi - np.arccos(t)) * t) / np.pi
    np.testing.assert_allclose(arccosine_kernel(t), printed, atol=1e-15)


def test_degree_zero_is_the_derivative_of_degree_one():
    # d/dt k_1 = k_0: the tangent kernel is the derivative of the kernel. Central differences err by h^2 ~ 1e-10.
    t, h = np.linspace(-0.9, 0.9, 19), 1e-5
    slope = (arccosine_kernel(t + h) - arccosine_kernel(t - h)) / (2 * h)
    np.testing.assert_allclose(slope, arccosine_kernel(t, 0), atol=1e-8)


@pytest.mark.parametrize("dimension", [2, 3, 8, 10])
def test_gram_matrices_are_means_over_weights(dimension):
    # 28 entries in 2 laws and 1 tangent kernel, 4 dimensions: 336 comparisons at 6 standard errors; for normal
    # errors the false-alarm rate is below 336 * 2e-9 < 1e-6 (and the seed is fixed).
    x, rng = unit_points(dimension, 7, dimension), np.random.default_rng(1)
    upper = np.triu_indices(7)
    g = rng.standard_normal((200_000, dimension))
    sphere = g / np.linalg.norm(g, axis=1, keepdims=True)
    for exact, draws, derivative in (
        (relu_gram(x), sphere, False),
        (relu_gram(x, weights="gaussian"), g, False),
        (relu_neural_tangent_gram(x), g, True),
    ):
        z = draws @ x.T
        features = (z > 0).astype(float) if derivative else np.maximum(z, 0)
        products = features[:, upper[0]] * features[:, upper[1]]
        factor = (x @ x.T)[upper] if derivative else 1.0
        error = np.abs(factor * products.mean(axis=0) - exact[upper])
        assert (error <= 6 * np.abs(factor) * products.std(axis=0) / np.sqrt(len(g)) + 1e-15).all()


def test_gaussian_weights_scale_the_matrix_by_the_dimension():
    x = unit_points(0, 6, 8)
    np.testing.assert_allclose(relu_gram(x, weights="gaussian"), 8 * relu_gram(x), rtol=1e-14)


@pytest.mark.parametrize("dimension", [3, 10])
def test_relu_is_singular_on_the_cube(dimension):
    x, v = cube()
    padded = np.hstack([x, np.zeros((8, dimension - 3))])
    gram = relu_gram(padded)
    np.testing.assert_allclose(np.diag(gram), 1 / (2 * dimension), rtol=1e-15)
    assert np.abs(gram @ v).max() <= 1e-14
    # The spectrum by degrees of spherical harmonics, multiplicities 1, 3, 3, 1 (goldens to six digits).
    golden = {3: (0.502830, 2 / 9, 0.0546122, 0), 10: (0.150849, 1 / 15, 0.0163837, 0)}[dimension]
    expected = np.sort(np.repeat(golden, (1, 3, 3, 1)))
    np.testing.assert_allclose(np.linalg.eigvalsh(gram), expected, rtol=1e-5, atol=1e-15)


def test_tangent_kernel_is_singular_on_the_cube_too():
    x, v = cube()
    gram = relu_neural_tangent_gram(x)
    assert np.abs(gram @ v).max() <= 1e-14
    expected = [0, 0.463942, 0.463942, 0.463942, 0.608173, 0.666667, 0.666667, 0.666667]
    np.testing.assert_allclose(np.linalg.eigvalsh(gram), expected, atol=1e-6)  # six printed digits


def test_printed_tangent_constant_has_an_extra_dimension():
    x = unit_points(3, 5, 4)
    np.testing.assert_allclose(
        4 * relu_neural_tangent_gram(x, printed_constant=True), relu_neural_tangent_gram(x)
    )


@pytest.mark.parametrize(
    ("pairs", "subspace", "dimension"), [(3, 2, 2), (4, 3, 3), (6, 3, 3), (6, 5, 5), (8, 5, 5)]
)
def test_nullity_is_pairs_minus_dimension_of_their_span(pairs, subspace, dimension):
    half = np.hstack([unit_points(pairs, pairs, subspace), np.zeros((pairs, dimension - subspace))])
    values = np.linalg.eigvalsh(relu_gram(np.vstack([half, -half])))
    assert (np.abs(values) < 1e-14).sum() == pairs - subspace
    assert values[pairs - subspace] > 1e-8


@pytest.mark.parametrize(
    ("gram", "slope", "factor"), [(relu_gram, 2, 8.43e-3), (relu_neural_tangent_gram, 1, 0.0398)]
)
def test_law_of_a_bad_point_moved_away(gram, slope, factor):
    distances = 10.0 ** -np.arange(2, 6 if slope == 1 else 5.5, 0.5)
    smallest = []
    for distance in distances:
        x, _ = cube()
        x[0] += distance * np.array([1, -1, 0]) / np.sqrt(2)
        x[0] /= np.linalg.norm(x[0])
        smallest.append(np.linalg.eigvalsh(gram(x))[0])
    fit, covariance = np.polyfit(np.log(distances), np.log(smallest), 1, cov=True)
    # Rounding of eigenvalues (1e-16 of the norm) leaves about 1e-5 of the smallest; curvature is O(distance).
    assert abs(fit[0] - slope) < max(0.01, 4 * np.sqrt(covariance[0, 0]))
    assert smallest[2] == pytest.approx(factor * distances[2] ** slope, rel=0.01)


def test_bias_lifts_the_singularity():
    # Golden scalars with two digits on record.
    golden_relu = {0.01: 4.3e-6, 0.1: 3.4e-4, 0.3: 1.65e-3, 1: 1.73e-3, 3: 1.8e-4, 10: 5.8e-6}
    golden_tangent = {0.01: 3.2e-3, 0.1: 0.030, 0.3: 0.069, 1: 0.072, 3: 0.029, 10: 0.009}
    x, _ = cube()
    for bias, value in golden_relu.items():
        lifted = np.hstack([x, np.full((8, 1), bias)]) / np.sqrt(1 + bias**2)
        assert np.linalg.eigvalsh(relu_gram(lifted))[0] == pytest.approx(value, rel=0.03)
        tangent = np.linalg.eigvalsh(relu_neural_tangent_gram(lifted))[0]
        assert tangent == pytest.approx(golden_tangent[bias], rel=0.06)


def test_orthonormal_data_have_a_two_valued_matrix():
    expected = ((1 - 1 / np.pi) * np.eye(10) + 1 / np.pi) / 20
    np.testing.assert_allclose(relu_gram(np.eye(10)), expected, rtol=1e-14)


@pytest.mark.parametrize("angle", [1e-12, 1e-8, 1e-4, 1.0])
def test_small_and_large_angles_keep_their_digits(angle):
    x = np.array([[1, 0], [np.cos(angle), np.sin(angle)], [-1, 0]])
    angles = pairwise_angles(x)
    assert angles[0, 1] == pytest.approx(angle, rel=1e-14)
    assert np.pi - angles[1, 2] == pytest.approx(angle, rel=1e-14, abs=1e-15)
    assert angles[0, 2] == np.pi
    assert angles[1, 1] == 0


def test_arc_cosine_of_inner_products_would_lose_these_digits():
    x = np.array([[1, 0], [np.cos(1e-9), np.sin(1e-9)]])
    assert np.arccos(x[0] @ x[1]) == 0
    assert pairwise_angles(x)[0, 1] == pytest.approx(1e-9, rel=1e-14)


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(2, 6))
def test_gram_matrices_are_symmetric_and_semi_definite(seed, n, d):
    x = unit_points(seed, n, d)
    for gram in (relu_gram(x), relu_neural_tangent_gram(x)):
        np.testing.assert_array_equal(gram, gram.T)
        assert np.linalg.eigvalsh(gram)[0] > -1e-14


@given(bad_points(unit=True))
def test_bad_points_are_refused(x):
    for function in (pairwise_angles, relu_gram, relu_neural_tangent_gram):
        with pytest.raises((TypeError, ValueError), match="x "):
            function(x)


@pytest.mark.parametrize("t", [[1.001], [np.nan], [np.inf], -1.5])
def test_inner_products_beyond_one_are_refused(t):
    for function in (as_inner_products, arccosine_kernel):
        with pytest.raises(ValueError, match=r"t (must|has)"):
            function(t)


def test_rounding_beyond_one_is_clipped():
    assert as_inner_products(1 + 1e-15) == 1


@pytest.mark.parametrize("degree", [2, -1, True, "1", None])
def test_unknown_degrees_are_refused(degree):
    with pytest.raises(ValueError, match="degree must be 0"):
        arccosine_kernel(0.5, degree)


def test_unknown_laws_of_weights_are_refused():
    with pytest.raises(ValueError, match="'sphere' or 'gaussian', got 'uniform'"):
        relu_gram(np.eye(2), weights="uniform")
