"""The heuristic formula for the norm of infinitely many neurons."""

import itertools
import math

import numpy as np
import pytest

from twolayer.jump_process import least_squared_norm
from twolayer.log_scaled_descent import log_scaled_descent
from twolayer.wide_limit import growth_at_fit, wide_limit_squared_norm


def test_the_growth_solves_its_equation():
    v = np.abs(np.random.default_rng(3).standard_normal(9))
    growth = growth_at_fit(v, -7.0)
    u = v**2 / (v @ v)
    mass = math.exp(2 * (growth - 7.0)) / 8 * np.prod((1 + np.exp(-growth * u)) / 2)
    assert mass == pytest.approx(np.linalg.norm(v), rel=1e-12)


def test_the_norm_lies_between_the_optimum_and_root_two_times_it():
    y = np.random.default_rng(4).standard_normal(40)
    best = least_squared_norm(y)
    ratios = [wide_limit_squared_norm(y, -length) / best for length in (1e-3, 1.0, 7.0, 50.0, 1e4, 1e6)]
    assert (np.diff(ratios) < 0).all()
    assert 1.0 <= ratios[-1] < 1 + 1e-3
    assert ratios[0] < math.sqrt(2)


def test_many_points_at_a_fixed_scale_cost_root_two():
    y = np.random.default_rng(5).standard_normal(10**6)
    # T grows like log n only, and the shares u_i are of order 1/n: no subset is preferred.
    ratio = wide_limit_squared_norm(y, -1.0) / least_squared_norm(y)
    assert math.sqrt(2) - 1e-4 < ratio < math.sqrt(2)


def test_the_part_that_misses_a_point_is_that_of_the_tilted_measure():
    v, growth = np.array([0.4, 1.0, 1.7, 0.2]), 3.0
    u = v**2 / (v @ v)
    subsets = np.array(list(itertools.product([0, 1], repeat=4)))
    weights = np.exp(-growth * (1 - subsets) @ u)
    missing = (weights[:, None] * (1 - subsets)).sum(axis=0) / weights.sum()
    np.testing.assert_allclose(missing, 1 / (1 + np.exp(growth * u)), rtol=1e-12)


def test_wide_networks_end_near_the_formula():
    """32 points, 4096 neurons: 8 % of the excess at 1e-6, where measured runs differ by 2 %."""
    y = np.random.default_rng(32).standard_normal(32)
    rng, m, length = np.random.default_rng(6), 4096, 6 * math.log(10)
    directions = rng.standard_normal((m, 32))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    signs = rng.choice([-1.0, 1.0], m)
    path = log_scaled_descent(directions, signs, y, -length - 0.5 * math.log(m), rate=1.0, factor=2.0)
    best = least_squared_norm(y)
    measured, expected = path.squared_norm - best, wide_limit_squared_norm(y, -length) - best
    assert measured == pytest.approx(expected, rel=0.08)


def test_labels_of_one_sign_are_enough():
    y = np.array([1.0, 2.0, 0.5])
    assert wide_limit_squared_norm(y, -5.0) == pytest.approx(wide_limit_squared_norm(-y, -5.0), rel=1e-14)


@pytest.mark.parametrize("log_scale", [0.0, 2.0, math.nan, -math.inf])
def test_a_scale_that_is_not_small_is_refused(log_scale):
    with pytest.raises(ValueError, match="log_scale must be"):
        wide_limit_squared_norm(np.ones(3), log_scale)


def test_labels_must_be_numbers():
    with pytest.raises(ValueError, match="y"):
        wide_limit_squared_norm(np.array([1.0, math.nan]), -3.0)


def test_without_a_label_there_is_no_growth_and_no_norm():
    with pytest.raises(ValueError, match="not zero"):
        growth_at_fit(np.zeros(2), -3.0)
    assert wide_limit_squared_norm(np.zeros(2), -3.0) == 0.0
