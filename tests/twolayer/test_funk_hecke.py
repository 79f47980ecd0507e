"""Population kernels by the Funk-Hecke formula, against closed forms, Monte Carlo and constants on record."""

import math

import numpy as np
import pytest
from bad_input import bad_counts, bad_points, bad_positive, cube, unit_points
from hypothesis import given, settings

from twolayer.activations import activation_by_name, relu, swish, tanh, wendland
from twolayer.funk_hecke import (
    default_degree,
    funk_hecke_coefficients,
    population_gram,
    population_kernel,
)
from twolayer.gegenbauer import gegenbauer_ratios, spherical_harmonic_dimension
from twolayer.kernels import arccosine_kernel, relu_gram

NAMES = ("wendland0", "wendland2", "relu", "swish")


@pytest.mark.parametrize(
    ("dimension", "name", "mean_square", "leading"),
    [
        (3, "wendland0", 1 / 30, (1 / 12, 1 / 15, 0.0422619)),
        (3, "wendland2", 0.25364505, (1 / 6, 0.148990, 0.118881)),
        (3, "relu", 1 / 6, (1 / 4, 1 / 6, 1 / 16)),
        (3, "swish", 0.094493389, (0.0794427, 1 / 6, 0.0311351)),
        (8, "wendland0", 6.8686187e-5, (1.38742e-3, 1.00115e-3)),
        (8, "wendland2", 9.3172073e-4, (3.10873e-3, 2.46964e-3)),
        (8, "relu", 1 / 16, (0.145513, 1 / 16)),
        (8, "swish", 0.033441733, (0.0304997, 1 / 16)),
        (10, "wendland0", 7.2569854e-6, (3.19261e-4, 2.25127e-4)),
        (10, "wendland2", 1.2049984e-4, (7.61875e-4, 5.88117e-4)),
        (10, "relu", 1 / 20, (0.129345, 1 / 20)),
        (10, "swish", 0.026474907, (0.0244970, 1 / 20)),
    ],
)
def test_constants_on_record(dimension, name, mean_square, leading):
    # Tolerances follow the digits on record: eight for the mean square, six for the coefficients.
    kernel = population_kernel(activation_by_name(name, dimension), dimension)
    assert kernel.mean_square == pytest.approx(mean_square, rel=1e-7)
    np.testing.assert_allclose(kernel.coefficients[: len(leading)], leading, rtol=5e-6)
    assert kernel.tail < (1e-7 if name == "relu" else 1e-11)


@pytest.mark.parametrize("dimension", [2, 3, 8, 10, 784])
def test_closed_forms_of_the_first_coefficients(dimension):
    # gh_0 of ReLU is half of E|w_1|; gh_1 = 1/(2d) for any activation whose odd part is z/2.
    coefficients = funk_hecke_coefficients(relu(), dimension, 1)
    half_mean = math.exp(math.lgamma(dimension / 2) - math.lgamma((dimension + 1) / 2)) / (
        2 * math.sqrt(math.pi)
    )
    np.testing.assert_allclose(coefficients, [half_mean, 1 / (2 * dimension)], rtol=1e-12)
    np.testing.assert_allclose(
        funk_hecke_coefficients(swish(), dimension, 1)[1], 1 / (2 * dimension), rtol=1e-12
    )


@pytest.mark.parametrize("dimension", [3, 8, 10])
def test_odd_coefficients_vanish_for_relu_and_swish_only(dimension):
    for name in NAMES:
        kernel = population_kernel(activation_by_name(name, dimension), dimension, degree=21)
        odd = np.sqrt(kernel.energies[3::2] / kernel.mean_square)
        if name in ("relu", "swish"):
            assert odd.max() < 1e-14
        else:
            assert odd.min() > 1e-6


