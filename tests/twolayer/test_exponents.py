"""Remark 23 and Corollary 25 as linear programs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twolayer.exponents import best_exponents, largest_slack


@given(st.floats(1.0, 60.0), st.floats(0.02, 1.2))
def test_solvable_exactly_in_the_interval_of_corollary_25(eta, growth):
    best = best_exponents(eta, growth)
    edge = min(abs(growth - 2 / eta), abs(growth - 1 + 2 / eta))
    if edge > 1e-6:
        assert (best.slack > 0) == (2 / eta < growth < 1 - 2 / eta)


@given(st.floats(4.01, 100.0))
def test_the_solution_satisfies_the_conditions_of_theorem_22(eta):
    best = best_exponents(eta, 0.5)
    assert best.psi + best.data + best.probability < 0.5
    assert 0.5 * eta * best.data > 1
    assert best.probability > 0
    assert 0.5 * (2 - 2 * best.psi) <= 1 + 1e-12


@given(st.floats(4.0, 100.0))
def test_the_largest_slack_in_closed_form(eta):
    assert largest_slack(eta) == pytest.approx((eta - 4) / (6 * eta), abs=1e-12)
    assert largest_slack(eta) == pytest.approx(best_exponents(eta, 0.5).slack, abs=1e-12)


@pytest.mark.parametrize("eta", [0.5, 2.0, 3.0, 3.99])
def test_no_exponents_at_or_below_four(eta):
    assert largest_slack(eta) < 0
    assert largest_slack(4.0) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, np.nan])
def test_bad_exponents_are_refused(bad):
    with pytest.raises(ValueError, match="eta"):
        largest_slack(bad)
    with pytest.raises(ValueError, match="growth"):
        best_exponents(5.0, bad)
