"""The balance of a neuron: the exact change in a step, conservation by the flow, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twolayer.balance import balance, balance_change
from twolayer.two_rate_descent import TwoRateDescent

RATE = st.floats(0.0, 0.05)


@given(RATE, RATE, st.integers(0, 2**31))
def test_the_change_in_a_step_is_exact_whatever_the_activations_do(hidden, output, seed):
    if hidden == output == 0.0:
        hidden = 0.01
    rng = np.random.default_rng(seed)
    x, y, a, w = (rng.standard_normal(shape) for shape in ((7, 3), 7, (5, 3), 5))
    descent = TwoRateDescent(x, y, a, w, rates=(hidden, output), monotone=False)
    change = balance_change(descent.gradient_a, descent.gradient_w, descent.rates)
    before = balance(a, w, descent.rates)
    descent.advance(1)
    after = balance(descent.a, descent.w, descent.rates)
    scale = max(np.abs(before).max(), np.abs(after).max(), 1e-300)
    # Without output gradients (rate zero) both sides vanish or only the output weights stay.
    assert np.abs(after - before - change).max() <= 1e-12 * scale


def test_the_flow_conserves_it():
    rng = np.random.default_rng(1)
    x, y, a, w = (rng.standard_normal(shape) for shape in ((6, 4), 6, (8, 4), 8))
    drifts = []
    for k in (1, 2, 4):
        rates = (2e-4 / k, 1e-4 / k)
        descent = TwoRateDescent(x, y, a, w, rates=rates, monotone=False)
        descent.advance(200 * k)
        drifts.append(np.abs(balance(descent.a, descent.w, rates) - balance(a, w, rates)).max() * k)
    assert drifts[0] / drifts[1] == pytest.approx(2, rel=0.1)
    assert drifts[1] / drifts[2] == pytest.approx(2, rel=0.05)


def test_values():
    assert balance([[3.0, 4.0]], [2.0], (10.0, 1.0)) == pytest.approx([15.0])
    assert balance_change([[3.0, 4.0]], [2.0], (0.1, 0.5)) == pytest.approx([0.05 * (2.0 - 2.5)])


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"a must have shape \(m, d\)"):
        balance(np.ones((2, 3)), np.ones(3), (1.0, 1.0))
    with pytest.raises(ValueError, match="rates must not be negative"):
        balance(np.ones((2, 3)), np.ones(2), (-1.0, 1.0))
    with pytest.raises(ValueError, match="NaN or infinite"):
        balance_change(np.full((2, 3), np.inf), np.ones(2), (1.0, 1.0))
