"""Exact failure probabilities of (W2) to (W7) against draws, limits and the bound of the proof."""

import numpy as np
import pytest
from scipy.special import erfc

from twolayer.initial_events import (
    DENSITY_BOUND,
    PROPERTIES,
    failure_probabilities,
    failures,
    smallest_weight_bound,
)


@pytest.mark.parametrize(
    ("m", "epsilon", "gamma"), [(2, 0.3, 0.2), (9, 0.2, 0.4), (60, 0.1, 0.3), (300, 0.25, 0.5)]
)
def test_exact_probabilities_agree_with_draws(m, epsilon, gamma):
    # Four standard errors at 24 comparisons: a false alarm in 1 of 600 seeds.
    draws = 20_000
    rng = np.random.default_rng([7, m])
    a, w = np.sqrt(2) * rng.standard_normal((draws, m)), np.sqrt(2 / m) * rng.standard_normal((draws, m))
    if m == 2:  # both signs are needed for the formulas of the two sides; one sign alone fails (W5) and (W6)
        keep = (a > 0).any(axis=1) & (a < 0).any(axis=1)
        a, w = a[keep], w[keep]
    counted, exact = failures(a, w, epsilon, gamma), failure_probabilities(m, epsilon, gamma)
    assert set(counted) == set(exact) == set(PROPERTIES)
    for name in PROPERTIES:
        p = exact[name]
        assert abs(counted[name].mean() - p) <= 4 * np.sqrt(p * (1 - p) / len(a)) + 1 / len(a), name


def test_the_two_ways_to_treat_the_number_of_neurons_on_a_side_meet():
    low, high = failure_probabilities(10_000, 0.1, 0.4), failure_probabilities(10_001, 0.1, 0.4)
    assert low["W7"] == pytest.approx(high["W7"], rel=1e-3)


def test_limits_for_astronomical_widths():
    found = failure_probabilities(1e40, 0.01, 0.4)
    one = erfc(1e40**0.01 / 2)
    assert found["W7"] == pytest.approx(1 - (1 - one) ** 2, rel=1e-10)
    assert found["W4"] == pytest.approx(float(smallest_weight_bound(1e40, 0.4)), rel=1e-10)
    assert found["W5"] == 0


def test_the_bound_of_the_proof_is_one_and_becomes_sharp():
    widths = 2.0 ** np.arange(1, 40)
    exact = np.array([failure_probabilities(m, 0.1, 0.3)["W4"] for m in widths])
    bound = smallest_weight_bound(widths, 0.3)
    assert (exact <= bound).all()
    assert exact[-1] / bound[-1] > 0.999
    assert pytest.approx(0.28209479) == DENSITY_BOUND


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="at least 2"):
        failure_probabilities(1, 0.1, 0.1)
    with pytest.raises(ValueError, match="gamma"):
        failure_probabilities(10, 0.1, 0.0)
    with pytest.raises(ValueError, match="NaN"):
        failures([1.0, np.nan], [1.0, 1.0], 0.1, 0.1)
