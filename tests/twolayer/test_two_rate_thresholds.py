"""Exponents of section 1 of paper 002: corners of the regions, golden sizes, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twolayer.two_rate_thresholds import THRESHOLDS, theorem_conditions, threshold_exponent, threshold_size

EXPONENTS = st.floats(0.05, 6.0)


@given(EXPONENTS, EXPONENTS, st.floats(-6.0, 6.0))
def test_any_ratio_is_the_bound_below_which_no_ratio_is_left_out(s, mu, rho):
    hidden, both, _ = theorem_conditions(s, mu, rho)
    if mu < threshold_exponent("any ratio", s) - 1e-9:
        assert hidden or both
    if mu > threshold_exponent("hidden layer only", s) + 1e-9:
        assert not hidden
        assert not both


@given(EXPONENTS, EXPONENTS)
def test_infinite_ratios_are_one_layer_alone(s, mu):
    assert theorem_conditions(s, mu, -np.inf)[0] == (mu < threshold_exponent("hidden layer only", s))
    assert theorem_conditions(s, mu, np.inf)[2] == (mu < s)


def test_integers_and_fractions_agree_away_from_the_edges():
    s, mu, rho = np.meshgrid(np.arange(1, 40), np.arange(1, 40), np.arange(-50, 60), indexing="ij")
    exact = theorem_conditions(s, mu, rho, unit=12)
    inexact = theorem_conditions(s / 12, mu / 12, rho / 12)
    margins = [s - mu, 48 + s - 4 * mu, s - mu - rho, rho - 2 * mu + 12 + s, rho, rho - mu + 12]
    interior = np.all([margin != 0 for margin in margins], axis=0)
    assert interior.mean() > 0.8
    assert all((a == b)[interior].all() for a, b in zip(exact, inexact, strict=True))


@pytest.mark.parametrize(
    ("name", "at_100", "at_1000"),
    [("SY19", 31.62, 56.23), ("OS20", 100, 177.83), ("hidden layer only", 100, 562.34), ("Ngu21", 1, 10),
     ("LeCun as printed", 100, 316.23), ("any ratio", 100, 464.16), ("barrier", 1e4, 1e5), ("DZPS19", 2.154, 3.162)],
)  # fmt: skip
def test_sizes_of_the_table(name, at_100, at_1000):
    assert threshold_size(name, 100, 100) == pytest.approx(at_100, rel=5e-4)  # four digits are typed
    assert threshold_size(name, 100, 1000) == pytest.approx(at_1000, rel=5e-4)


def test_all_thresholds_stay_below_the_barrier():
    s = np.linspace(0.1, 5, 50)
    assert all((threshold_exponent(name, s) <= 1 + s).all() for name in THRESHOLDS)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="no threshold 'mine'"):
        threshold_exponent("mine", 1.0)
    with pytest.raises(ValueError, match="n must be at least 2"):
        threshold_size("OS20", 1, 100)
    with pytest.raises(TypeError, match="S must be an integer"):
        threshold_size("OS20", 100, 10.5)
    with pytest.raises(ValueError, match="mu must hold exponents"):
        theorem_conditions(1.0, np.nan, 0.0)
    with pytest.raises(ValueError, match="s must hold exponents"):
        theorem_conditions("wide", 1.0, 0.0)
