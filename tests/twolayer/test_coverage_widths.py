"""Exact probability of Assumption 4 (i) against enumeration and Monte Carlo; thresholds; the limit law for huge n."""

import itertools

import numpy as np
import pytest

from twolayer.coverage import assumption_bound, interpolation_probability, satisfies_assumption
from twolayer.coverage_widths import (
    alternating_interpolation_probability,
    assumption_probability,
    failure_exponent,
    failure_probability,
    least_width,
    threshold_law,
)


@pytest.mark.parametrize(("positive", "negative", "width"), [(2, 1, 3), (3, 0, 2), (1, 1, 2), (2, 2, 3)])
def test_enumeration_of_all_draws(positive, negative, width):
    n = positive + negative
    y = np.r_[np.ones(positive), -np.ones(negative)]
    bits = np.array(list(itertools.product([False, True], repeat=width * n))).reshape(-1, width, n)
    rows, everything = [], []
    for signs in itertools.product([-1, 1], repeat=width):
        covered, satisfied = satisfies_assumption(bits, np.tile(signs, (len(bits), 1)), y)
        rows.append(covered.mean())
        everything.append(satisfied.mean())
    assert assumption_probability(positive, negative, width) == pytest.approx(np.mean(everything), abs=1e-15)
    assert interpolation_probability(positive, negative, width) == pytest.approx(np.mean(rows), abs=1e-14)


def test_between_the_bound_and_the_rows():
    assert assumption_probability(128, 128, 20) == interpolation_probability(128, 128, 20)
    assert assumption_probability(127, 127, 20) == pytest.approx(
        interpolation_probability(127, 127, 20), rel=1e-12
    )
    for width in (8, 16, 24, 40, 64):
        exact = assumption_probability(16, 16, width)
        assert assumption_bound(16, 16, width) <= exact <= interpolation_probability(16, 16, width)
    # Printed Monte Carlo values, R = 4000: three standard errors are at most 0.024.
    assert assumption_probability(8, 8, 24) == pytest.approx(0.524, abs=0.024)
    assert assumption_probability(32, 32, 24) == pytest.approx(0.942, abs=0.012)


def test_signs_that_are_not_drawn():
    # Three points, two neurons: 49 pairs of nonzero columns, 42 of them distinct, of which the rows (1,1,1) survive.
    columns = [c for c in itertools.product([0, 1], repeat=3) if any(c)]
    good = sum(all(map(max, zip(a, b, strict=True))) for a, b in itertools.permutations(columns, 2))
    assert assumption_probability(3, 0, 2, signs="one") == pytest.approx(good / 64)
    assert assumption_probability(3, 0, 2, signs="alternating") == 0
    assert assumption_probability(1, 1, 2, signs="alternating") == 0.25
    with pytest.raises(ValueError, match="signs must be"):
        assumption_probability(1, 1, 2, signs="random")


def test_labels_of_one_sign_leave_the_other_neurons_without_points():
    # Every neuron must be positive: the assumption fails, though the points are covered almost surely.
    assert assumption_probability(32, 0, 8) < 2.0**-8
    assert interpolation_probability(32, 0, 24) > 0.95


def test_printed_thresholds():
    sizes = (16, 32, 64, 128, 256, 512, 1024, 4096, 16384)
    widths = [
        [least_width(lambda m, n=n: interpolation_probability(n // 2, n // 2, m), q) for n in sizes]
        for q in (0.5, 0.95)
    ]
    assert widths[0] == [11, 13, 15, 17, 20, 22, 24, 28, 32]
    assert widths[1] == [20, 23, 25, 27, 30, 32, 34, 39, 43]


def test_alternating_signs_are_better_than_drawn_ones():
    for n, m in ((16, 20), (64, 24), (1024, 34)):
        drawn = interpolation_probability(n // 2, n // 2, m)
        assert alternating_interpolation_probability(n // 2, n // 2, m) > drawn
    # One neuron of each sign, one point of each sign: both must be active on theirs.
    assert alternating_interpolation_probability(1, 1, 2) == 0.25
    assert alternating_interpolation_probability(1, 1, 1) == 0


@pytest.mark.parametrize(("digits", "width"), [(4, 11), (10, 24), (14, 60)])
def test_failure_is_one_minus_coverage(digits, width):
    half = 2 ** (digits - 1)
    assert failure_probability(digits, width) == pytest.approx(
        1 - interpolation_probability(half, half, width), abs=1e-13
    )


def test_the_half_normal_law_is_approached():
    def error(digits):
        widths = range(2 * digits, 2 * digits + int(3 * np.sqrt(2 * digits)))
        return max(abs(1 - failure_probability(digits, m) - threshold_law(digits, m)) for m in widths)

    # Corrections are of the order of one neuron in a window of sqrt(2 log2 n): 0.4, 0.2, 0.1, ... and so on.
    errors = [error(digits) for digits in (10, 40, 160, 640)]
    assert errors[-1] < 0.06
    np.testing.assert_allclose(np.array(errors[1:]) / errors[:-1], 0.5, atol=0.12)


def test_failure_exponents():
    # Powers of log n divide the failure: their logarithm is 1 % of log n at n = 2^900.
    for ratio in (2.2, 2.5, 3.0, 3.5):
        exponent = -np.log2(failure_probability(900, round(900 * ratio))) / 900
        assert exponent == pytest.approx(failure_exponent(ratio), abs=0.012)
    assert failure_exponent(1.5) == 0
    assert failure_exponent(3 - 1e-9) == pytest.approx(failure_exponent(3), abs=1e-8)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="level"):
        least_width(lambda m: 1.0, 1.0)
    with pytest.raises(ValueError, match="does not reach"):
        least_width(lambda m: 0.0, 0.5)
    with pytest.raises(ValueError, match="log2_points"):
        failure_probability(2000, 10)
    with pytest.raises(ValueError, match="ratio"):
        failure_exponent(-1)
    with pytest.raises((TypeError, ValueError)):
        assumption_probability(3, 3, 0)
    with pytest.raises((TypeError, ValueError)):
        alternating_interpolation_probability(0, 0, 3)
