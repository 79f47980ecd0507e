"""Intervals for rates and fitted power laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twolayer.statistics import fit_power_law, wilson_interval


def test_no_event_gives_the_closed_form():
    z = 1.959963984540054
    low, high = wilson_interval(0, 4000)
    assert low == 0.0
    assert high == pytest.approx(z**2 / (4000 + z**2), rel=1e-12)


def test_the_interval_solves_its_quadratic_equation():
    low, high = wilson_interval(37, 300)
    z = 1.959963984540054
    for p in (low, high):
        assert (37 / 300 - p) ** 2 == pytest.approx(z**2 * p * (1 - p) / 300, rel=1e-9)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate_and_mirrors(case):
    events, trials = case
    low, high = wilson_interval(events, trials)
    assert 0 <= low <= events / trials <= high <= 1
    mirrored = wilson_interval(trials - events, trials)
    assert mirrored[0] == pytest.approx(1 - high, abs=1e-12)
    assert mirrored[1] == pytest.approx(1 - low, abs=1e-12)


def test_coverage_is_close_to_what_it_says():
    # 4000 binomials: the coverage is 0.95 +- 0.02 by theory at p = 0.1, N = 50; five standard errors are 0.017.
    counts = np.random.default_rng(0).binomial(50, 0.1, size=4000)
    low, high = wilson_interval(counts, np.full(4000, 50))
    assert 0.91 < ((low <= 0.1) & (high >= 0.1)).mean() < 0.99


@pytest.mark.parametrize(
    ("failures", "trials", "confidence"),
    [(1, 0, 0.95), (-1, 5, 0.95), (6, 5, 0.95), (0.5, 5, 0.95), (1, 5, 1.0), (1, 5, 0.0), (np.nan, 5, 0.9)],
)
def test_bad_counts_are_refused(failures, trials, confidence):
    with pytest.raises(ValueError, match=r"failures|trials|confidence"):
        wilson_interval(failures, trials, confidence)


def test_an_exact_law_is_found():
    x = np.array([1.0, 3.0, 10.0, 40.0])
    law = fit_power_law(x, 2.5 * x**-0.5)
    assert law.exponent == pytest.approx(-0.5, abs=1e-13)
    assert law.constant == pytest.approx(2.5, rel=1e-12)
    assert law.standard_error < 1e-13
    assert law(4.0) == pytest.approx(1.25)


def test_the_standard_error_is_that_of_weighted_least_squares():
    # Slow reference: numpy's polynomial fit with the same weights and an unscaled covariance.
    rng = np.random.default_rng(1)
    x = np.geomspace(10, 1000, 7)
    errors = np.linspace(0.01, 0.05, 7)
    y = 3 * x**1.3 * np.exp(errors * rng.standard_normal(7))
    slope, covariance = np.polyfit(np.log(x), np.log(y), 1, w=1 / errors, cov="unscaled")
    law = fit_power_law(x, y, errors)
    assert law.exponent == pytest.approx(slope[0], rel=1e-10)
    assert law.standard_error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-10)


@pytest.mark.parametrize(
    ("x", "y", "errors"),
    [
        ([1.0, 2.0], [1.0, 2.0], None),
        ([1.0, 2.0, 3.0], [1.0, 2.0], None),
        ([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], None),
        ([2.0, 2.0, 2.0], [1.0, 2.0, 1.0], None),
        ([1.0, 2.0], [1.0, 2.0], [0.1, -0.1]),
        ([1.0, 2.0], [1.0, 2.0], [0.1]),
    ],
)
def test_bad_data_for_a_fit_are_refused(x, y, errors):
    with pytest.raises(ValueError, match="must"):
        fit_power_law(x, y, errors)
