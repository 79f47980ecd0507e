r"""The reference dynamics :math:`\overline v_{k+1} = (I_4 - hA^{ref}M_D)\overline v_k` (paper 000, Appendix F).

The matrix of the true dynamics moves with the weights; :math:`A^{ref}` is its value at the start (without the
term with h). Its product with :math:`M_D` has two eigenvalues that grow like the width and two that do not: slopes are
learnt fast, intercepts slowly, and that is the race which the kinks lose. Here are its modes, the sums that the paper
bounds, and the limits of everything for wide He networks, which the paper leaves as orders of magnitude.

Vectors are in the plain order :math:`(p_1, p_{-1}, q_1, q_{-1})`; see :mod:`twolayer.closed_system`.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.closed_system import as_leak, data_matrix, square_root
from twolayer.validation import as_generator, finite_array, positive_integer, positive_number

CHUNK = 1 << 15
"""Steps that are summed at once by :func:`travelled`."""


@dataclass(frozen=True)
class Modes:
    r"""The eigen-decomposition of :math:`A M_D` for symmetric positive definite A and :math:`M_D`.

    Attributes
    ----------
    eigenvalues : ndarray of shape (..., 4)
        :math:`\lambda_1 \ge \dots \ge \lambda_4 > 0`, those of :math:`H = M_D^{1/2} A M_D^{1/2}`.
    vectors : ndarray of shape (..., 4, 4)
        Column i is :math:`v_i = M_D^{-1/2} U_i` with orthonormal eigenvectors :math:`U_i` of H.
    duals : ndarray of shape (..., 4, 4)
        Row i is :math:`U_i^T M_D^{1/2}`: its product with :math:`\overline v` is the coefficient :math:`C_i`.
    """

    eigenvalues: np.ndarray
    vectors: np.ndarray
    duals: np.ndarray

    def coefficients(self, deviation):
        r"""Return :math:`C_i` of :math:`\overline v = \sum_i C_i v_i`, shape (..., 4)."""
        return (self.duals @ np.asarray(deviation)[..., None])[..., 0]


def modes(system, matrix):
    r"""Diagonalise :math:`A M_D` through the symmetric :math:`H = M_D^{1/2} A M_D^{1/2}` (Definition F.1).

    Parameters
    ----------
    system : array_like of shape (..., 4, 4)
        A, symmetric; see :func:`twolayer.closed_system.system_matrix`.
    matrix : array_like of shape (..., 4, 4)
        :math:`M_D`, symmetric positive definite; see :func:`twolayer.closed_system.data_matrix`.

    Returns
    -------
    Modes
        Fast modes first. Cost O(1).

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, or :math:`M_D` is not positive definite.
    """
    system, matrix = finite_array(system, "system"), finite_array(matrix, "matrix")
    if system.shape[-2:] != (4, 4) or matrix.shape[-2:] != (4, 4):
        raise ValueError(
            f"system and matrix must have shape (..., 4, 4), got {system.shape} and {matrix.shape}"
        )
    least = np.linalg.eigvalsh(matrix)[..., 0].min()
    if least <= 0:
        raise ValueError(
            f"M_D must be positive definite, its least eigenvalue is {least:.3g}: a side holds fewer than two "
            "distinct points (paper 000, Remarks 9 and D.4)"
        )
    root = square_root(matrix)
    values, vectors = np.linalg.eigh(root @ system @ root)
    values, vectors = values[..., ::-1], vectors[..., ::-1]
    return Modes(values, np.linalg.solve(root, vectors), np.swapaxes(vectors, -1, -2) @ root)


def reference_solution(found, deviation, step_size, steps):
    r"""Return :math:`\overline v_k = \sum_i (1 - h\lambda_i)^k C_i v_i` at given numbers of steps.

    Parameters
    ----------
    found : Modes
        Of one system, without ensemble axes.
    deviation : array_like of shape (4,)
        :math:`\overline v_0`.
    step_size : float
        h.
    steps : array_like of int, shape (r,)
        k.

    Returns
    -------
    ndarray of shape (r, 4)
        The solution. Cost O(r), whatever the numbers of steps.
    """
    factors = (1.0 - step_size * found.eigenvalues) ** np.asarray(steps)[:, None]
    return (factors * found.coefficients(deviation)) @ found.vectors.T


def travel_bound(found, deviation):
    r"""Return the four terms of the bound in Section 7.

    .. math:: h\sum_{k\ge0}\|\overline v_k\|_\infty \le \sum_{i=1}^4 \lambda_i^{-1}|C_i|\,\|v_i\|_\infty.

    Parameters
    ----------
    found : Modes
        With ensemble axes ``...``.
    deviation : array_like of shape (..., 4)
        :math:`\overline v_0`.

    Returns
    -------
    ndarray of shape (..., 4)
        The terms, to be summed; valid for :math:`0 < h \le \lambda_1^{-1}`, and independent of h.
    """
    sizes = np.abs(found.vectors).max(axis=-2)
    return np.abs(found.coefficients(deviation)) * sizes / found.eigenvalues


def travelled(found, step_size, start=None, accuracy=1e-9, norm=np.inf):
    r"""Sum :math:`h\sum_{k\ge0}\|(I - hAM_D)^k z\|` for a vector z, or the norms of the matrices (Proposition F.4).

    Parameters
    ----------
    found : Modes
        Of one system, without ensemble axes.
    step_size : float
        :math:`0 < h \le \lambda_1^{-1}`.
    start : array_like of shape (4,), optional
        z; if not given, the norms of the matrices are summed.
    accuracy : float
        The sum is broken off when :math:`(1 - h\lambda_4)^k` is below it.
    norm : {inf, 2}
        Which norm.

    Returns
    -------
    float
        The sum, term by term. Cost O(k) with :math:`k \approx \log(1/\mathrm{accuracy}) / (h\lambda_4)`, of the
        order of the width.

    Raises
    ------
    ValueError
        If the step is not in the range of Assumption F.2.
    """
    step_size = positive_number(step_size, "step_size")
    if step_size * found.eigenvalues[0] > 1.0 + 1e-12:
        raise ValueError(
            f"step_size = {step_size:.6g} is above 1/lambda_max(H) = {1 / found.eigenvalues[0]:.6g} (paper 000, "
            "Assumption F.2)"
        )
    factors = np.maximum(1.0 - step_size * found.eigenvalues, 0.0)
    horizon = 1 + int(np.ceil(np.log(accuracy) / np.log(factors[-1])))
    total = 0.0
    for first in range(0, horizon, CHUNK):
        powers = factors ** np.arange(first, min(first + CHUNK, horizon))[:, None]
        if start is None:
            terms = (powers[:, None, :] * found.vectors) @ found.duals
            total += np.linalg.norm(terms, ord=norm, axis=(-2, -1)).sum()
        else:
            terms = (powers * found.coefficients(start)) @ found.vectors.T
            total += np.linalg.norm(terms, ord=norm, axis=-1).sum()
    return step_size * float(total)


def he_moments(rng, m, count):
    r"""Draw the moments :math:`\Sigma_{\sigma,0}` of He networks with zero biases, without drawing the neurons.

    The number of neurons on side 1 is binomial; given it, :math:`\Sigma_{a^2} \sim 2\chi^2`, and of the output weights
    only their component along :math:`(a_i)` and the squared length of the rest count: normal and chi-squared.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    m : int
        Width.
    count : int
        Number of networks.

    Returns
    -------
    ndarray of shape (count, 2, 3, 3)
        Exactly as :func:`twolayer.closed_system.neuron_moments` of :func:`twolayer.initialisation.he` in
        distribution, at a cost of O(1) for each network, whatever its width.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    rng = as_generator(rng)
    m, count = positive_integer(m, "width"), positive_integer(count, "count")
    positive = rng.binomial(m, 0.5, size=count)
    neurons = np.stack([positive, m - positive], axis=-1)
    along = np.where(neurons > 0, rng.standard_normal(neurons.shape), 0.0)
    moments = np.zeros((count, 2, 3, 3))
    moments[..., 0, 0] = 4.0 * rng.standard_gamma(neurons / 2.0)
    rest = 2.0 * rng.standard_gamma(np.maximum(neurons - 1, 0) / 2.0)
    moments[..., 2, 2] = 2.0 / m * (along**2 + rest)
    moments[..., 0, 2] = moments[..., 2, 0] = np.sqrt(2.0 / m * moments[..., 0, 0]) * along
    return moments


