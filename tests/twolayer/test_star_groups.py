"""Sectors, patterns, hulls and coordinates of the star's activation groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from twolayer.star_data import sampled_star_weights, star_points, star_weights
from twolayer.star_events import LARGEST_MOVE, most_urgent, safe_distance
from twolayer.star_groups import (
    BOUNDARY,
    GROUPS,
    active_arms,
    orthonormal_coordinates,
    pattern_margin,
    sector_coordinate,
)
from twolayer.star_hull import hull_corners


def pattern_of(theta):
    """The 33 signs of a neuron (a1, a2, b)."""
    x, _ = star_points()
    return x @ theta[:2] + theta[2] > 0


def test_figure_7():
    x, y = star_points()
    assert x.shape == (33, 2)
    assert np.allclose(np.linalg.norm(x, axis=1), np.tile([0.9, 1.0, 1.1], 11))
    assert y.tolist() == [1.0, -2.0, 1.0] * 11
    assert np.allclose(x[4], [np.cos(2 * np.pi / 11), np.sin(2 * np.pi / 11)])


def test_sectors_are_the_activation_patterns():
    a = np.random.default_rng(3).standard_normal((2000, 2))
    sectors = sector_coordinate(a).astype(int)
    arms = active_arms()
    for neuron, g in zip(a, sectors, strict=True):
        assert np.array_equal(pattern_of([*neuron, 0.0]), np.repeat(arms[g], 3))
    assert set(sectors) == set(range(GROUPS))
    assert {int(n) for n in arms.sum(axis=1)} == {5, 6}
    for g in range(GROUPS):
        first, last, before, after = BOUNDARY[g]
        assert arms[g, [first, last]].all()
        assert not arms[g, [before, after]].any()


@given(
    st.integers(0, GROUPS - 1),
    st.floats(-4, 4),
    st.floats(0.01, 2),
    st.floats(-2, 2),
)
def test_eight_signs_settle_all(group, turn, length, bias):
    angle = np.pi * group / 11 + turn
    theta = np.array([length * np.cos(angle), length * np.sin(angle), bias])
    margin = pattern_margin(group, *theta)
    x, _ = star_points()
    if np.abs(x @ theta[:2] + bias).min() > 1e-9:
        same = np.array_equal(pattern_of(theta), np.repeat(active_arms()[group], 3))
        assert (margin > 0) == same


def test_hull_is_that_of_qhull():
    rng = np.random.default_rng(4)
    for size in (1, 2, 3, 10, 300):
        t, s = np.sort(rng.uniform(-1, 1, size)), rng.standard_cauchy(size)
        corners = np.empty(2 * size, dtype=np.int64)
        count = hull_corners(t, s, np.arange(size), corners)
        expected = set(range(size)) if size < 3 else set(ConvexHull(np.stack([t, s], axis=1)).vertices)
        assert set(corners[:count].tolist()) == expected
        assert count == len(expected)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 50])
def test_new_coordinates_describe_the_same_neurons(size):
    rng = np.random.default_rng(5)
    q, psi = rng.standard_normal((60, 3)), rng.standard_normal((4, 3))
    q[:, 1] = 0.3 * q[:, 0] + 1e-3 * q[:, 1]  # nearly dependent, as in a narrow sector
    members = rng.permutation(60)[:size]
    before, others = q[members] @ psi.T, np.delete(q, members, axis=0)
    orthonormal_coordinates(q, members, psi)
    assert np.allclose(q[members] @ psi.T, before, rtol=0, atol=1e-13)
    gram = q[members].T @ q[members]
    rank = min(size, 3)
    assert np.allclose(gram, np.diag([1.0] * rank + [0.0] * (3 - rank)), rtol=0, atol=1e-13)
    assert np.array_equal(np.delete(q, members, axis=0), others)
    sums = psi[:3] @ psi[3]
    assert np.allclose(sums, (before[:, :3] * before[:, 3:]).sum(axis=0), rtol=0, atol=1e-12)


def test_no_path_of_safe_length_leaves_the_pattern():
    # Random drives that add up to just the safe distance, the worst of them pointing at the nearest point.
    rng = np.random.default_rng(6)
    for trial in range(300):
        g = int(rng.integers(GROUPS))
        angle = np.pi * (g + rng.uniform(-0.5, 0.5)) / 11
        length = rng.rayleigh()
        theta = np.array([length * np.cos(angle), length * np.sin(angle), 0.0, rng.standard_normal()])
        margin = pattern_margin(g, *theta[:3])
        safe = safe_distance(margin, np.abs(theta[:3]).max(), abs(theta[3]))
        assert 0 < safe <= LARGEST_MOVE
        drive = rng.standard_normal(3) if trial % 2 else np.array([0.0, 0.0, 1.0])
        drive *= rng.choice([-1, 1]) * safe / np.abs(drive).sum() / 50
        for _ in range(50):
            theta[:3], theta[3] = theta[:3] + drive * theta[3], theta[3] + drive @ theta[:3]
            assert pattern_margin(g, *theta[:3]) > 0


def test_corners_speak_for_the_whole_group():
    rng = np.random.default_rng(7)
    for g in range(GROUPS):
        angles = np.sort(np.pi * (g + rng.uniform(-0.5, 0.5, 40)) / 11)
        a = rng.rayleigh(size=(40, 1)) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        w = 0.1 * rng.standard_normal(40)
        middle = np.array([np.cos(np.pi * g / 11), np.sin(np.pi * g / 11)])
        along, across = a @ middle, a @ [-middle[1], middle[0]]
        corners = np.empty(80, dtype=np.int64)
        count = hull_corners(across / along, w / along, np.arange(40), corners)
        q = np.column_stack([a, w])
        psi = np.zeros((4, 3))
        psi[0, 0] = psi[1, 1] = psi[3, 2] = 1.0
        psi[:3, 2] = 1e-3 * rng.standard_normal(3)
        signs, safe = most_urgent(g, psi, q, corners[:count])
        every, safe_of_all = most_urgent(g, psi, q, np.arange(40))
        assert (signs > 0) == (every > 0)
        if signs > 0:
            assert safe == pytest.approx(safe_of_all)


def test_bad_weights():
    good = np.full(33, 1 / 33)
    with pytest.raises(ValueError, match="shape"):
        star_weights(good[:32])
    with pytest.raises(ValueError, match="nonnegative"):
        star_weights(good * np.where(np.arange(33) == 0, -1, 1))
    with pytest.raises(ValueError, match="sum to one"):
        star_weights(good * 1.1)
    bare = np.where(np.arange(33) // 3 == 4, [1, 0, 0] * 11, 1.0)
    with pytest.raises(ValueError, match="arm 4"):
        star_weights(bare / bare.sum())
    with pytest.raises(ValueError, match="sample_size"):
        sampled_star_weights(np.random.default_rng(0), 0)
    with pytest.raises(TypeError, match="Generator"):
        sampled_star_weights(0, 10)
