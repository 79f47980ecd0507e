r"""Singular values, condition numbers and ranks of feature matrices, from the features themselves.

:math:`\hat H = ZZ^T` has the eigenvalues :math:`\sigma_j(Z)^2`, so :math:`\kappa(\hat H) =
(\sigma_1/\sigma_n)^2`. Eigenvalues of the product are lost once :math:`\kappa(\hat H)` passes about 1e15;
singular values of Z resolve :math:`\kappa(\hat H)` up to about 1e31.
"""

import numpy as np
from scipy.linalg import lapack

from twolayer.gram import activation_values, as_weights, increasing_integers
from twolayer.validation import as_points, finite_array, positive_integer, positive_number

NUMERICALLY_SINGULAR = 1e16
"""Condition numbers of a Gram matrix from here on count as numerically singular in double precision."""

PANEL_COLUMNS = 32
"""Columns that LAPACK's blocked QR eliminates at once; larger values do not pay at n = 500."""


def _absorb(factor, features, absorbed):
    r"""Return R with :math:`R^T R = F^T F + Z Z^T` from F, which holds ``absorbed`` neurons, and new features Z.

    While there are at most n rows in all, they are simply stacked; afterwards R is the triangular factor,
    updated in place by QR of a triangle on top of a block.
    """
    rows = np.array(features.T, order="F")  # (block, n); a copy, because it is overwritten below
    points = rows.shape[1]
    if absorbed <= points:
        rows = rows if factor is None else np.vstack([factor, rows])
        return rows if len(rows) <= points else np.asfortranarray(np.linalg.qr(rows, mode="r"))
    factor, _, _, info = lapack.dtpqrt(
        0, min(PANEL_COLUMNS, points), factor, rows, overwrite_a=True, overwrite_b=True
    )
    if info != 0:
        raise RuntimeError(f"LAPACK tpqrt refused argument {-info}")
    return factor


def _feature_blocks(activations, z):
    """Return the features of all activations at one block of pre-activations, each checked."""
    if not callable(activations):
        return [activation_values(activation, z) for activation in activations]
    result = activations(z)
    if isinstance(result, np.ndarray):
        result = [result]
    return [activation_values(lambda _, f=features: f, z) for features in result]


def _next_weights(weights, start, count, dimension):
    """Return neurons start, ..., start + count - 1 from an array or from a drawing function."""
    if not callable(weights):
        return weights[start : start + count]
    drawn = as_weights(weights(count), dimension, "weights(count)")
    if len(drawn) != count:
        raise ValueError(f"weights({count}) must return {count} neurons, got {len(drawn)}")
    return drawn


def singular_values_by_width(x, weights, activations, widths, *, block=1000):
    r"""Singular values of the feature matrix at nested widths, for several activations in one pass.

    The columns of :math:`Z_m = m^{-1/2}\gamma(XA_m^T)` arrive in blocks, and only the triangular factor R of
    :math:`Z^T = QR` is kept (a sequential "tall and skinny" QR): R has the singular values of Z, :math:`ZZ^T`
    is never formed, and the whole grid costs no more than its largest width. Up to m = n the singular values
    are those of the columns themselves.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points as rows.
    weights : array_like of shape (M, d), or callable
        Hidden weights as rows, M at least the largest width; or a function that draws the next ``count``
        neurons, ``count -> (count, d)``, for example ``lambda count: sphere_points(rng, count, d)``.
    activations : sequence of callables, or one callable
        Activations acting entrywise on arrays; or one function that maps an (n, b) array of pre-activations
        to a list of feature arrays, where activations share work.
    widths : sequence of int
        Strictly increasing.
    block : int
        Neurons treated at once. It changes the memory, O(n block), and the speed, not the values.

    Returns
    -------
    ndarray of shape (number of activations, number of widths, n)
        Singular values of :math:`Z_m`, descending; for m < n the last n - m are zero, so that their squares
        are always the eigenvalues of :math:`\hat H`. Cost O(n^2 M) for each activation.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree, the widths are not increasing or exceed M, there is no activation, or one
        misbehaves.
    """
    points = as_points(x)
    dimension = points.shape[1]
    grid = increasing_integers(widths, "widths")
    block = positive_integer(block, "block")
    if not callable(activations):
        if isinstance(activations, str) or not hasattr(activations, "__iter__"):
            raise TypeError(f"activations must be callable or a sequence of callables, got {activations!r}")
        activations = list(activations)
    if not callable(weights):
        weights = as_weights(weights, dimension, "weights")
        if grid[-1] > len(weights):
            raise ValueError(f"widths ask for {grid[-1]} neurons, but weights holds {len(weights)}")
    factors, spectra, start = None, [], 0
    for width in grid:
        while start < width:
            count = min(block, width - start)
            neurons = _next_weights(weights, start, count, dimension)
            features = _feature_blocks(activations, points @ neurons.T)
            if not features:
                raise ValueError("activations must hold at least one activation, got none")
            factors = factors or [None] * len(features)
            factors = [_absorb(r, f, start) for r, f in zip(factors, features, strict=True)]
            start += count
        spectra.append([_padded_singular_values(r, len(points)) / np.sqrt(width) for r in factors])
    return np.swapaxes(np.array(spectra), 0, 1)