def limiting_eigenvalues(matrices, leak=0.0):
    r"""Return the limits of the eigenvalues of :math:`A^{ref}M_D` as the width of a He network grows.

    Then :math:`\Sigma_{\sigma,a^2} \sim m` and :math:`\Sigma_{\sigma,w^2} \to 1`. Let :math:`M_{11}, M_{12}, M_{22}` be
    the blocks of :math:`M_D` in the plain order, :math:`S = M_{22} - M_{12}^T M_{11}^{-1} M_{12}` the Schur complement,
    and :math:`\hat B = \begin{pmatrix} 1 & \alpha \\ \alpha & 1\end{pmatrix}`. The fast eigenvalues are m times those
    of :math:`\hat B^2 M_{11}`, the slow ones those of :math:`(\hat B^2 + \mathbf 1\mathbf 1^T) S`.

    Parameters
    ----------
    matrices : array_like of shape (..., 2, 2, 2)
        :math:`M_{D,\sigma}`.
    leak : float
        :math:`\alpha \ne \pm 1`.

    Returns
    -------
    fast, slow : ndarray of shape (..., 2)
        :math:`\lim \lambda_{1,2}/m` and :math:`\lim\lambda_{3,4}`, the larger one first (Lemma F.3 has the orders).

    Raises
    ------
    TypeError, ValueError
        If the leak is 1 or -1.
    """
    _, a_two, upper, _, schur = _limiting_blocks(matrices, leak)
    mixing = np.array([[1.0, leak], [leak, 1.0]])
    fast, slow = mixing @ upper @ mixing, square_root(schur) @ a_two @ square_root(schur)
    return np.linalg.eigvalsh(fast)[..., ::-1], np.linalg.eigvalsh(slow)[..., ::-1]