@pytest.mark.parametrize("dimension", [2, 3, 8, 10])
def test_series_agrees_with_the_closed_form_within_its_own_tail(dimension):
    kernel = population_kernel(relu(), dimension)
    t = np.linspace(-1, 1, 201)
    error = np.abs(kernel(t) - arccosine_kernel(t) / (2 * dimension))
    assert error.max() <= (kernel.tail + 1e-14) * kernel.mean_square
    # The bound is attained at t = 1, where all terms are positive: it cannot be improved.
    assert error[-1] == pytest.approx(kernel.tail * kernel.mean_square, rel=1e-3)


def test_a_polynomial_activation_has_a_kernel_of_its_own():
    # gamma = P_4 gives phi = P_4 / N(d, 4), and nothing else.
    kernel = population_kernel(lambda z: gegenbauer_ratios(z, 5, 4)[4], 5, degree=20)
    count = spherical_harmonic_dimension(5, 4)
    t = np.linspace(-1, 1, 9)
    np.testing.assert_allclose(kernel(t), gegenbauer_ratios(t, 5, 4)[4] / count, atol=1e-15)
    np.testing.assert_allclose(kernel.coefficients, np.eye(21)[4] / count, atol=1e-16)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dimension", [3, 8])
def test_kernel_is_a_mean_over_weights(name, dimension):
    # 8 tests of 15 entries at 6 standard errors: for normal means the false-alarm rate is 120 * 2e-9 < 1e-6. In
    # dimension 8 Wendland features are rare and skewed, hence the many draws; the seed is fixed.
    activation = activation_by_name(name, dimension)
    x, upper = unit_points(2, 5, dimension), np.triu_indices(5)
    features = activation(unit_points(3, 300_000, dimension) @ x.T)
    products = features[:, upper[0]] * features[:, upper[1]]
    error = np.abs(products.mean(axis=0) - population_gram(x, activation)[upper])
    assert (error <= 6 * products.std(axis=0) / np.sqrt(len(products))).all()


@pytest.mark.parametrize(
    ("dimension", "name", "golden"),
    [
        (3, "wendland0", (0.0572571, 0.0397905, 0.0253587, 0.0139620)),
        (3, "wendland2", (0.283898, 0.263608, 0.243561, 0.223757)),
        (3, "swish", (0.0504931, 2 / 9, 0.0129291, 0)),
        (10, "wendland0", (7.72866e-6, 7.41306e-6, 7.09976e-6, 6.78877e-6)),
        (10, "wendland2", (1.21981e-4, 1.20993e-4, 1.20006e-4, 1.19019e-4)),
        (10, "swish", (0.00661518, 1 / 15, 0.00172803, 0)),
    ],
)
def test_spectra_on_the_cube(dimension, name, golden):
    x = np.hstack([cube()[0], np.zeros((8, dimension - 3))])
    gram = population_gram(x, activation_by_name(name, dimension))
    expected = np.sort(np.repeat(golden, (1, 3, 3, 1)))
    np.testing.assert_allclose(np.linalg.eigvalsh(gram), expected, rtol=1e-5, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("wendland0", 35, 65), ("wendland2", 9, 18), ("relu", 3.5e4, 5.5e4), ("swish", 2e8, 3e8)],
)
def test_conditioning_of_five_hundred_random_points(name, low, high):
    values = np.linalg.eigvalsh(population_gram(unit_points(0, 500, 10), activation_by_name(name, 10)))
    assert low < values[-1] / values[0] < high


def test_the_hexagon_is_singular_for_relu_and_not_for_wendland():
    # Dimension 2, Chebyshev polynomials: six points in a plane already do.
    angle = np.pi / 3 * np.arange(6)
    x = np.column_stack([np.cos(angle), np.sin(angle)])
    relu_series = population_gram(x, lambda z: np.maximum(z, 0))
    np.testing.assert_allclose(relu_series, relu_gram(x), atol=1e-10)
    assert abs(np.linalg.eigvalsh(relu_gram(x))[0]) < 1e-15
    assert np.linalg.eigvalsh(population_gram(x, wendland(2, 2)))[0] > 1e-3


