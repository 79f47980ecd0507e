r"""The Khatri-Rao product and the inequalities about its norms that paper 002 lives on (its section 2.2).

Paper 002 multiplies matrices with one point in each *column*: :math:`(A * X)_{(\nu i), j} = A_{\nu j} X_{ij}`. That
convention is kept in this module, since :math:`\|(A * X)\xi\|` is about columns; pass ``x.T`` for points in rows.
"""

import numpy as np

from twolayer.validation import finite_array

PAIRS = (
    "Schur, norm",
    "Schur, eigenvalue",
    "(8), norm",
    "(8), singular value",
    "(9)",
    "(10), first",
    "(10), second",
    "(11)",
)
"""The inequalities, by name."""


def khatri_rao(a, x):
    r"""Return the column-wise Khatri-Rao product.

    Parameters
    ----------
    a : array_like of shape (S, m)
        For example activations.
    x : array_like of shape (n, m)
        Points as columns.

    Returns
    -------
    ndarray of shape (S n, m)
        Column j is the Kronecker product of the columns j. Cost O(S n m).

    Raises
    ------
    TypeError, ValueError
        If the matrices do not have the same number of columns, or hold other things than finite numbers.
    """
    a, x = finite_array(a, "a"), finite_array(x, "x")
    if a.ndim != 2 or x.ndim != 2 or a.shape[1] != x.shape[1] or 0 in a.shape + x.shape:
        raise ValueError(f"a and x must be matrices with equally many columns, got {a.shape} and {x.shape}")
    return (a[:, None, :] * x[None, :, :]).reshape(-1, a.shape[1])


def smallest_singular_value(matrix):
    r"""Return :math:`\min_{\|\xi\| = 1}\|M\xi\|`, which is zero for matrices with more columns than rows.

    Parameters
    ----------
    matrix : array_like of shape (k, m)
        M.

    Returns
    -------
    float
        Cost O(k m min(k, m)).

    Raises
    ------
    TypeError, ValueError
        If the matrix is not one of finite numbers.
    """
    matrix = finite_array(matrix, "matrix")
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(f"matrix must have two axes and an entry, got shape {matrix.shape}")
    if matrix.shape[0] < matrix.shape[1]:
        return 0.0
    return float(np.linalg.svd(matrix, compute_uv=False)[-1])


def norm_inequalities(a, x, z):
    r"""Return both sides of the inequalities of section 2.2, smaller side first.

    With :math:`M = A^\top A` and :math:`N = X^\top X` these are Schur's inequalities, (8) for :math:`A * X`, the two
    bounds (9) and (10) of :math:`\|(\mathrm{diag}(z)A) * X\|`, and (11) for the product :math:`A X^\top`.

    Parameters
    ----------
    a : array_like of shape (S, m)
        A.
    x : array_like of shape (n, m)
        X.
    z : array_like of shape (S,)
        Output weights.

    Returns
    -------
    dict of str to (float, float)
        By the names of :data:`PAIRS`. Cost O(S n m min(S n, m)).

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit.
    """
    a, x, z = finite_array(a, "a"), finite_array(x, "x"), finite_array(z, "z")
    product = khatri_rao(a, x)
    if z.shape != (len(a),):
        raise ValueError(f"z must have shape ({len(a)},), one entry for each row of a, got {z.shape}")
    m, n = a.T @ a, x.T @ x
    columns = np.linalg.norm(a, axis=0)
    x_norm, product_norm = _norm(x), _norm(product)
    schur, n_eigenvalues = np.linalg.eigvalsh(m * n), np.linalg.eigvalsh(n)
    weighted = _norm(khatri_rao(z[:, None] * a, x))
    by_neuron = np.linalg.norm(z) * max(_norm(x * row) for row in a)
    return {
        "Schur, norm": (schur[-1], m.diagonal().max() * n_eigenvalues[-1]),
        "Schur, eigenvalue": (m.diagonal().min() * max(n_eigenvalues[0], 0.0), schur[0]),
        "(8), norm": (product_norm, columns.max() * x_norm),
        "(8), singular value": (columns.min() * smallest_singular_value(x), smallest_singular_value(product)),
        "(9)": (weighted, np.abs(z).max() * product_norm),
        "(10), first": (weighted, by_neuron),
        "(10), second": (by_neuron, np.linalg.norm(z) * np.abs(a).max() * x_norm),
        "(11)": (np.linalg.norm(a @ x.T), np.linalg.norm(a) * x_norm),
    }


def _norm(matrix):
    return float(np.linalg.norm(matrix, 2))
