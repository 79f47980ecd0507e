"""Coordinates of aligned unit vectors: bounds hold, are attained, and fail beyond their hypotheses."""

import numpy as np
import pytest
from bad_input import NOT_NUMBERS
from hypothesis import given, settings
from hypothesis import strategies as st

from twolayer.alignment import coordinate_bound, coordinate_bound_at, tangent_bound

GAPS = st.floats(0, 1)


def pair(rng, n, epsilon):
    """Two random unit vectors with the cosine 1 - epsilon."""
    v, other = rng.standard_normal((2, n))
    v /= np.linalg.norm(v)
    other -= (other @ v) * v
    other /= np.linalg.norm(other)
    return (1 - epsilon) * v + np.sqrt(epsilon * (2 - epsilon)) * other, v


@given(st.integers(0, 10**6), st.integers(2, 30), GAPS)
def test_all_bounds_hold_on_random_pairs(seed, n, epsilon):
    u, v = pair(np.random.default_rng([seed, n]), n, epsilon)
    gap = np.abs(u - v)
    assert (gap <= coordinate_bound(epsilon) + 1e-12).all()
    assert (gap <= coordinate_bound_at(epsilon, np.clip(v, -1, 1)) + 1e-7).all()
    assert (np.abs(v - (u @ v) * u) <= tangent_bound(epsilon) + 1e-7).all()


@given(GAPS)
def test_the_extremal_pairs(epsilon):
    half = np.sqrt(epsilon / 2)
    rest = np.sqrt(1 - half**2)
    u, v = np.array([half, rest]), np.array([-half, rest])
    assert u @ v == pytest.approx(1 - epsilon)
    assert abs(u[0] - v[0]) == pytest.approx(coordinate_bound(epsilon), abs=1e-15)
    sine = np.sqrt(epsilon * (2 - epsilon))
    u, v = np.array([0.0, 1.0]), np.array([sine, 1 - epsilon])
    assert abs(v[0] - (u @ v) * u[0]) == pytest.approx(tangent_bound(epsilon), abs=1e-15)


@given(GAPS, st.floats(-1, 1))
def test_the_bound_at_a_coordinate_is_the_maximum_over_the_cap(epsilon, coordinate):
    beta, phi = np.arccos(coordinate), 2 * np.arcsin(np.sqrt(epsilon / 2))
    turned = np.clip(beta + np.linspace(-phi, phi, 2001), 0, np.pi)
    brute = np.abs(np.cos(turned) - coordinate).max()
    assert coordinate_bound_at(epsilon, coordinate) == pytest.approx(brute, abs=1e-9)


def test_known_values():
    assert coordinate_bound(0.5) == 1.0
    assert coordinate_bound_at(0.02, 1.0) == pytest.approx(0.02)
    assert coordinate_bound_at(0.02, 0.0) == pytest.approx(np.sqrt(0.02 * 1.98))
    np.testing.assert_allclose(coordinate_bound_at(0.1, np.sqrt(0.05)), np.sqrt(0.2), rtol=1e-14)
    assert tangent_bound(1.0) == 1.0


@given(st.sampled_from([-0.01, 1.01, np.nan, np.inf]))
def test_gaps_out_of_range_are_refused(epsilon):
    for function in (coordinate_bound, tangent_bound, lambda e: coordinate_bound_at(e, 0.5)):
        with pytest.raises(ValueError, match=r"epsilon"):
            function(epsilon)
    with pytest.raises(ValueError, match=r"\[-1, 1\]"):
        coordinate_bound_at(0.5, 1.5)


@given(NOT_NUMBERS)
@settings(max_examples=20)
def test_what_is_no_number_is_refused(epsilon):
    with pytest.raises((TypeError, ValueError)):
        coordinate_bound(epsilon)
