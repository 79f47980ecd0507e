"""Section 2.2 of paper 002: inequalities on hostile matrices, nets, the constant of Fact 2.2."""

import numpy as np
import pytest

from studies.convergence import useful_facts as study
from twolayer.khatri_rao import PAIRS


def test_no_inequality_fails_on_any_kind():
    table = study.trials(7, 30)
    assert set(table["kind"]) == set(study.KINDS)
    assert (table[[*PAIRS, "identity", "most negative"]] <= 1e-13).all(axis=None)


def test_one_example_attains_them_all_and_the_adversary_approaches_them():
    assert study.extremal_example(6, 3).to_numpy() == pytest.approx(np.ones(8), abs=1e-12)
    path = study.climb(1, "(9)", steps=150)
    assert (np.diff(path) >= 0).all()
    assert 0.9 < path[-1] <= 1 + 1e-12


def test_both_bounds_hold_on_an_instance():
    table = study.dual_bounds(1, 60, 50, (1, 7, 60))
    assert (table[["(9)", "(10)", "(10) weak"]].to_numpy() >= table[["exact"]].to_numpy() * (1 - 1e-12)).all()
    # All weights one: (9) is the norm itself.
    assert table["(9)"].iloc[-1] == pytest.approx(table["exact"].iloc[-1], rel=1e-12)


def test_the_lower_bound_of_8_is_void_beyond_the_dimension():
    table = study.lower_bound_at_work(0, 200, (40, 150))
    assert table["bound"][1] == 0
    assert 0 < table["bound"][0] < table["exact"][0]


def test_the_constant_of_fact_2_2():
    table = study.hostile_matrices((0.3, 0.03, 0.003))
    assert (np.diff(table["quotient"]) < 0).all()
    assert (table["quotient"] > np.sqrt(3) / 2).all()
    # (3 + e^2/4) / 4 over 1 - e^2 (1 - e^2/4), from the equality case of the proof.
    e = table["radius"]
    expected = np.sqrt((3 + e**2 / 4) / 4 / (1 - e**2 * (1 - e**2 / 4)))
    assert table["quotient"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)
    found = study.net_fact(0, 60)
    assert found["quotient"][found["applicable"]].min() >= np.sqrt(3) / 2
    assert not found["applicable"][found["rank"] < found["n"]].any()


def test_norms_of_distributions():
    norms = study.sub_gaussian_norms().set_index("distribution")["norm"]
    assert norms["random sign"] == pytest.approx(np.log(2) ** -0.5, abs=1e-10)
    assert norms["standard normal"] == pytest.approx(np.sqrt(8 / 3), abs=1e-8)
    assert 1.2 < norms["uniform"] < 1.64  # between the two: by its fourth moment
