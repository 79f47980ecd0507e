"""Neurons held on a kink: the sliding share against the iteration itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twolayer.kink_sliding import Sliding, sliding_at
from twolayer.two_rate_descent import TwoRateDescent


def _iterate(p, inactive_move, active_move, steps):
    path = []
    for _ in range(steps):
        path.append(p)
        p += active_move if p > 0 else inactive_move
    return np.array(path)


@given(st.floats(1e-3, 10), st.floats(-10, -1e-3), st.floats(0, 1), st.integers(1, 400))
def test_the_share_of_active_steps_is_the_sliding_share_to_one_step(up, down, place, steps):
    start = down + (up - down) * max(place, 1e-9)
    path = _iterate(start, up, down, steps)
    share = float(Sliding(np.array([up]), np.array([down]), np.array([start])).active_share[0])
    assert share == pytest.approx(up / (up - down))
    assert abs((path > 0).mean() - share) <= 1 / steps + 1e-9
    assert path.min() > down - 1e-9
    assert path.max() <= up + 1e-9
    changes = np.mean((path[1:] > 0) != (path[:-1] > 0)) if steps > 1 else 0.0
    if steps > 1:
        assert abs(changes - 2 * min(share, 1 - share)) <= 3 / (steps - 1) + 1e-9


def test_the_moves_are_those_of_a_step_of_gradient_descent():
    rng = np.random.default_rng(7)
    x = rng.standard_normal((12, 5))
    x /= np.linalg.norm(x, axis=1)[:, None]
    a, w, y = rng.standard_normal((8, 5)), rng.choice([-1.0, 1.0], 8), 3 * rng.standard_normal(12)
    descent = TwoRateDescent(x, y, a, w, rates=(1e-3, 0.0), monotone=False)
    for point in (0, 7):
        moves = sliding_at(x, a, w, descent.error, 1e-3, point)
        before = a @ x[point]
        expected = np.where(before > 0, moves.active_move, moves.inactive_move)
        other = TwoRateDescent(x, y, a, w, rates=(1e-3, 0.0), monotone=False)
        other.advance(1)
        np.testing.assert_allclose(other.a @ x[point] - before, expected, rtol=1e-9, atol=1e-13)
        everywhere = sliding_at(x, a, w, descent.error, 1e-3)
        np.testing.assert_allclose(everywhere.active_move[point], moves.active_move, rtol=1e-12)
        np.testing.assert_allclose(
            everywhere.inactive_move[point], moves.inactive_move, rtol=1e-10, atol=1e-17
        )


def test_a_neuron_far_from_the_kink_or_with_agreeing_moves_is_not_held():
    moves = Sliding(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.5, -1.0]), np.array([0.5, 0.1, 5.0]))
    assert moves.held.tolist() == [True, False, False]
    assert np.isnan(moves.active_share[1:]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"point": 12}, "index of one of the 12 points"),
        ({"rate": 0.0}, "rate"),
        ({"w": np.ones(3)}, "shapes"),
        ({"error": np.full(12, np.nan)}, "error"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {
        "x": np.ones((12, 5)),
        "a": np.ones((8, 5)),
        "w": np.ones(8),
        "error": np.ones(12),
        "rate": 1e-3,
    }
    with pytest.raises((ValueError, TypeError), match=message):
        sliding_at(**(arguments | change))