def test_entries_depend_on_inner_products_only():
    x = unit_points(4, 6, 4)
    rotation = np.linalg.qr(np.random.default_rng(5).standard_normal((4, 4)))[0]
    activation = wendland(0, 4)
    np.testing.assert_allclose(
        population_gram(x @ rotation, activation), population_gram(x, activation), rtol=1e-10
    )


def test_the_matrix_is_symmetric_and_relu_takes_the_closed_form():
    x = unit_points(6, 9, 5)
    gram = population_gram(x, tanh())
    np.testing.assert_array_equal(gram, gram.T)
    np.testing.assert_array_equal(population_gram(x, relu()), relu_gram(x))


def test_naming_the_kink_of_a_narrow_wendland_function():
    # With zeta = 1 the support begins at t = 1/2. Reference: ten times the nodes.
    narrow = wendland(0, 3, zeta=1.0)
    reference = population_kernel(narrow, 3, degree=50, nodes=20_000, kinks=(0.5,)).mean_square
    assert population_kernel(narrow, 3, degree=50, kinks=(0.5,)).mean_square == pytest.approx(
        reference, rel=1e-13
    )


def test_large_arrays_are_cut_into_chunks_without_seams():
    kernel = population_kernel(swish(), 6)
    t = np.linspace(-1, 1, 20_001).reshape(3, 59 * 113)
    np.testing.assert_array_equal(kernel(t)[2, 6000:], kernel(t[2, 6000:]))


def test_a_jump_leaves_a_tail_that_is_refused():
    with pytest.raises(ValueError, match=r"misses .* of phi\(1\)"):
        population_gram(unit_points(0, 3, 3), lambda z: np.sign(z))
    assert population_kernel(lambda z: np.sign(z), 3).tail > 1e-6


def test_default_degrees():
    assert (default_degree(3), default_degree(10)) == (1500, 400)
    assert spherical_harmonic_dimension(5000, default_degree(5000)) < 10**300


@given(bad_points(unit=True))
def test_bad_points_are_refused(x):
    with pytest.raises((TypeError, ValueError), match="x "):
        population_gram(x, swish())


@given(bad_counts(2), bad_counts(0))
@settings(deadline=None)
def test_bad_counts_are_refused(dimension, degree):
    calls = [
        lambda: population_kernel(swish(), dimension),
        lambda: funk_hecke_coefficients(swish(), dimension, 3),
        lambda: funk_hecke_coefficients(swish(), 3, degree),
        lambda: default_degree(dimension),
    ]
    if degree is not None:  # None asks for the default
        calls.append(lambda: population_kernel(swish(), 3, degree=degree))
    for call in calls:
        with pytest.raises((TypeError, ValueError), match=r"dimension|degree"):
            call()


@given(bad_positive())
def test_bad_tolerances_are_refused(tolerance):
    with pytest.raises((TypeError, ValueError), match="tail_tolerance"):
        population_gram(np.eye(3), swish(), tail_tolerance=tolerance)


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        ("relu", "must be callable"),
        (lambda z: z[:1], "entrywise"),
        (lambda z: np.full_like(z, np.nan), "NaN or infinity"),
        (lambda z: z + 1j, "real numbers"),
        (lambda z: 0 * z, "vanishes"),
    ],
)
def test_bad_activations_are_refused(activation, message):
    with pytest.raises((TypeError, ValueError), match=message):
        population_kernel(activation, 3)


def test_degrees_beyond_the_rule_or_the_floats_are_refused():
    with pytest.raises(ValueError, match="raise nodes"):
        population_kernel(swish(), 3, degree=50, nodes=20)
    with pytest.raises(ValueError, match="too high for dimension 784"):
        population_kernel(swish(), 784, degree=1500)
    with pytest.raises(ValueError, match="inner products"):
        population_kernel(swish(), 3)(1.5)
