"""Appendix F of paper 002 along runs: identity, order of the drift, the bound of the sum, many flips."""

import numpy as np
import pytest

from studies.convergence import balance as study


@pytest.fixture(scope="module")
def followed():
    return study.follow(120, 20, 10, 0.3)


def test_identity_and_sum(followed):
    table, descent = followed
    assert descent.outcome == "converged"
    assert len(table) == descent.step
    assert table["identity"].max() < 1e-13
    assert table["homogeneity"].max() < 1e-12
    # The proposition: where the energy stays below the lost squared error, the total drift is below one.
    assert table["energy"].max() <= 1
    assert table["total"].max() <= 1


def test_the_drift_is_of_first_order():
    table = study.halvings(100, 20, 10, 1.0, 4, steps=20)
    assert table["drift"].iloc[-2] / table["drift"].iloc[-1] == pytest.approx(2, rel=0.05)


def test_within_a_step_the_balance_is_a_parabola():
    assert study.within_a_step(60, 10, 5, 1.0) < 1e-14


def test_bounds_table():
    table = study.bounds([(80, 10), (160, 20)], 0.1, runs=1, n=20)
    assert (table["outcome"] == "converged").all()
    assert (table["largest"] <= table["total"]).all()
    assert (table["total"] <= table["error"]).all()
    assert (table["largest"] < 1e-2 * table["(76)"]).all()


def test_neurons_with_many_flips_obey_the_chain():
    events, neurons = study.many_flips(300, 200, 3, 1.0, 100, run=1)
    assert (events["norm"] <= events["bound"]).all()
    assert (events["opposite"] <= 1).all()
    assert (events["flips"] >= 3).all()
    assert neurons["flips"].max() >= 10  # the chain is tested where it bites
    assert (neurons["output weight"] <= neurons["largest"] + 1e-15).all()
    assert np.isfinite(neurons.to_numpy()).all()
