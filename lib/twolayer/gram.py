r"""Empirical Gram matrices of networks of finite width.

For points in the rows of X and hidden weights in the rows of A (width m), the feature matrix is :math:`Z =
m^{-1/2}\gamma(X A^T)` and the empirical Gram matrix is :math:`\hat H = Z Z^T` (paper 001, (2.6)). Forming it
squares the condition number: use ``twolayer.conditioning`` where small singular values matter.
"""

from itertools import pairwise

import numpy as np

from twolayer.kernels import pairwise_angles
from twolayer.validation import as_points, positive_integer


def activation_values(activation, z):
    """Apply an activation entrywise and check what it returns.

    Parameters
    ----------
    activation : callable
        Takes an array and returns an array of the same shape.
    z : ndarray of float64
        Pre-activations, of any shape.

    Returns
    -------
    ndarray of float64
        The values, in the shape of ``z``.

    Raises
    ------
    TypeError
        If the activation is not callable, or returns something that is not real numbers.
    ValueError
        If it returns another shape, NaN or infinity.
    """
    if not callable(activation):
        raise TypeError(
            f"activation must be callable on arrays, got {activation!r}; take one from twolayer.activations"
        )
    values = np.asarray(activation(z))
    if values.dtype.kind not in "iuf":
        raise TypeError(f"the activation must return real numbers, got type {values.dtype}")
    if values.shape != z.shape:
        raise ValueError(
            f"the activation must act entrywise: it turned shape {z.shape} into shape {values.shape}"
        )
    if not np.isfinite(values).all():
        raise ValueError(
            f"the activation returned NaN or infinity for inputs between {z.min():.6g} and {z.max():.6g}; "
            "is it defined there?"
        )
    return values.astype(np.float64, copy=False)


def as_weights(a, dimension, name="a"):
    """Return hidden weights as an array with one neuron in each row.

    Parameters
    ----------
    a : array_like of shape (m, d)
        Weights as rows, m >= 1.
    dimension : int
        The dimension d of the points.
    name : str
        How messages call the argument.

    Returns
    -------
    ndarray of float64, shape (m, d)
        The weights.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the shape is not ``(m, d)`` with m >= 1, or an entry is not finite.
    """
    weights = as_points(a, name=name)
    if weights.shape[1] != dimension:
        raise ValueError(
            f"{name} must have one neuron in each row, shape (m, {dimension}) for points in dimension "
            f"{dimension}, got shape {weights.shape}; pass the transpose if neurons are columns"
        )
    return weights


def increasing_integers(values, name, minimum=1):
    """Return a grid of widths or steps as a list of ints.

    Parameters
    ----------
    values : sequence of int
        At least one integer, strictly increasing, none below the minimum.
    name : str
        How messages call the argument.
    minimum : int
        The least value allowed.

    Returns
    -------
    list of int
        The integers.

    Raises
    ------
    TypeError
        If it is not a sequence of integers.
    ValueError
        If it is empty, not strictly increasing, or holds an integer below the minimum.
    """
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} must be a sequence of integers, got {values!r}")
    grid = [positive_integer(value, f"{name}[{i}]", minimum) for i, value in enumerate(values)]
    if not grid:
        raise ValueError(f"{name} must hold at least one integer, got none")
    if any(later <= earlier for earlier, later in pairwise(grid)):
        raise ValueError(f"{name} must be strictly increasing, got {grid}; sort it and drop repetitions")
    return grid


def empirical_gram_by_width(x, a, activation, widths):
    r"""Empirical Gram matrices of the first m neurons, for each m of a grid.

    The widths are nested: all matrices come from one draw of weights, and the whole grid costs no more than
    its largest width.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points as rows.
    a : array_like of shape (M, d)
        Hidden weights as rows.
    activation : callable
        Acts entrywise on arrays.
    widths : sequence of int
        Strictly increasing, each at most M.

    Returns
    -------
    ndarray of shape (number of widths, n, n)
        :math:`\hat H = m^{-1} \gamma(X A_m^T) \gamma(X A_m^T)^T`, symmetric. Cost O(n M (n + d)) for the
        largest width M.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree, the widths are not increasing or exceed M, or the activation misbehaves.
    """
    points = as_points(x)
    weights = as_weights(a, points.shape[1])
    grid = increasing_integers(widths, "widths")
    if grid[-1] > len(weights):
        raise ValueError(f"widths ask for {grid[-1]} neurons, but a holds {len(weights)}; draw more weights")
    grams = np.empty((len(grid), len(points), len(points)))
    total = np.zeros((len(points), len(points)))
    start = 0
    for gram, width in zip(grams, grid, strict=True):
        features = activation_values(activation, points @ weights[start:width].T)  # (n, block)
        total += features @ features.T
        gram[:] = total / width
        start = width
    return grams


def empirical_gram(x, a, activation):
    r"""Empirical Gram matrix :math:`\hat H` of random features (paper 001, (2.6)).

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points as rows.
    a : array_like of shape (m, d)
        Hidden weights as rows.
    activation : callable
        Acts entrywise on arrays.

    Returns
    -------
    ndarray of shape (n, n)
        :math:`\hat H_{ij} = m^{-1}\sum_k \gamma(\langle x_i, a_k\rangle)\gamma(\langle x_j, a_k\rangle)`,
        symmetric and positive semi-definite up to rounding. Cost O(n m (n + d)).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree or the activation misbehaves.
    """
    points = as_points(x)
    weights = as_weights(a, points.shape[1])
    return empirical_gram_by_width(points, weights, activation, [len(weights)])[0]


def empirical_neural_tangent_gram(x, a):
    r"""Gram matrix :math:`\hat G` of the ReLU neural tangent features of finite width.

    The m-sample version of (3.3) in paper 001, :math:`\hat G_{ij} = \langle x_i, x_j\rangle\, m^{-1}\#\{k :
    \langle a_k, x_i\rangle > 0, \langle a_k, x_j\rangle > 0\}`. A neuron with :math:`\langle a_k, x_i\rangle
    = 0` counts as inactive at :math:`x_i`; such neurons are the exception to Theorem 3.2's "any weights"
    (errata E4).

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points as rows.
    a : array_like of shape (m, d)
        Hidden weights as rows.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, positive semi-definite up to rounding. Cost O(n m (n + d)).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree or the points are not unit rows.
    """
    points = as_points(x, unit=True)
    weights = as_weights(a, points.shape[1])
    active = (points @ weights.T > 0).astype(np.float64)
    return np.cos(pairwise_angles(points)) * (active @ active.T) / len(weights)
