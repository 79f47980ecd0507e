"""Removal of neurons: the quadratic form, all subsets of few neurons, the pilot's numbers, bad input."""

from itertools import combinations

import numpy as np
import pytest
from bad_input import bad_points, unit_points
from hypothesis import given

from studies.convergence.instances import draw
from twolayer.neuron_removal import (
    alternating_removal,
    greedy_removal,
    neuron_contributions,
    smallest_eigenvalues_after_removal,
)
from twolayer.two_rate_kernels import activation_gram


def small(points=4, neurons=14, seed=0):
    x = unit_points(seed, points, 3)
    return x, x @ np.random.default_rng(seed).standard_normal((neurons, 3)).T > 0


def test_contributions_add_up_to_the_quadratic_form():
    x, active = small(9, 30)
    xi = np.random.default_rng(1).standard_normal(9)
    q = neuron_contributions(x, active, xi)
    assert q.sum() == pytest.approx(xi @ activation_gram(x, active, np.ones(30)) @ xi, rel=1e-12)
    one = np.linalg.norm((active[:, 7] * xi) @ x) ** 2
    assert q[7] == pytest.approx(one, rel=1e-12)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_alternation_finds_the_worst_of_all_subsets(count):
    x, active = small()
    everyone = range(active.shape[1])
    exact = min(
        smallest_eigenvalues_after_removal(x, active, chosen, [count])[0]
        for chosen in combinations(everyone, count)
    )
    found, removed = alternating_removal(x, active, count, np.random.default_rng(0), restarts=40)
    assert found == pytest.approx(exact, abs=1e-9)
    assert smallest_eigenvalues_after_removal(x, active, removed, [count])[0] == pytest.approx(
        found, abs=1e-9
    )


def test_greedy_removal_is_worse_than_random_removal_at_the_sizes_of_the_paper():
    # Golden: n = 100, m = 300, S = 500, first draw; three digits of an independent computation.
    start = draw(500, 300, 0)
    active = start.x @ start.a.T > 0
    order = greedy_removal(start.x, active, 250, every=10)
    assert len(np.unique(order)) == 250
    left = smallest_eigenvalues_after_removal(start.x, active, order, [0, 50, 100, 150, 250]) / 500
    np.testing.assert_allclose(left, [0.183, 0.159, 0.137, 0.117, 0.078], atol=1e-3)
    at_random = smallest_eigenvalues_after_removal(start.x, active, np.arange(250), [50, 100, 150, 250]) / 500
    assert (left[1:] < at_random).all()


def test_removing_the_neurons_that_see_one_point_leaves_nothing():
    x, active = small(6, 40)
    order = np.flatnonzero(active[2])
    assert smallest_eigenvalues_after_removal(x, active, order, [len(order)])[0] < 1e-12
    fewest = int(active.sum(axis=1).min())
    assert alternating_removal(x, active, fewest, np.random.default_rng(0), restarts=2)[0] < 1e-12


@given(bad_points())
def test_bad_points_are_refused(x):
    active = np.ones((4, 5), dtype=bool)
    with pytest.raises((TypeError, ValueError)):
        neuron_contributions(x, active, np.ones(4))


def test_other_bad_input_is_refused():
    x, active = small()
    rng = np.random.default_rng(0)
    for bad in (active.astype(float), active[:2], active[:, :0]):
        with pytest.raises(ValueError, match="active must be bool"):
            greedy_removal(x, bad, 1, every=1)
    with pytest.raises(ValueError, match="at most the number of neurons"):
        greedy_removal(x, active, 15, every=1)
    with pytest.raises(ValueError, match="less than the number of neurons"):
        alternating_removal(x, active, 14, rng)
    with pytest.raises(ValueError, match="different neurons"):
        smallest_eigenvalues_after_removal(x, active, [1, 1], [1])
    with pytest.raises(ValueError, match="counts must lie"):
        smallest_eigenvalues_after_removal(x, active, [1, 2], [3])
    with pytest.raises(ValueError, match="direction must have shape"):
        neuron_contributions(x, active, np.ones(3))
