"""Eight numbers in a register do what numpy does to each of them, bit by bit."""

import numpy as np
import pytest

from twolayer.compiled import compiled
from twolayer.lanes import (
    LANES,
    aligned_zeros,
    any_positive,
    larger,
    load,
    magnitude,
    spread,
    store,
    where_positive,
)


@compiled
def arithmetic(x, y, out):
    for i in range(x.shape[0] // LANES):
        u, v = load(x, i * LANES), load(y, i * LANES)
        store(out, i * LANES, (u + v) * u - 2.0 * v + u * 0.1)


@compiled
def choices(x, y, out):
    u, v = load(x, 0), load(y, 0)
    store(out, 0, larger(u, v))
    store(out, LANES, magnitude(u))
    store(out, 2 * LANES, where_positive(u, v))
    store(out, 3 * LANES, spread(3.5))
    return any_positive(u), any_positive(u - u)


@pytest.fixture
def numbers():
    rng = np.random.default_rng([1, 2])
    x, y = aligned_zeros(40), aligned_zeros(40)
    x[:], y[:] = rng.standard_normal((2, 40))
    return x, y


def test_arithmetic_is_that_of_numpy_to_the_last_bit(numbers):
    x, y = numbers
    out = np.empty(40)
    arithmetic(x, y, out)
    assert np.array_equal(out, (x + y) * x - 2.0 * y + x * 0.1)


def test_unaligned_memory_will_do(numbers):
    x, y = numbers
    out = np.empty(33)[1:]
    arithmetic(x[1:33], y[1:33], out)
    expected = ((x + y) * x - 2.0 * y + x * 0.1)[1:33]
    assert np.array_equal(out, expected)


def test_choices(numbers):
    x, y = numbers
    out = np.empty(32)
    some, none = choices(x, y, out)
    u, v = x[:8], y[:8]
    expected = [np.maximum(u, v), np.abs(u), np.where(u > 0, v, 0), np.full(8, 3.5)]
    assert np.array_equal(out, np.concatenate(expected))
    assert some
    assert not none


def test_one_positive_lane_is_noticed():
    for lane in range(LANES):
        x = np.full(LANES, -1.0)
        x[lane] = 1e-300
        assert choices(x, x, np.empty(32))[0]
    assert not choices(np.full(LANES, np.nan), np.zeros(LANES), np.empty(32))[0]


def test_memory_starts_on_a_cache_line():
    for size in (1, 7, 64):
        memory = aligned_zeros(size)
        assert memory.shape == (size,)
        assert memory.ctypes.data % 64 == 0
    with pytest.raises(ValueError, match="size"):
        aligned_zeros(0)
