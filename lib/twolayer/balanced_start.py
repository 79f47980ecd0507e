r"""Balanced starts on orthonormal data, in the coordinates of the data: one check for all ways to train from them."""

import numpy as np

from twolayer.validation import as_labels, finite_array, real_number

_SQUARES = 1e-100


def balanced_start(directions, signs, y, log_scale):
    r"""Return the weights :math:`a_j = e^{-L} g_j`, :math:`w_j = s_j e^{-L}\|g_j\|`, each divided by its norm.

    Parameters
    ----------
    directions : array_like of shape (m, n)
        :math:`g_j` in the coordinates of the data, :math:`\langle g_j, x_i\rangle`.
    signs : array_like of shape (m,)
        :math:`s_j`, 1 or -1.
    y : array_like of shape (n,)
        Labels.
    log_scale : float
        :math:`-L`, any number.

    Returns
    -------
    z : ndarray of shape (m, n)
        Unit hidden weights.
    w : ndarray of shape (m,)
        Output weights, 1 or -1.
    scale : ndarray of shape (m,)
        Logarithms of the norms by which both were divided.
    y : ndarray of shape (n,)
        The labels as numbers. Cost O(n m).

    Raises
    ------
    TypeError, ValueError
        If a shape does not fit, a direction is zero, a sign is not 1 or -1, or an entry is not a number.
    """
    z = finite_array(directions, "directions").copy()
    if z.ndim != 2 or z.size == 0:
        raise ValueError(f"directions must have shape (m, n), got {z.shape}")
    y, w = as_labels(y, z.shape[1]), finite_array(signs, "signs").copy()
    largest = np.abs(z).max(axis=1)
    if (largest == 0).any():
        raise ValueError(
            f"directions must not be zero, but that of neuron {int(largest.argmin())} is; leave that neuron out"
        )
    if w.shape != largest.shape or not np.isin(w, (-1.0, 1.0)).all():
        raise ValueError(f"signs must be 1 or -1 for each of the {largest.size} neurons, got {signs!r}")
    # Squares of very large and very small entries leave the range of the numbers.
    power = np.where((largest > _SQUARES) & (largest < 1 / _SQUARES), 0, np.frexp(largest)[1])
    z = np.ldexp(z, -power[:, None])
    norms = np.linalg.norm(z, axis=1)
    scale = real_number(log_scale, "log_scale") + np.log(norms) + power * np.log(2.0)
    return z / norms[:, None], w, scale, y
