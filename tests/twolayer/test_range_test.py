"""The test that knows one sample only by its mean and range: constants, p-values, rounding, bad input."""

import numpy as np
import pytest
from scipy import stats

from twolayer.range_test import compare, critical_value, p_value, range_moments

# d_2 and d_3 from tables of control charts, three digits.
TABLE = {2: (1.128, 0.853), 3: (1.693, 0.888), 6: (2.534, 0.848), 10: (3.078, 0.797), 25: (3.931, 0.708)}


@pytest.mark.parametrize("k", TABLE)
def test_moments_of_the_range_are_those_of_quality_control(k):
    moments = range_moments(k)
    assert (moments.mean, moments.deviation) == pytest.approx(TABLE[k], abs=6e-4)
    assert moments.root_mean_square**2 == pytest.approx(moments.mean**2 + moments.deviation**2)


def test_two_values_have_a_half_normal_range():
    moments = range_moments(2)
    assert moments.mean == pytest.approx(2 / np.sqrt(np.pi), rel=1e-10)
    assert moments.root_mean_square == pytest.approx(np.sqrt(2), rel=1e-10)
    assert moments.freedom == pytest.approx(1, rel=1e-10)


@pytest.mark.parametrize("t", [0.3, 2.0, 5.0])
def test_against_a_single_value_it_is_students_test(t):
    assert p_value(t, 10, 1) == pytest.approx(2 * stats.t.sf(t, 9), rel=1e-9)
    # Two values: their range is what their standard deviation is, so that both add up to two degrees of freedom.
    assert p_value(t, 2, 2) == pytest.approx(2 * stats.t.sf(t, 2), rel=1e-7)


@pytest.mark.parametrize(("runs", "others"), [(10, 10), (2, 10), (3, 3), (1, 10), (10, 1)])
def test_false_alarms_have_the_nominal_rate(runs, others):
    # 40,000 trials at the level 0.02: four standard errors, so that each case fails once in 16,000.
    rng, trials, level = np.random.default_rng(0), 40_000, 0.02
    own, other = rng.standard_normal((trials, runs)), rng.standard_normal((trials, others))
    limit = critical_value(level, runs, others)
    total, freedom = ((own - own.mean(axis=1, keepdims=True)) ** 2).sum(axis=1), runs - 1.0
    if others > 1:
        moments = range_moments(others)
        total = total + moments.freedom * (np.ptp(other, axis=1) / moments.root_mean_square) ** 2
        freedom += moments.freedom
    t = abs(own.mean(axis=1) - other.mean(axis=1)) / np.sqrt(total / freedom * (1 / runs + 1 / others))
    assert abs((t > limit).mean() - level) < 4 * np.sqrt(level / trials)
    one = compare(own[0], other[0].mean(), np.ptp(other[0]), others)
    assert one.p == pytest.approx(p_value(t[0], runs, others), rel=1e-12)


def test_score_is_the_normal_variable_of_the_same_p():
    result = compare([0.0, 1.0, 2.0], 0.2, 2.1, 5)
    assert result.score > 0
    assert 2 * stats.norm.sf(result.score) == pytest.approx(result.p, rel=1e-9)
    assert compare([0.0, 1.0, 2.0], 1.8, 2.1, 5).score == pytest.approx(-result.score)


def test_rounding_never_makes_a_difference_larger():
    rng = np.random.default_rng(1)
    for _ in range(200):
        own, other, unit = rng.normal(0, 0.01, 10), rng.normal(0.005, 0.01, 10), 0.01
        low, high, mean = (np.round(v / unit) * unit for v in (other.min(), other.max(), other.mean()))
        exact = compare(own, other.mean(), np.ptp(other), 10)
        assert compare(own, mean, high - low, 10, unit).p >= exact.p - 1e-12


def test_critical_value_inverts_the_p_value():
    assert p_value(critical_value(3e-4, 10, 10), 10, 10) == pytest.approx(3e-4, rel=1e-9)


def test_bad_input_is_explained():
    with pytest.raises(ValueError, match="neither sample shows a spread"):
        compare([1.0], 1.0, 0.0, 1)
    with pytest.raises(ValueError, match="both samples are constant"):
        compare([1.0, 1.0], 1.0, 0.0, 3)
    with pytest.raises(ValueError, match="finite"):
        compare([1.0, np.nan], 1.0, 0.0, 3)
    with pytest.raises(ValueError, match="must not be negative"):
        compare([1.0, 2.0], 1.0, -1.0, 3)
    with pytest.raises(ValueError, match="two-sided"):
        p_value(-1.0, 3, 3)
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        critical_value(1.0, 3, 3)
    with pytest.raises(ValueError, match="k must be"):
        range_moments(1)
