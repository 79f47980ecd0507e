r"""The tangent kernels of the two layers of a ReLU network without biases, one for each rate of the descent.

To first order a step of :class:`twolayer.two_rate_descent.TwoRateDescent` maps the error e to
:math:`(I - \eta_w H - \eta_z G) e`, with :math:`H = (X X^T)\circ(B B^T)` and :math:`G = F F^T`, where
:math:`B_{ji} = w_i [\langle a_i, x_j\rangle > 0]` and :math:`F_{ji} = \max(\langle a_i, x_j\rangle, 0)` (paper
002, section 3; points are rows here). Neither is divided by the width.
"""

import numpy as np
import scipy.linalg

from twolayer.validation import as_points, finite_array


def _check(x, a, w):
    x, a, w = as_points(x), finite_array(a, "a"), finite_array(w, "w")
    if a.ndim != 2 or len(a) == 0 or a.shape[1] != x.shape[1]:
        raise ValueError(
            f"a must have shape (m, {x.shape[1]}) with m >= 1 to go with x of shape {x.shape}, got {a.shape}"
        )
    if w.shape != (len(a),):
        raise ValueError(f"w must have shape ({len(a)},), one entry for each row of a, got {w.shape}")
    return x, a, w


def hidden_layer_gram(x, a, w):
    r"""Return H, the tangent kernel of the hidden weights, as a Hadamard product.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    a : array_like of shape (m, d)
        Hidden weights.
    w : array_like of shape (m,)
        Output weights.

    Returns
    -------
    ndarray of shape (n, n)
        Cost O(n^2 (m + d)); the features, of n m d entries, are never formed.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    x, a, w = _check(x, a, w)
    return activation_gram(x, x @ a.T > 0, w)


def activation_gram(x, active, w):
    r"""Return :math:`(X X^T)\circ(B B^T)` for a given pattern of activations.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    active : array_like of bool, shape (n, m)
        Which neuron is active at which point.
    w : array_like of shape (m,)
        Output weights.

    Returns
    -------
    ndarray of shape (n, n)
        H. Cost O(n^2 (m + d)).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    x, active, w = as_points(x), np.asarray(active), finite_array(w, "w")
    if active.dtype != bool or active.shape != (len(x), w.size) or w.ndim != 1 or w.size == 0:
        raise ValueError(
            f"active must be bool of shape (n, m) = ({len(x)}, {w.size}), got {active.dtype} of {active.shape}"
        )
    weighted = active * w
    product = weighted @ weighted.T
    product *= x @ x.T
    return product


def output_layer_gram(x, a):
    r"""Return :math:`G = F F^T`, the tangent kernel of the output weights.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    a : array_like of shape (m, d)
        Hidden weights.

    Returns
    -------
    ndarray of shape (n, n)
        Cost O(n m (n + d)).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    x, a, _ = _check(x, a, np.ones(len(a)))
    features = np.maximum(x @ a.T, 0.0)
    return features @ features.T


def extreme_eigenvalues(gram):
    """Return the smallest and the largest eigenvalue of a symmetric matrix.

    Parameters
    ----------
    gram : array_like of shape (n, n)
        Symmetric.

    Returns
    -------
    tuple of two floats
        Cost 4/3 n^3. Errors are of the order of rounding of the largest.

    Raises
    ------
    ValueError
        If the matrix is not square and symmetric up to rounding, or holds a NaN.
    """
    gram = finite_array(gram, "gram")
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1] or gram.size == 0:
        raise ValueError(f"gram must be a square matrix, got shape {gram.shape}")
    if not np.allclose(gram, gram.T, rtol=0, atol=1e-10 * np.abs(gram).max()):
        raise ValueError("gram must be symmetric, but it differs from its transpose")
    values = scipy.linalg.eigvalsh(gram)
    return float(values[0]), float(values[-1])


def stable_rate_limit(hidden_gram, output_gram=None, ratio=0.0):
    r"""Return the largest stable rate of the hidden layer: :math:`2/\lambda_{\max}(H + r G)`.

    Parameters
    ----------
    hidden_gram, output_gram : array_like of shape (n, n)
        H and G; G may be left out when the ratio is zero.
    ratio : float
        :math:`r = \eta_z/\eta_w \ge 0`.

    Returns
    -------
    float
        The rate at which the linearised descent stops contracting. Cost 4/3 n^3.

    Raises
    ------
    ValueError
        If the matrices do not fit, the ratio is negative or the largest eigenvalue is not positive.
    """
    hidden_gram = finite_array(hidden_gram, "hidden_gram")
    if not ratio >= 0:
        raise ValueError(f"ratio must not be negative, got {ratio!r}")
    if ratio > 0:
        if output_gram is None:
            raise ValueError(f"output_gram is needed for the ratio {ratio:g}")
        hidden_gram = hidden_gram + ratio * finite_array(output_gram, "output_gram")
    largest = extreme_eigenvalues(hidden_gram)[1]
    if not largest > 0:
        raise ValueError("the kernel is zero: no neuron is active at any point, so that every rate is stable")
    return 2.0 / largest
