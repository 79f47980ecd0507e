"""The limit law at finite sizes."""

import math

import numpy as np
import pytest

from twolayer.halving import fixed_order_norms
from twolayer.ordered_halving import _before, ordered_halving_ratio, ordered_shares
from twolayer.tilted_halving import tilted_halving


def test_fair_shares_give_the_fixed_order():
    n = 40
    logs = np.array([math.lgamma(k + 1.0) for k in range(n + 1)])
    norms = np.zeros(n + 1)
    for _ in range(60):
        norms = _before(norms, 0.5, logs)
    np.testing.assert_allclose(norms, fixed_order_norms(n), rtol=1e-9)


def test_shares_fall_and_the_best_is_near_the_mean_of_the_largest():
    shares = ordered_shares(200, 1000)
    assert (np.diff(shares) < 0).all()
    draws = np.random.default_rng(0).binomial(200, 0.5, (400, 1000)).max(axis=1) / 200
    # The quantile is an approximation of the mean, good to a fifth of a point.
    assert shares[0] == pytest.approx(draws.mean(), abs=1e-3)


def test_it_tends_to_the_limit_law():
    gaps = [
        abs(ordered_halving_ratio(n, round(math.exp(0.02 * n))) - tilted_halving(0.02).ratio)
        for n in (100, 400, 1000)
    ]
    assert gaps[2] < gaps[1] < gaps[0] < 0.12


def test_ends():
    assert ordered_halving_ratio(5, 10**6) == pytest.approx(1)
    assert ordered_halving_ratio(1, 1) <= 1
    with pytest.raises(ValueError, match="points"):
        ordered_halving_ratio(0, 3)


def test_tails_below_the_smallest_number():
    # The probability that a pattern covers all of 4000 points underflows; warnings are errors here.
    assert 2.2 < ordered_halving_ratio(4000, 100) < 1 + 2**0.5
