"""Networks with zero biases and their data as the closed system sees them: a few sums, two ratios on each side."""

import numpy as np

from twolayer.half_sided import half_sided_moments
from twolayer.initialisation import he


def draw_network(seed, m, trial):
    """Return a, w of shape (m,) and the generator of a trial: the same whatever is done with it later.

    Parameters
    ----------
    seed, m, trial : int
        Seed of the experiment, width, and number of the trial.

    Returns
    -------
    a, w : ndarray of shape (m,)
        He initialisation, a ~ N(0, 2) and w ~ N(0, 2/m) (paper 000, Assumption 2). Cost O(m).
    rng : numpy.random.Generator
        For the draws that follow.
    """
    rng = np.random.default_rng([seed, m, trial])
    network = he(rng, m, 1)
    return network.a[:, 0], network.w, rng


def initial_summary(a, w):
    r"""Return what the closed system needs to know of networks with zero biases.

    Parameters
    ----------
    a, w : ndarray of shape (..., m)
        Hidden and output weights.

    Returns
    -------
    starts : ndarray of shape (..., 2, 3)
        :math:`\sum a^2, \sum aw, \sum w^2` over the neurons of each side.
    extremes : ndarray of shape (..., 2, 2)
        Smallest and largest :math:`w/|a|` of each side; infinities, crosswise, where a side has no neuron. Cost O(m).
    """
    ratios = w / np.abs(a)
    starts, extremes = [], []
    for side in (a > 0, a < 0):
        starts.append([np.where(side, value, 0.0).sum(axis=-1) for value in (a * a, a * w, w * w)])
        extremes.append(
            [np.where(side, ratios, np.inf).min(axis=-1), np.where(side, ratios, -np.inf).max(axis=-1)]
        )
    return np.moveaxis(np.array(starts), (0, 1), (-2, -1)), np.moveaxis(np.array(extremes), (0, 1), (-2, -1))


def as_moments(starts):
    """Return the moments (..., 2, 3, 3) of networks with zero biases from their summary (..., 2, 3)."""
    moments = np.zeros((*starts.shape[:-1], 3, 3))
    moments[..., 0, 0], moments[..., 2, 2] = starts[..., 0], starts[..., 2]
    moments[..., 0, 2] = moments[..., 2, 0] = starts[..., 1]
    return moments


def data_rows(data):
    """Return xx, x, 1 of M and x, 1 of u0 of each side, (..., 2, 5)."""
    matrices, vectors = half_sided_moments(data)
    rows = [matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 1], vectors[..., 0], vectors[..., 1]]
    return np.ascontiguousarray(np.stack(rows, axis=-1))


def moment_matrices(rows):
    """Return M of shape (..., 2, 2, 2) from the rows of :func:`data_rows`."""
    return np.stack([rows[..., :2], rows[..., 1:3]], axis=-2)
