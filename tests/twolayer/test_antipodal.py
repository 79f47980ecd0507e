"""Antipodal pairs: the null space read off from the points is that of the matrices, and the laws of moved points."""

import numpy as np
import pytest
from bad_input import bad_counts, bad_points, bad_vectors, unit_points
from hypothesis import given
from hypothesis import strategies as st

from twolayer.antipodal import (
    antipodal_pair_indices,
    move_point,
    neural_tangent_moving_rate,
    relu_moving_rate,
    relu_null_space,
)
from twolayer.datasets import antipodal_pairs, cube_null_vector, cube_vertices, hexagon, hexagon_null_vector
from twolayer.kernels import relu_gram, relu_neural_tangent_gram

TANGENT = np.array([1.0, -1.0, 0.0]) / np.sqrt(2)


def test_the_cube_has_four_pairs_and_the_paper_s_null_vector():
    np.testing.assert_array_equal(antipodal_pair_indices(cube_vertices()), [[0, 7], [1, 6], [2, 5], [3, 4]])
    null = relu_null_space(cube_vertices(5))
    assert null.shape == (8, 1)
    np.testing.assert_allclose(null[:, 0] * np.sign(null[0, 0]), cube_null_vector() / np.sqrt(8), atol=1e-15)


def test_the_hexagon_has_its_alternating_null_vector():
    null = relu_null_space(hexagon())
    np.testing.assert_allclose(
        null[:, 0] * np.sign(null[0, 0]), hexagon_null_vector() / np.sqrt(6), atol=1e-15
    )


@pytest.mark.parametrize(
    ("pairs", "r", "dimension", "unpaired"),
    [
        (1, 1, 2, 3),
        (2, 2, 2, 0),
        (3, 2, 2, 4),
        (4, 3, 3, 9),
        (6, 3, 3, 0),
        (6, 5, 5, 7),
        (8, 5, 5, 2),
        (7, 3, 9, 5),
    ],
)
def test_the_predicted_null_space_is_the_whole_null_space_of_both_matrices(pairs, r, dimension, unpaired):
    rng = np.random.default_rng(pairs)
    x = antipodal_pairs(rng, pairs, r, dimension)
    if unpaired:
        x = np.concatenate([x, unit_points(r + 100, unpaired, dimension)])
    x = x[rng.permutation(len(x))]
    null = relu_null_space(x)
    assert null.shape[1] == max(pairs - r, 0)
    np.testing.assert_allclose(null.T @ null, np.eye(null.shape[1]), atol=1e-14)
    for gram in (relu_gram(x), relu_neural_tangent_gram(x)):
        # Inside the null space nothing is left but rounding; outside it everything is positive.
        assert np.abs(gram @ null).sum() <= 1e-14
        eigenvalues = np.linalg.eigvalsh(gram + null @ null.T)
        assert eigenvalues[0] > 1e-7 * eigenvalues[-1]


def test_points_without_pairs_have_no_null_space():
    assert relu_null_space(unit_points(0, 20, 3)).shape == (20, 0)
    assert antipodal_pair_indices([[1.0, 0.0]]).shape == (0, 2)
    # Five points can never be bad: two pairs are linearly independent.
    x = np.concatenate([hexagon()[[0, 1, 3, 4]], unit_points(1, 1, 2)])
    assert relu_null_space(x).shape == (5, 0)
    assert np.linalg.eigvalsh(relu_gram(x))[0] > 1e-4


def test_coinciding_points_are_refused():
    x = cube_vertices()[[0, 1, 0]]
    for function in (antipodal_pair_indices, relu_null_space):
        with pytest.raises(ValueError, match="points 0 and 2 coincide"):
            function(x)


def test_a_moved_point_stays_on_the_sphere_at_the_given_angle():
    x = cube_vertices()
    moved = move_point(x, 0, TANGENT, 0.3)
    assert moved[0] @ x[0] == pytest.approx(np.cos(0.3), abs=1e-15)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1, atol=1e-15)
    np.testing.assert_array_equal(moved[1:], x[1:])
    np.testing.assert_array_equal(move_point(x, 0, TANGENT, 0.0), x)


@pytest.mark.parametrize(
    ("points", "tangent"),
    [
        (cube_vertices(), TANGENT),
        (cube_vertices(), np.array([1.0, 1.0, -2.0]) / np.sqrt(6)),
        (cube_vertices(5), np.eye(5)[4]),
        (hexagon(), np.array([0.0, 1.0])),
    ],
)
def test_smallest_eigenvalues_of_a_moved_point_follow_the_two_laws(points, tangent):
    # The corrections are of relative order epsilon: 1.7 epsilon at most was seen, at epsilon = 1e-4.
    moved = move_point(points, 0, tangent, 1e-4)
    smallest = np.linalg.eigvalsh(relu_gram(moved))[0]
    assert smallest == pytest.approx(1e-8 * relu_moving_rate(points, 0, tangent), rel=1e-3)
    smallest = np.linalg.eigvalsh(relu_neural_tangent_gram(moved))[0]
    assert smallest == pytest.approx(1e-4 * neural_tangent_moving_rate(points, 0), rel=1e-3)


def test_rates_of_the_cube():
    # Measured by an independent prototype: 8.43e-3 and 0.0398; the second is 1/(8 pi), and out of the
    # cube's own space the first is 1/(16 d).
    assert relu_moving_rate(cube_vertices(), 0, TANGENT) == pytest.approx(8.43e-3, abs=5e-6)
    assert neural_tangent_moving_rate(cube_vertices(), 0) == pytest.approx(1 / (8 * np.pi), rel=1e-14)
    assert relu_moving_rate(cube_vertices(4), 0, np.eye(4)[3]) == pytest.approx(1 / 64, rel=1e-12)


def test_rates_need_exactly_one_null_vector():
    x = antipodal_pairs(np.random.default_rng(0), 4, 2, 2)
    tangent = np.array([-x[0, 1], x[0, 0]])
    for rate in (lambda: relu_moving_rate(x, 0, tangent), lambda: neural_tangent_moving_rate(x, 0)):
        with pytest.raises(ValueError, match="exactly one null vector, p - r = 1, but p - r = 2"):
            rate()


@given(bad_points(unit=True))
def test_bad_points_are_refused(x):
    for function in (antipodal_pair_indices, relu_null_space, lambda p: neural_tangent_moving_rate(p, 0)):
        with pytest.raises((TypeError, ValueError), match="x"):
            function(x)


@given(bad_vectors(3) | st.just([1.0, 0.0, 0.0]))
def test_bad_tangents_are_refused(tangent):
    with pytest.raises((TypeError, ValueError), match="tangent"):
        move_point(cube_vertices(), 0, tangent, 0.1)


@given(bad_counts(minimum=0) | st.integers(8, 99))
def test_bad_indices_are_refused(index):
    for call in (
        lambda: move_point(cube_vertices(), index, TANGENT, 0.1),
        lambda: neural_tangent_moving_rate(cube_vertices(), index),
    ):
        with pytest.raises((TypeError, ValueError), match="index"):
            call()
