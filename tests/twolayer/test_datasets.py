"""The bad point sets and the synthetic data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twolayer.activations import gelu, relu, softplus, swish, wendland
from twolayer.datasets import (
    antipodal_pairs,
    cube_null_vector,
    cube_vertices,
    hexagon,
    hexagon_null_vector,
    linear_on_sphere,
    planted_cube,
)
from twolayer.initialisation import sphere_points
from twolayer.network import feature_matrix
from twolayer.preprocessing import append_bias

BAD_SETS = [(cube_vertices, cube_null_vector()), (hexagon, hexagon_null_vector())]


def generator(seed=0):
    return np.random.default_rng(seed)


def relu_nullity(x, m=400, seed=0):
    """Count the singular values of the ReLU features below 1e-12 of the largest."""
    s = np.linalg.svd(
        feature_matrix(x, sphere_points(generator(seed), m, x.shape[1]), relu()), compute_uv=False
    )
    return len(x) - int((s > 1e-12 * s[0]).sum())


@pytest.mark.parametrize("dimension", [3, 5, 10])
def test_cube_is_the_papers_definition(dimension):
    x = cube_vertices(dimension)
    s = 1 / np.sqrt(3)
    expected = [
        [s, s, s],
        [-s, s, s],
        [s, -s, s],
        [s, s, -s],
        [-s, -s, s],
        [-s, s, -s],
        [s, -s, -s],
        [-s, -s, -s],
    ]
    np.testing.assert_allclose(x[:, :3], expected, rtol=1e-15)
    assert not x[:, 3:].any()
    np.testing.assert_array_equal(x[::-1], -x)
    gram = np.unique(np.round(x @ x.T * 3).astype(int))
    np.testing.assert_array_equal(gram, [-3, -1, 1, 3])  # (3.2): 1, +-1/3, -1
    np.testing.assert_array_equal(cube_null_vector(), [1, -1, -1, -1, 1, 1, 1, -1])


@pytest.mark.parametrize(("points", "null"), BAD_SETS)
def test_null_vectors_are_odd_and_kill_linear_functions_and_features(points, null):
    for dimension in (3, 7):
        x = points(dimension)
        np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, rtol=4e-16)
        np.testing.assert_allclose(null @ x, 0, atol=1e-15)
        opposite = np.argmin(x @ x.T, axis=1)
        np.testing.assert_allclose(x[opposite], -x, atol=1e-15)
        np.testing.assert_array_equal(null[opposite], -null)
        a = generator(1).normal(size=(200, dimension))
        size = np.linalg.norm(a)
        for activation in (relu(), swish(), softplus(), gelu()):
            assert np.abs(null @ feature_matrix(x, a, activation, scale=1.0)).max() < 1e-14 * size
        unit = sphere_points(generator(1), 200, dimension)
        assert np.abs(null @ feature_matrix(x, unit, wendland(2, dimension), scale=1.0)).max() > 0.1


@pytest.mark.parametrize(
    ("pairs", "r", "dimension"),
    [
        (4, 3, 3),
        (6, 3, 3),
        (6, 5, 5),
        (8, 5, 5),
        (3, 2, 2),
        (3, 2, 6),
        (2, 2, 3),
        (3, 3, 3),
        (2, 3, 3),
        (1, 1, 4),
    ],
)
def test_nullity_on_antipodal_pairs(pairs, r, dimension):
    x = antipodal_pairs(generator(2), pairs, r, dimension)
    assert x.shape == (2 * pairs, dimension)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, rtol=1e-15 * 4)
    np.testing.assert_array_equal(x[pairs:], -x[:pairs])
    assert np.linalg.matrix_rank(x, tol=1e-12) == min(r, pairs)
    assert relu_nullity(x) == max(pairs - r, 0)


def test_removing_one_point_of_a_smallest_bad_set_cures_it():
    assert relu_nullity(hexagon()) == 1
    assert relu_nullity(cube_vertices()) == 1
    for points in (hexagon(), cube_vertices()):
        for left_out in range(len(points)):
            assert relu_nullity(np.delete(points, left_out, axis=0)) == 0


@given(st.integers(1, 30), st.integers(1, 8), st.integers(0, 99))
def test_linear_on_sphere_is_linear_and_its_seed_alone_decides(n, dimension, seed):
    x, y = linear_on_sphere(generator(seed), n, dimension)
    assert x.shape == (n, dimension)
    np.testing.assert_allclose(y, x @ np.ones(dimension), atol=1e-14)
    np.testing.assert_array_equal(linear_on_sphere(generator(seed), n, dimension)[0], x)


def test_synthetic_sets_have_the_papers_sizes():
    x, y = linear_on_sphere(generator())
    assert (x.shape, y.shape) == ((500, 10), (500,))
    x, y = planted_cube(generator())
    assert x.shape == (100, 3)
    np.testing.assert_array_equal(x[:8], cube_vertices())
    np.testing.assert_array_equal(np.unique(y, return_counts=True), [[-1, 1], [50, 50]])
    assert np.all(y[:8] == 1)
    assert y[:8] @ cube_null_vector() == 0  # errata E1: the paper's labels do not show the failure
    assert relu_nullity(x) == 1


@given(st.integers(max_value=2), st.integers(max_value=0), st.integers(max_value=15), st.integers(8, 99))
def test_bad_sizes_are_named(dimension, size, n, half):
    with pytest.raises(ValueError, match="dimension must be at least 3"):
        cube_vertices(dimension)
    with pytest.raises(ValueError, match="dimension must be at least 3"):
        planted_cube(generator(), 100, dimension)
    with pytest.raises(ValueError, match="dimension must be at least 2"):
        hexagon(dimension - 1)
    with pytest.raises(ValueError, match="n must be at least 16"):
        planted_cube(generator(), n)
    with pytest.raises(ValueError, match="n must be even"):
        planted_cube(generator(), 2 * half + 1)
    with pytest.raises(ValueError, match="n must be at least 1"):
        linear_on_sphere(generator(), size)
    for arguments, name in (
        ((size, 2, 3), "pairs"),
        ((3, size, 3), "subspace_dimension"),
        ((3, 2, size), "dimension"),
    ):
        with pytest.raises(ValueError, match=f"{name} must be at least 1"):
            antipodal_pairs(generator(), *arguments)
    with pytest.raises(ValueError, match="at most the dimension 3, got 4"):
        antipodal_pairs(generator(), 5, 4, 3)
    with pytest.raises(ValueError, match="a line holds one antipodal pair"):
        antipodal_pairs(generator(), 2, 1, 3)
    for call in (lambda: antipodal_pairs(0, 3, 2, 3), lambda: planted_cube(0), lambda: linear_on_sphere(0)):
        with pytest.raises(TypeError, match="rng must be"):
            call()


def test_a_bias_cures_the_cube():
    assert relu_nullity(append_bias(cube_vertices(), 0.0)) == 1
    assert relu_nullity(append_bias(cube_vertices(), 0.5)) == 0
