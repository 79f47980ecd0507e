"""Movement and activation changes of Appendix D."""

import numpy as np
import pytest
from bad_input import NOT_NUMBERS, bad_points
from hypothesis import given, settings
from hypothesis import strategies as st

from twolayer.activation_changes import changed_count_bound, changes_at_points, smallest_squares


def draw(seed, n=15, d=4, m=30):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x, rng.standard_normal((m, d)), rng


@given(st.integers(0, 10_000), st.floats(-3, 2))
@settings(max_examples=60, deadline=None)
def test_the_chain_holds_for_every_movement(seed, exponent):
    x, start, rng = draw(seed)
    end = start + 10.0**exponent * rng.standard_normal(start.shape)
    found = changes_at_points(x, start, end)
    room = 1 + 1e-12
    assert (found.movement_of_changed <= found.movement * room).all()
    assert (found.start_of_changed <= found.movement_of_changed * room).all()
    assert (found.smallest <= found.start_of_changed * room).all()


def test_the_cheapest_changes_attain_the_chain():
    x, start, _ = draw(1, n=1, d=3)
    before = start @ x[0]
    cheapest = np.argsort(np.abs(before))[:7]
    end = start.copy()
    end[cheapest] -= 1.0000001 * np.outer(before[cheapest], x[0])  # just across the kink
    found = changes_at_points(x, start, end)
    assert found.changed[0] == 7
    assert found.movement[0] == pytest.approx(found.smallest[0], rel=1e-6)


def test_slow_reference():
    x, start, rng = draw(2)
    end = start + 0.5 * rng.standard_normal(start.shape)
    found = changes_at_points(x, start, end)
    for j, point in enumerate(x):
        flipped = [i for i in range(len(start)) if (start[i] @ point > 0) != (end[i] @ point > 0)]
        assert found.changed[j] == len(flipped)
        assert found.start_of_changed[j] == pytest.approx(np.linalg.norm(start[flipped] @ point))
        squares = sorted((row @ point) ** 2 for row in start)
        assert found.smallest[j] == pytest.approx(np.sqrt(sum(squares[: len(flipped)])))


def test_no_movement_no_changes():
    x, start, _ = draw(3)
    found = changes_at_points(x, start, start)
    assert not found.changed.any()
    assert not found.movement.any()
    assert not found.smallest.any()


@pytest.mark.parametrize("count", [5, 20, 60])
def test_the_expected_sum_is_just_above_its_bound(count):
    m, draws = 400, 4000
    squares = np.sort(np.random.default_rng(count).standard_normal((draws, m)) ** 2, axis=1)
    sums = squares[:, :count].sum(axis=1)
    error = sums.std() / np.sqrt(draws)
    bound = smallest_squares(count, m) * (m / (m + 1)) ** 2
    assert sums.mean() > bound - 4 * error  # false alarms: 3e-5 each
    # the discrete sum exceeds the integral by the factor (1 + 1/k)(1 + 1/(2k)), ties of order statistics included
    assert sums.mean() < smallest_squares(count, m) * (1 + 3 / count + 0.05) + 4 * error


def test_the_count_inverts_the_sum():
    count = np.array([0.0, 1.0, 17.0, 100.0])
    np.testing.assert_allclose(
        changed_count_bound(np.sqrt(smallest_squares(count, 100)), 100), count, rtol=1e-12
    )


@given(st.one_of(NOT_NUMBERS, bad_points()))
@settings(max_examples=30, deadline=None)
def test_bad_points_are_refused(x):
    with pytest.raises((TypeError, ValueError)):
        changes_at_points(x, np.ones((3, 9)), np.ones((3, 9)))


def test_bad_weights_and_counts_are_refused():
    x, start, _ = draw(4)
    with pytest.raises(ValueError, match="shape"):
        changes_at_points(x, start, start[:-1])
    with pytest.raises(ValueError, match="count"):
        smallest_squares([3, 11], 10)
    with pytest.raises(ValueError, match="count"):
        smallest_squares(-1, 10)
    with pytest.raises(ValueError, match="norm"):
        changed_count_bound([-1.0], 10)
    with pytest.raises((TypeError, ValueError), match="width"):
        changed_count_bound([1.0], 0)
