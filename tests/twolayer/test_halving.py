"""Halving in a fixed order and the union bounds."""

import math

import numpy as np
import pytest

from twolayer.halving import (
    certified_factor,
    fixed_order_norms,
    halving_failure,
    halving_steps,
    log_failure,
    log_union_bound,
    norm_factor,
    remainder_exponent,
)


def test_fixed_order_by_hand_and_by_simulation():
    f = fixed_order_norms(400)
    # Two points: with the first neuron that covers any, both (1/3) or one and then the other.
    assert f[1] == pytest.approx(1)
    assert f[2] == pytest.approx(math.sqrt(2) / 3 + 2 * 2 / 3)
    rng, totals = np.random.default_rng(1), np.zeros(4000)
    left = np.full(4000, 400)
    for _ in range(60):
        taken = rng.binomial(left, 0.5)
        totals += np.sqrt(taken)
        left -= taken
    error = totals.std() / math.sqrt(4000)
    assert totals.mean() == pytest.approx(f[400], abs=5 * error)  # false-alarm rate 6e-7


def test_fixed_order_tends_to_one_plus_root_two_from_below():
    f = fixed_order_norms(4096)
    n = np.array([64, 256, 1024, 4096])
    gaps = 1 + math.sqrt(2) - f[n] / np.sqrt(n)
    assert (gaps > 0).all()
    np.testing.assert_allclose(gaps * np.sqrt(n), 2.1, atol=0.1)


def test_failure_is_exact_for_one_step_and_agrees_with_simulation():
    heads = np.arange(21)
    pmf = np.array([math.comb(20, k) for k in heads]) / 2**20
    assert halving_failure(20, 0.25, 1) == pytest.approx(pmf[np.abs(heads - 10) > 2.5].sum(), rel=1e-12)
    rng = np.random.default_rng(2)
    left, failed = np.full(20000, 300), np.zeros(20000, dtype=bool)
    for _ in range(4):
        following = rng.binomial(left, 0.5)
        failed |= np.abs(following - left / 2) > 0.3 * left / 2
        left = following
    # standard error 0.0035, five of them
    assert failed.mean() == pytest.approx(halving_failure(300, 0.3, 4), abs=0.018)


@pytest.mark.parametrize("n", [64, 1024, 8192])
@pytest.mark.parametrize("delta", [0.1, 0.4, 0.9])
def test_the_bound_of_proposition_four_holds(n, delta):
    for epsilon in (0.1, 0.5, 0.9):
        steps = halving_steps(n, delta, epsilon)
        if steps:
            bound = math.exp(log_union_bound(math.log(n), 1, delta, epsilon))
            assert halving_failure(n, delta, steps) <= bound


def test_steps_and_exponent_of_the_specified_example():
    assert 1 - remainder_exponent(0.1, 0.25) == pytest.approx(0.44, abs=0.005)
    assert remainder_exponent(1e-9, 0.5) == pytest.approx(0.5, abs=1e-8)
    assert halving_steps(1000, 0.1, 0.25) == int(0.75 * math.log(1000) / math.log(2 / 0.9))
    assert log_union_bound(math.log(1.2), 5, 0.1, 0.9) == -math.inf


def test_our_bound_counts_sets():
    W, R, delta = 10, 50.0, 0.3
    terms = [
        2 * math.comb(W, k - 1) * (W - k + 1) * math.exp(-(delta**2) / 2 * ((1 - delta) / 2) ** (k - 1) * R)
        for k in (1, 2, 3)
    ]
    assert log_failure(W, R, delta, 3) == pytest.approx(math.log(sum(terms)), rel=1e-12)


def test_factor_and_certificate():
    assert norm_factor(9, 0.5, 0) == 3.0
    assert norm_factor(4, 1e-12, 4) == pytest.approx(sum(2 ** (-k / 2) for k in (1, 2, 3, 4)))
    assert certified_factor(56, 20, 0.95) == (math.sqrt(56), 1.0, 0)
    factors = [certified_factor(80, 10.0**k, 0.95)[0] for k in (4, 6, 8, 10)]
    assert (np.diff(factors) < 0).all()
    assert factors[-1] > 1 + math.sqrt(2)
    factor, delta, steps = certified_factor(80, 1e6, 0.95)
    assert norm_factor(80, delta, steps) == factor
    assert log_failure(80, 1e6, delta, steps) <= math.log(0.05)


@pytest.mark.parametrize(
    "call",
    [
        lambda: halving_failure(10, 1.0, 2),
        lambda: halving_steps(10, 0.1, 0.0),
        lambda: halving_steps(0.5, 0.1, 0.5),
        lambda: log_failure(3, 10, 0.1, 4),
        lambda: norm_factor(3, 0.1, 4),
        lambda: fixed_order_norms(0),
        lambda: certified_factor(3, 10, 1.5),
        lambda: remainder_exponent(-0.1, 0.5),
    ],
)
def test_bad_input(call):
    with pytest.raises(ValueError, match="must"):
        call()


def test_a_probability_is_at_most_one():
    assert halving_failure(10, 0.999, 100) == 1.0