def limiting_leakage(matrices, leak=0.0):
    r"""Return the limits of :math:`m\,\|w_2\|/\|w_1\|` for fast eigenvectors :math:`(w_1, w_2)` of :math:`A^{ref}M_D`.

    Parameters
    ----------
    matrices : array_like of shape (..., 2, 2, 2)
        :math:`M_{D,\sigma}`.
    leak : float
        :math:`\alpha \ne \pm 1`.

    Returns
    -------
    ndarray of shape (..., 2)
        From :math:`\lambda w_2 = A_2(M_{12}^T w_1 + M_{22}w_2)` with :math:`\lambda \sim m\lambda'`:
        :math:`\|A_2 M_{12}^T w_1\| / (\lambda'\|w_1\|)`, where the paper has :math:`O(m^{-1})` ((14)). For ReLU,
        :math:`w_1` is a unit vector even where the two fast eigenvalues coincide in the limit.

    Raises
    ------
    TypeError, ValueError
        If the leak is 1 or -1.
    """
    a_one, a_two, upper, corner, _ = _limiting_blocks(matrices, leak)
    root = square_root(upper)
    values, vectors = np.linalg.eigh(root @ a_one @ root)
    if leak == 0:
        values, vectors = np.diagonal(upper, axis1=-2, axis2=-1), np.broadcast_to(np.eye(2), upper.shape)
    w_one = np.linalg.solve(root, vectors)
    w_two = a_two @ np.swapaxes(corner, -1, -2) @ w_one
    return (np.linalg.norm(w_two, axis=-2) / np.linalg.norm(w_one, axis=-2) / values)[..., ::-1]


def _limiting_blocks(matrices, leak):
    r"""Return :math:`A_1/m`, :math:`A_2`, :math:`M_{11}`, :math:`M_{12}` and the Schur complement S."""
    leak = as_leak(leak)
    full = data_matrix(finite_array(matrices, "matrices"))
    upper, corner, lower = full[..., :2, :2], full[..., :2, 2:], full[..., 2:, 2:]
    mixing = np.array([[1.0, leak], [leak, 1.0]])
    schur = lower - np.swapaxes(corner, -1, -2) @ np.linalg.solve(upper, corner)
    return mixing @ mixing, mixing @ mixing + np.ones((2, 2)), upper, corner, schur