def _padded_singular_values(factor, count):
    """Singular values of the factor, followed by zeros up to the number of points."""
    values = np.zeros(count)
    found = np.linalg.svd(factor, compute_uv=False)
    values[: len(found)] = found
    return values


def as_singular_values(singular_values):
    """Return singular values as an array with at least one entry on its last axis.

    Parameters
    ----------
    singular_values : array_like of shape (..., n)
        Non-negative numbers, in any order.

    Returns
    -------
    ndarray of float64, shape (..., n)
        The values.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If there are none, or one is negative, NaN or infinite.
    """
    values = finite_array(singular_values, "singular_values")
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ValueError(
            f"singular_values must hold at least one value on the last axis, got shape {values.shape}"
        )
    if (values < 0).any():
        raise ValueError(
            f"singular_values must be >= 0, got {values.min():.6g}; for a Gram matrix use "
            "gram_condition_number"
        )
    return values


def condition_number(singular_values):
    r"""Condition number :math:`\kappa(\hat H) = (\sigma_1/\sigma_n)^2` from the singular values of Z.

    Parameters
    ----------
    singular_values : array_like of shape (..., n)
        All n singular values of Z, zeros included.

    Returns
    -------
    ndarray of shape (...)
        At least 1; infinity where the smallest value is zero. Values from ``NUMERICALLY_SINGULAR`` on say
        only that the matrix is singular to working precision. Cost O(size).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If there are none, or one is negative, NaN or infinite.
    """
    values = as_singular_values(singular_values)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        kappa = (values.max(axis=-1) / values.min(axis=-1)) ** 2
    return np.where(np.isnan(kappa), np.inf, kappa)


def gram_condition_number(gram):
    r"""Condition number of a symmetric positive semi-definite matrix from its eigenvalues.

    Meant for population matrices, which have no features to take singular values of. The relative error is
    about :math:`\kappa` times 1e-16: above some 1e13 percents are wrong, above 1e15 everything.

    Parameters
    ----------
    gram : array_like of shape (n, n)
        Symmetric.

    Returns
    -------
    float
        :math:`\lambda_{\max}/\lambda_{\min}`, or infinity where rounding makes :math:`\lambda_{\min} \le 0`.
        Cost O(n^3).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the matrix is empty, not square, not symmetric, or not finite.
    """
    matrix = as_points(gram, name="gram")
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"gram must be square, got shape {matrix.shape}; did you pass the features?")
    if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-10 * np.abs(matrix).max()):
        raise ValueError("gram must be symmetric; symmetrise it with (gram + gram.T) / 2 if it ought to be")
    eigenvalues = np.linalg.eigvalsh(matrix)
    return float(eigenvalues[-1] / eigenvalues[0]) if eigenvalues[0] > 0 else np.inf


def is_numerically_singular(kappa, threshold=NUMERICALLY_SINGULAR):
    """Whether condition numbers of Gram matrices reach the limit of double precision.

    Parameters
    ----------
    kappa : array_like
        Condition numbers, infinity allowed.
    threshold : float
        From where on a matrix counts as singular.

    Returns
    -------
    ndarray of bool
        In the shape of ``kappa``. Cost O(size).

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If a condition number is below 1 or NaN, or the threshold is not positive.
    """
    threshold = positive_number(threshold, "threshold")
    values = np.asarray(kappa)
    if values.dtype.kind not in "iuf":
        raise TypeError(f"kappa must hold real numbers, got entries of type {values.dtype}")
    if not (values >= 1).all():
        raise ValueError(
            "kappa must hold condition numbers, which are at least 1, got a smaller value or NaN"
        )
    return values >= threshold


def numerical_rank(singular_values, relative_tolerance=None):
    r"""Count the singular values above a tolerance relative to the largest.

    Parameters
    ----------
    singular_values : array_like of shape (..., n)
        All n singular values of Z.
    relative_tolerance : float, optional
        By default n times the machine epsilon. (``numpy.linalg.matrix_rank`` takes the larger dimension, m,
        which would call wide feature matrices singular too soon.)

    Returns
    -------
    ndarray of int, shape (...)
        The rank; 0 for a zero matrix. Cost O(size).

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If there are no values, one is negative or not finite, or the tolerance is not positive.
    """
    values = as_singular_values(singular_values)
    if relative_tolerance is None:
        relative_tolerance = values.shape[-1] * np.finfo(np.float64).eps
    tolerance = positive_number(relative_tolerance, "relative_tolerance")
    return (values > tolerance * values.max(axis=-1, keepdims=True)).sum(axis=-1)
