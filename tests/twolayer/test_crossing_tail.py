"""Conditional crossing probabilities against neurons that really take part."""

import numpy as np
import pytest

from twolayer.closed_system import drive, largest_step, lines, step, transition
from twolayer.crossing import simulate_crossings
from twolayer.crossing_start import as_moments, draw_network, initial_summary
from twolayer.crossing_tail import crossing_ratios
from twolayer.half_sided import WeightedData, half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points

SIX = six_points()


def path(m, seed):
    a, w, _ = draw_network(seed, m, 0)
    return initial_summary(a, w)[0][None], WeightedData(SIX.x, SIX.y, SIX.weights[None])


def neuron_by_neuron(starts, h, ratios, steps):
    """Move neurons of given ratios by the closed system and tell which cross: a and b step by step, sides by sign."""
    matrices, optimum = half_sided_moments(SIX)[0], half_sided_regression(SIX)
    moments, c = as_moments(starts[0]), 0.0
    theta = np.stack(
        [np.repeat([1.0, -1.0], ratios.size), np.zeros(2 * ratios.size), np.tile(ratios, 2)], axis=1
    )
    crossed = np.zeros(len(theta), dtype=bool)
    for _ in range(steps):
        u, _ = drive(matrices, lines(moments, c) - optimum)
        matrix = transition(u, h)
        theta = (matrix[np.where(theta[:, 0] > 0, 0, 1)] @ theta[:, :, None])[..., 0]
        crossed |= np.abs(theta[:, 1]) >= np.abs(theta[:, 0])
        moments, c, _ = step(moments, c, matrices, optimum, h)
    return crossed


@pytest.mark.parametrize("seed", range(3))
def test_the_probability_is_that_of_a_grid_of_neurons(seed):
    m, steps, count = 32, 1000, 4000
    starts, data = path(m, seed)
    h = float(largest_step(as_moments(starts[0]), half_sided_moments(SIX)[0]))
    angles = (np.arange(count) + 0.5) / count * np.pi - np.pi / 2
    crossed = neuron_by_neuron(starts, h, np.tan(angles) / np.sqrt(m), steps)
    got = crossing_ratios(starts, m, data, [h], cap=steps, tolerance=1e-12)
    # A few boundaries, each known to one cell of the grid.
    assert got.probability[0] == pytest.approx(crossed.mean(), abs=6 / (2 * count))
    assert crossed.any()


def test_plain_trials_agree():
    m, trials = 64, 1500
    plain = simulate_crossings(SIX, m, range(trials), 2, threads=2).count("crossed") / trials
    starts = np.array([initial_summary(*draw_network(2, m, k)[:2])[0] for k in range(200)])
    ratios = crossing_ratios(starts, m, WeightedData(SIX.x, SIX.y, np.tile(SIX.weights, (200, 1))))
    values = ratios.crossing_probability(m)
    error = np.hypot(np.sqrt(plain * (1 - plain) / trials), values.std() / np.sqrt(200))
    # Five standard errors: a false alarm in a million.
    assert abs(values.mean() - plain) < 5 * error
    # To first order a kink that jumps through infinity counts as a crossing: more, but of the same size.
    assert values.mean() < ratios.first_order_probability(m).mean() < 1.5 * values.mean()
    assert (ratios.remaining < 0.01).all()


def test_many_trainings_are_those_one_by_one():
    m = 16
    starts = np.concatenate([path(m, seed)[0] for seed in range(11)])
    data = WeightedData(SIX.x, SIX.y, np.tile(SIX.weights, (11, 1)))
    together = crossing_ratios(starts, m, data)
    for k in (0, 9):
        alone = crossing_ratios(starts[k : k + 1], m, WeightedData(SIX.x, SIX.y, SIX.weights[None]))
        assert together.probability[k] == alone.probability[0]
        assert together.steps[k] == alone.steps[0]


def test_bad_arguments_are_refused():
    starts, data = path(16, 0)
    with pytest.raises(ValueError, match="shape"):
        crossing_ratios(starts[0], 16, data)
    with pytest.raises(ValueError, match="tolerance"):
        crossing_ratios(starts, 16, data, tolerance=0)
    with pytest.raises(ValueError, match="must not be 1"):
        crossing_ratios(starts, 16, data, leak=-1.0)
    with pytest.raises(ValueError, match="at least 2"):
        crossing_ratios(starts, 1, data)
