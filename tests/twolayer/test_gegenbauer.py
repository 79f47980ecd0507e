"""Gegenbauer polynomials and the quadrature on the sphere."""

import math

import numpy as np
import pytest
from bad_input import bad_counts
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import eval_gegenbauer

from twolayer.gegenbauer import gegenbauer_ratios, sphere_quadrature, spherical_harmonic_dimension

DIMENSIONS = [2, 3, 4, 8, 10, 784]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_quadrature_reproduces_moments(dimension):
    # E w_1^2 = 1/d, E w_1^4 = 3/(d(d+2)), and E|w_1| = Gamma(d/2)/(sqrt(pi) Gamma((d+1)/2)), which has a kink.
    t, weights = sphere_quadrature(dimension)
    assert 2 * weights.sum() == pytest.approx(1, abs=1e-14)
    assert 2 * weights @ t**2 == pytest.approx(1 / dimension, rel=1e-12)
    assert 2 * weights @ t**4 == pytest.approx(3 / (dimension * (dimension + 2)), rel=1e-12)
    mean = math.exp(math.lgamma(dimension / 2) - math.lgamma((dimension + 1) / 2)) / math.sqrt(math.pi)
    assert 2 * weights @ t == pytest.approx(mean, rel=1e-12)


def test_naming_a_kink_restores_the_accuracy():
    # E(w_1 - 1/2)_+ on the sphere in dimension 3 is int_{1/2}^1 (t - 1/2)/2 dt = 1/16.
    errors = []
    for kinks in ((), (0.5,)):
        t, weights = sphere_quadrature(3, 200, kinks)
        errors.append(abs(weights @ np.maximum(t - 0.5, 0) - 1 / 16))
    assert errors[1] < 1e-15 < 1e-8 < errors[0]


@pytest.mark.parametrize("dimension", [3, 8, 10])
def test_ratios_agree_with_scipy(dimension):
    t, parameter = np.linspace(-1, 1, 21), (dimension - 2) / 2
    for k, p in enumerate(gegenbauer_ratios(t, dimension, 12)):
        expected = eval_gegenbauer(k, parameter, t) / eval_gegenbauer(k, parameter, 1.0)
        np.testing.assert_allclose(p, expected, atol=1e-13)


def test_dimension_two_gives_chebyshev_polynomials():
    angle = np.linspace(0, np.pi, 20)
    ratios = gegenbauer_ratios(np.cos(angle), 2, 30)
    np.testing.assert_allclose(ratios, np.cos(np.arange(31)[:, None] * angle), atol=1e-12)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_ratios_are_orthogonal_with_the_norms_of_spherical_harmonics(dimension):
    t, weights = sphere_quadrature(dimension)
    nodes, weights = np.concatenate([t, -t]), np.tile(weights, 2)
    ratios = gegenbauer_ratios(nodes, dimension, 12)
    norms = np.sqrt([float(spherical_harmonic_dimension(dimension, k)) for k in range(13)])
    products = (ratios * weights) @ ratios.T * np.outer(norms, norms)
    np.testing.assert_allclose(products, np.eye(13), atol=1e-11)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_high_degrees_stay_bounded(dimension):
    ratios = gegenbauer_ratios(np.linspace(-1, 1, 101), dimension, 1500)
    assert np.abs(ratios).max() <= 1 + 1e-10
    np.testing.assert_allclose(ratios[:, -1], 1, rtol=1e-10)


def test_raw_polynomials_would_overflow():
    with np.errstate(over="ignore", invalid="ignore"):
        assert not np.isfinite(eval_gegenbauer(1500, 391.0, 1.0))


@given(st.integers(2, 40), st.integers(0, 60))
def test_harmonics_of_all_degrees_add_up_to_polynomials(dimension, degree):
    # Polynomials of degree k restricted to the sphere: binom(d+k-1, k) + binom(d+k-2, k-1) of them.
    total = sum(spherical_harmonic_dimension(dimension, k) for k in range(degree + 1))
    lower = math.comb(dimension + degree - 2, degree - 1) if degree else 0
    assert total == math.comb(dimension + degree - 1, degree) + lower


def test_first_harmonics():
    assert [spherical_harmonic_dimension(3, k) for k in range(5)] == [1, 3, 5, 7, 9]
    assert [spherical_harmonic_dimension(2, k) for k in range(4)] == [1, 2, 2, 2]
    assert spherical_harmonic_dimension(10, 1) == 10


@given(bad_counts(2), bad_counts(0))
def test_bad_counts_are_refused(dimension, degree):
    for call in (
        lambda: spherical_harmonic_dimension(dimension, 3),
        lambda: spherical_harmonic_dimension(3, degree),
        lambda: gegenbauer_ratios(0.5, dimension, 3),
        lambda: gegenbauer_ratios(0.5, 3, degree),
        lambda: sphere_quadrature(dimension),
    ):
        with pytest.raises((TypeError, ValueError), match=r"dimension|degree"):
            call()


@given(bad_counts(1))
def test_bad_numbers_of_nodes_are_refused(nodes):
    with pytest.raises((TypeError, ValueError), match="nodes"):
        sphere_quadrature(3, nodes)


@pytest.mark.parametrize("kinks", [(1.0,), (-2.0,), (np.nan,), ("a",), [[0.1]], 0.5])
def test_bad_kinks_are_refused(kinks):
    with pytest.raises((TypeError, ValueError), match="kinks"):
        sphere_quadrature(3, kinks=kinks)


def test_arguments_beyond_one_are_refused():
    with pytest.raises(ValueError, match="inner products"):
        gegenbauer_ratios([1.1], 3, 2)
