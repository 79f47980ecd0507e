"""The lower bound for the norm at every width."""

from itertools import combinations

import numpy as np
import pytest

from twolayer.coverage_ratio import covered_shares, largest_ratio, least_ratio, union_budgets
from twolayer.jump_process import jump_process
from twolayer.tilted_halving import normal_squares, tilted_halving


def test_without_a_budget_the_shares_are_those_of_coins():
    assert covered_shares(np.zeros(4)) == pytest.approx([0.5, 0.75, 0.875, 0.9375])
    assert least_ratio(np.zeros(60)) == pytest.approx(1 + 2**0.5, rel=1e-7)


def test_a_budget_of_ln_2_covers_everything_with_one_neuron():
    assert covered_shares(np.array([0.7])) == pytest.approx([1.0])
    assert least_ratio(np.array([0.7, 1.4])) == 1.0


@pytest.mark.parametrize("cost", [0.003, 0.05, 0.3])
@pytest.mark.parametrize("labels", ["ones", "normal"])
def test_it_lies_below_the_heuristic_law_and_begins_with_its_first_jump(cost, labels):
    kind = normal_squares() if labels == "normal" else ((1.0,), (1.0,))
    law, budgets = tilted_halving(cost, *kind), cost * np.arange(1, 61)
    assert covered_shares(budgets, *kind)[0] == pytest.approx(law.shares[0], rel=1e-6)
    assert law.shares[0] ** -0.5 < least_ratio(budgets, *kind) < law.ratio


def test_no_sets_cover_more_and_no_run_ends_lower():
    rng, points, neurons = np.random.default_rng(4), 60, 8
    for _ in range(40):
        y = rng.uniform(0.5, 2.0, points)
        active = rng.random((neurons, points)) < 0.5
        squares, weights = y**2, np.full(points, 1 / points)
        budgets = union_budgets(points, neurons, 1e-4)
        shares = covered_shares(budgets, squares, weights)
        for k, share in enumerate(shares, start=1):
            sets = combinations(range(neurons), k)
            most = max(squares[active[list(chosen)].any(axis=0)].sum() for chosen in sets)
            assert most <= share * squares.sum() * (1 + 1e-12)
        if active.any(axis=0).all():
            process = jump_process(active, np.ones(neurons), y)
            ratio = process.label_norms.sum() / np.linalg.norm(y)
            assert least_ratio(budgets, squares, weights) <= ratio
            assert ratio <= largest_ratio(budgets, neurons, squares, weights)


def test_the_upper_bound_between_its_limits():
    assert largest_ratio(np.zeros(60), 60) == pytest.approx(1 + 2**0.5, rel=1e-6)
    # Budgets that afford everything leave the trivial bound; one neuron leaves half of it to the others.
    assert largest_ratio(np.full(9, 10.0), 9) == pytest.approx(3.0)
    assert largest_ratio(np.zeros(1), 5) == pytest.approx(0.5**0.5 + 2 * 0.5**0.5)
    widths = [largest_ratio(union_budgets(n, 100, 0.05), 100) for n in (10**2, 10**4, 10**6)]
    assert 10 > widths[0] > widths[1] > widths[2] > 1 + 2**0.5


def test_bad_input():
    with pytest.raises(ValueError, match="budgets must not be negative"):
        covered_shares([-0.1])
    with pytest.raises(ValueError, match="failure must lie"):
        union_budgets(10, 5, 1.5)
    with pytest.raises(ValueError, match="more budgets than neurons"):
        largest_ratio(np.zeros(3), 2)
    with pytest.raises(ValueError, match="budgets must not be negative"):
        largest_ratio([0.1, -0.1], 5)
    with pytest.raises(ValueError, match="shape"):
        covered_shares([[0.1]])
    with pytest.raises(ValueError, match="one shape"):
        covered_shares([0.1], [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="weights >= 0"):
        covered_shares([0.1], [1.0, 2.0], [-1.0, 2.0])
