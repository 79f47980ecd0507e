"""Algorithm 1 with packed activations against the plain one."""

import numpy as np
import pytest

from twolayer.jump_process import jump_process
from twolayer.packed_jump_process import packed_jump_process, random_patterns


def unpacked(patterns, n):
    return np.unpackbits(patterns, axis=1, bitorder="little", count=n).astype(bool)


@pytest.mark.parametrize("n", [1, 3, 8, 9, 40, 200])
@pytest.mark.parametrize("width", [1, 2, 7, 60])
def test_it_is_the_jump_process(n, width):
    rng = np.random.default_rng([n, width])
    y = np.abs(rng.standard_normal(n))
    patterns = random_patterns(rng, width, n)
    packed = packed_jump_process(patterns, y)
    plain = jump_process(unpacked(patterns, n), np.ones(width), y, ties="first")
    # The plain one subtracts sums and refreshes them, which costs a few units of rounding.
    np.testing.assert_allclose(packed.times * n, plain.times, rtol=1e-9)
    np.testing.assert_array_equal(packed.neurons, plain.neurons)
    np.testing.assert_allclose(packed.label_norms, plain.label_norms, rtol=1e-12)
    np.testing.assert_array_equal(packed.counts, plain.counts)
    assert packed.uncovered == (plain.fitted_by < 0).sum()
    assert packed.squared_norm == pytest.approx(plain.squared_norm, rel=1e-12)


def test_both_signs_are_two_processes_of_one_sign():
    rng = np.random.default_rng(5)
    y, signs = rng.standard_normal(50), rng.choice([-1.0, 1.0], 30)
    active = rng.random((30, 50)) < 0.5
    plain = jump_process(active, signs, y)
    parts = [
        packed_jump_process(
            np.packbits(active[signs == s][:, y * s > 0], axis=1, bitorder="little"), y[y * s > 0]
        )
        for s in (1, -1)
    ]
    assert sum(p.squared_norm for p in parts) == pytest.approx(plain.squared_norm, rel=1e-12)
    np.testing.assert_allclose(
        np.sort(np.concatenate([p.times for p in parts])) * 50, plain.times, rtol=1e-12
    )


def test_twins_and_equal_labels_are_broken_by_index():
    patterns = np.array([[3], [3], [12], [15]], dtype=np.uint8)
    process = packed_jump_process(patterns[:3], np.ones(4))
    np.testing.assert_array_equal(process.neurons, [0, 2])
    np.testing.assert_allclose(process.times, np.sqrt(0.5))
    assert packed_jump_process(patterns, np.ones(4)).neurons.tolist() == [3]


def test_uncovered_points_are_counted_and_no_neuron_at_all_is_no_jump():
    process = packed_jump_process(np.array([[1]], dtype=np.uint8), np.array([2.0, -3.0]))
    assert (process.uncovered, process.label_norms.tolist()) == (1, [2.0])
    idle = packed_jump_process(np.zeros((4, 1), dtype=np.uint8), np.ones(3))
    assert (idle.times.size, idle.uncovered, idle.squared_norm) == (0, 3, 0.0)


def test_patterns_are_fair_coins_without_bits_beyond_the_last_point():
    patterns = random_patterns(np.random.default_rng(0), 4000, 13)
    assert patterns.shape == (4000, 2)
    assert (patterns[:, 1] < 32).all()
    # 52,000 coins: five standard deviations are 0.011, so the false-alarm rate is 6e-7.
    assert unpacked(patterns, 13).mean() == pytest.approx(0.5, abs=0.011)


def test_bad_input():
    y = np.ones(9)
    with pytest.raises(ValueError, match=r"uint8 of shape \(W, 2\)"):
        packed_jump_process(np.zeros((3, 1), dtype=np.uint8), y)
    with pytest.raises(ValueError, match="uint8"):
        packed_jump_process(np.zeros((3, 2)), y)
    with pytest.raises(ValueError, match="beyond the last"):
        packed_jump_process(np.full((3, 2), 255, dtype=np.uint8), y)
    with pytest.raises(ValueError, match=r"y\[1\] is"):
        packed_jump_process(np.zeros((3, 1), dtype=np.uint8), np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="neurons"):
        random_patterns(np.random.default_rng(0), 0, 3)
    with pytest.raises(ValueError, match="at least one point"):
        packed_jump_process(np.zeros((3, 0), dtype=np.uint8), np.ones(0))
    with pytest.raises(TypeError, match="default_rng"):
        random_patterns(0, 3, 3)


@pytest.mark.parametrize("exponent", [-600, 600])
def test_labels_of_any_size_give_the_same_jumps(exponent):
    rng = np.random.default_rng(3)
    y, patterns = rng.standard_normal(30), random_patterns(rng, 12, 30)
    plain, far = packed_jump_process(patterns, y), packed_jump_process(patterns, np.ldexp(y, exponent))
    np.testing.assert_array_equal(far.neurons, plain.neurons)
    np.testing.assert_array_equal(far.times, np.ldexp(plain.times, -exponent))
    np.testing.assert_array_equal(far.label_norms, np.ldexp(plain.label_norms, exponent))
