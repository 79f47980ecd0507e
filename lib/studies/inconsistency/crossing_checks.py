"""Small computations of the page on crossing in one dimension, done live."""

import numpy as np

from twolayer.closed_system import largest_step, neuron_moments, step
from twolayer.crossing import simulate_crossings
from twolayer.half_sided import half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points


def fixed_and_sampled(m: int, trials: int, seed: int) -> dict:
    """Return how many of the trials cross with the six points themselves, and with samples of them.

    Parameters
    ----------
    m, trials, seed : int
        Width, number of trials, seed.

    Returns
    -------
    dict
        ``trials``, and the crossings with ``fixed`` and with ``sampled`` data.
    """
    counts = {
        name: simulate_crossings(six_points(), m, range(trials), seed, sample_size=size).count("crossed")
        for name, size in (("fixed", None), ("sampled", m * m))
    }
    return {"trials": trials} | counts


def side_matrices(a: np.ndarray, w: np.ndarray, steps) -> dict:
    """Return the matrices that have moved the neurons with positive a after given numbers of steps on the six points.

    Parameters
    ----------
    a, w : ndarray of shape (m,)
        Weights of a network with zero biases.
    steps : sequence of int
        Increasing.

    Returns
    -------
    dict of int to ndarray of shape (3, 3)
        For each number of steps, in the order (a, b, w).
    """
    data = six_points()
    matrices, optimum = half_sided_moments(data)[0], half_sided_regression(data)
    moments, c, product, result = neuron_moments(a, np.zeros_like(a), w), 0.0, np.eye(3), {}
    h = largest_step(moments, matrices)
    for k in range(1, max(steps) + 1):
        moments, c, matrix = step(moments, c, matrices, optimum, h)
        product = matrix[0] @ product
        if k in steps:
            result[k] = product
    return result
