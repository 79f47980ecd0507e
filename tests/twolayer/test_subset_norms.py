"""Extreme singular values of subsets: against all subsets of few points, known extremes, bad input."""

from itertools import combinations

import numpy as np
import pytest
from bad_input import bad_counts, bad_points, unit_points
from hypothesis import given
from hypothesis import strategies as st

from twolayer.subset_norms import largest_subset_norm, smallest_subset_singular_value


@pytest.mark.parametrize("size", [1, 2, 4, 7, 12])
def test_the_search_finds_the_maximum_over_all_subsets(size):
    x = unit_points(3, 12, 3)
    exact = max(np.linalg.norm(x[list(chosen)], 2) for chosen in combinations(range(12), size))
    found, subset = largest_subset_norm(x, size, np.random.default_rng(0), restarts=32)
    assert found == pytest.approx(exact, rel=1e-9)
    assert found == pytest.approx(np.linalg.norm(x[subset], 2), rel=1e-12)


@pytest.mark.parametrize("size", [3, 5, 8, 12])
def test_the_search_finds_the_minimum_over_all_subsets(size):
    x = unit_points(4, 12, 3)
    exact = min(np.linalg.svd(x[list(chosen)])[1][-1] for chosen in combinations(range(12), size))
    found, subset = smallest_subset_singular_value(x, size, np.random.default_rng(0), restarts=100)
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-9)
    assert len(subset) == size


def test_planted_subsets_are_found():
    # Five equal points among orthogonal ones: norm sqrt(5), which no other five have.
    x = np.vstack([np.eye(20), np.tile(np.eye(20)[0], (4, 1))])
    found, subset = largest_subset_norm(x, 5, np.random.default_rng(0))
    assert found == pytest.approx(np.sqrt(5), rel=1e-9)
    assert subset.tolist() == [0, 20, 21, 22, 23]
    # Without the first coordinate the other points do not span the space.
    assert smallest_subset_singular_value(np.vstack([x[1:20]] * 2), 20, np.random.default_rng(0))[0] < 1e-12


def test_values_grow_with_the_subset_and_beat_random_subsets():
    x = unit_points(5, 300, 20)
    rng = np.random.default_rng(1)
    sizes = [20, 40, 80, 160, 300]
    largest = [largest_subset_norm(x, size, rng)[0] for size in sizes]
    smallest = [smallest_subset_singular_value(x, size, rng)[0] for size in sizes]
    assert (np.diff(largest) > 0).all()
    assert (np.diff(smallest) > 0).all()
    values = [np.linalg.svd(x[:size], compute_uv=False) for size in sizes[:-1]]
    assert all(v[0] < big and v[-1] > small for v, big, small in zip(values, largest, smallest, strict=False))


@given(bad_points())
def test_bad_points_are_refused(x):
    for search in (largest_subset_norm, smallest_subset_singular_value):
        with pytest.raises((TypeError, ValueError)):
            search(x, 1, np.random.default_rng(0))


@given(bad_counts() | st.integers(13, 99))
def test_bad_sizes_are_refused(size):
    for search in (largest_subset_norm, smallest_subset_singular_value):
        with pytest.raises((TypeError, ValueError)):
            search(unit_points(0, 12, 2), size, np.random.default_rng(0))


def test_too_few_points_to_span_the_space_are_refused():
    with pytest.raises(ValueError, match="below the dimension"):
        smallest_subset_singular_value(unit_points(0, 12, 3), 2, np.random.default_rng(0))
