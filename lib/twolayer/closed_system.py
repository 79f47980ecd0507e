r"""The closed system that training obeys while no kink crosses a data point (paper 000, Appendices C and F).

Then a network on the line is affine on each side of zero, and gradient descent on the loss
:math:`\tfrac12\sum_j \omega_j (f(x_j) - y_j)^2` moves every neuron :math:`\theta_i = (a_i, b_i, w_i)` with
:math:`\operatorname{sgn} a_i = \sigma` by the same matrix,

.. math:: \theta_i \leftarrow (I + h Q_\sigma)\theta_i, \qquad
    Q_\sigma = \begin{pmatrix} 0 & 0 & r_\sigma \\ 0 & 0 & s_\sigma \\ r_\sigma & s_\sigma & 0 \end{pmatrix},

which depends on the second moments :math:`\Sigma_\sigma = \sum_i \theta_i\theta_i^T` alone: 6 + 6 numbers and the
output bias, whatever the width and the sample size. These functions are written to be compared with the paper;
:mod:`twolayer.crossing` holds the same recursion compiled.

Arrays of shape (..., 2, k) have the side :math:`\sigma = 1, -1` on the axis of length 2. The *plain* order of
the paper is :math:`(p_1, p_{-1}, q_1, q_{-1})`: :func:`plain` makes it from (..., 2, 2).
"""

import numpy as np

from twolayer.half_sided import SIDES
from twolayer.validation import finite_array, positive_number, real_number


def as_leak(leak):
    r"""Return the slope :math:`\alpha` of the leaky ReLU on the negative side, refusing the affine cases.

    Parameters
    ----------
    leak : float
        :math:`\alpha \ne \pm 1`.

    Returns
    -------
    float
        The slope.

    Raises
    ------
    TypeError, ValueError
        If it is not one finite number, or :math:`|\alpha| = 1`.
    """
    leak = real_number(leak, "leak")
    if abs(leak) == 1.0:
        raise ValueError(
            f"leak must not be 1 or -1, got {leak}: the activation would be linear or an absolute value, the two "
            "sides would not move independently (paper 000, Section 2 and Remark D.4)"
        )
    return leak


def plain(sides):
    r"""Return :math:`(p_1, p_{-1}, q_1, q_{-1})` from an array of shape (..., 2, 2), as one of shape (..., 4)."""
    sides = np.asarray(sides)
    return np.swapaxes(sides, -1, -2).reshape(*sides.shape[:-2], 4)


def neuron_moments(a, b, w):
    r"""Return :math:`\Sigma_\sigma = \sum_{i: \operatorname{sgn} a_i = \sigma} \theta_i\theta_i^T`.

    Parameters
    ----------
    a, b, w : array_like of shape (..., m)
        Hidden weights, hidden biases and output weights.

    Returns
    -------
    ndarray of shape (..., 2, 3, 3)
        Order (a, b, w). Cost O(m).
    """
    theta = np.stack(
        [finite_array(value, name) for value, name in ((a, "a"), (b, "b"), (w, "w"))], axis=-1
    )  # (..., m, 3)
    on_side = np.sign(theta[..., None, :, 0]) == SIDES[:, None]  # (..., 2, m)
    grouped = np.where(on_side[..., None], theta[..., None, :, :], 0.0)  # (..., 2, m, 3)
    return np.swapaxes(grouped, -1, -2) @ grouped


def lines(moments, c, leak=0.0):
    r"""Return slope and intercept of the network on each side, :math:`v_\sigma = (p_\sigma, q_\sigma)`.

    Parameters
    ----------
    moments : array_like of shape (..., 2, 3, 3)
        :math:`\Sigma_\sigma`.
    c : array_like of shape (...)
        Output bias.
    leak : float
        :math:`\alpha`.

    Returns
    -------
    ndarray of shape (..., 2, 2)
        :math:`p_\sigma = \Sigma_{\sigma,wa} + \alpha\Sigma_{-\sigma,wa}`,
        :math:`q_\sigma = c + \Sigma_{\sigma,wb} + \alpha\Sigma_{-\sigma,wb}` (Definition C.1).
    """
    own = np.asarray(moments)[..., 2, :2]  # (..., 2, 2): (wa, wb) of each side
    result = own + leak * own[..., ::-1, :]
    result[..., 1] += np.asarray(c)[..., None]
    return result


def drive(matrices, deviation, leak=0.0):
    r"""Return the numbers :math:`(r_\sigma, s_\sigma)` that move the neurons, and their parts :math:`\hat u_\sigma`.

    Parameters
    ----------
    matrices : array_like of shape (..., 2, 2, 2)
        :math:`M_{D,\sigma}`.
    deviation : array_like of shape (..., 2, 2)
        :math:`\overline v_\sigma = v_\sigma - v^{opt}_\sigma`.
    leak : float
        :math:`\alpha`.

    Returns
    -------
    u : ndarray of shape (..., 2, 2)
        :math:`u_\sigma = \hat u_\sigma + \alpha\hat u_{-\sigma} = (r_\sigma, s_\sigma)`.
    u_hat : ndarray of shape (..., 2, 2)
        :math:`\hat u_\sigma = -M_{D,\sigma}\overline v_\sigma = (\hat r_\sigma, \hat s_\sigma)` (Lemma C.4).
    """
    u_hat = -(np.asarray(matrices) @ np.asarray(deviation)[..., None])[..., 0]
    return u_hat + leak * u_hat[..., ::-1, :], u_hat


def transition(u, step_size):
    r"""Return :math:`I + hQ_\sigma`, the matrix by which a step multiplies every neuron of a side.

    Parameters
    ----------
    u : array_like of shape (..., 2, 2)
        :math:`(r_\sigma, s_\sigma)`.
    step_size : array_like of shape (...)
        h.

    Returns
    -------
    ndarray of shape (..., 2, 3, 3)
        Order (a, b, w).
    """
    u = np.asarray(u)
    result = np.zeros((*u.shape[:-1], 3, 3)) + np.eye(3)
    result[..., 2, :2] = result[..., :2, 2] = np.asarray(step_size)[..., None, None] * u
    return result


def step(moments, c, matrices, optimum, step_size, leak=0.0):
    r"""Make one exact step of gradient descent on the closed system (paper 000, Proposition C.2).

    Parameters
    ----------
    moments : array_like of shape (..., 2, 3, 3)
        :math:`\Sigma_{\sigma,k}`.
    c : array_like of shape (...)
        :math:`c_k`.
    matrices : array_like of shape (..., 2, 2, 2)
        :math:`M_{D,\sigma}`, of the whole data or of a batch.
    optimum : array_like of shape (..., 2, 2)
        :math:`v^{opt}_{D,\sigma}` of the same data.
    step_size : array_like of shape (...)
        h.
    leak : float
        :math:`\alpha`.

    Returns
    -------
    moments : ndarray of shape (..., 2, 3, 3)
        :math:`\Sigma_{\sigma,k+1} = (I + hQ_\sigma)\Sigma_{\sigma,k}(I + hQ_\sigma)`.
    c : ndarray of shape (...)
        :math:`c_{k+1} = c_k + h(\hat s_1 + \hat s_{-1})`.
    matrix : ndarray of shape (..., 2, 3, 3)
        :math:`I + hQ_\sigma`, which moves every neuron. Cost O(1) in the width and in the sample size.
    """
    u, u_hat = drive(matrices, lines(moments, c, leak) - optimum, leak)
    matrix = transition(u, step_size)
    return matrix @ moments @ matrix, c + step_size * u_hat[..., 1].sum(axis=-1), matrix


def system_matrix(moments, u=None, step_size=0.0, leak=0.0):
    r"""Return the matrix A of :math:`\overline v_{k+1} = (I_4 - hA_kM_D)\overline v_k` (paper 000, (5)).

    Parameters
    ----------
    moments : array_like of shape (..., 2, 3, 3)
        :math:`\Sigma_\sigma`.
    u : array_like of shape (..., 2, 2), optional
        :math:`(r_\sigma, s_\sigma)`; only used, and needed, where h is not zero.
    step_size : array_like of shape (...)
        h; zero gives the matrix of the flow and of :math:`K = XAX^T`, or :math:`A^{ref}` at the start.
    leak : float
        :math:`\alpha`.

    Returns
    -------
    ndarray of shape (..., 4, 4)
        :math:`B(G^w + G^{ab} + hG^{wab})B + C` in the plain order (Definition C.1).
    """
    moments = np.asarray(moments, dtype=np.float64)
    identity = np.eye(2)
    blocks = moments[..., 2, 2, None, None] * identity + moments[..., :2, :2]  # G^w + G^ab, (..., 2, 2, 2)
    if u is not None:
        size = (np.asarray(u) * moments[..., 2, :2]).sum(axis=-1) * np.asarray(step_size)[..., None]
        blocks = blocks + size[..., None, None] * identity
    tilde = np.zeros((*moments.shape[:-3], 4, 4))
    tilde[..., :2, :2], tilde[..., 2:, 2:] = blocks[..., 0, :, :], blocks[..., 1, :, :]
    mixing = np.kron(np.array([[1.0, leak], [leak, 1.0]]), identity)
    output_bias = np.array([0.0, 1.0, 0.0, 1.0])
    tilde = mixing @ tilde @ mixing + np.outer(output_bias, output_bias)
    order = [0, 2, 1, 3]
    return tilde[..., order, :][..., :, order]


def data_matrix(matrices):
    r"""Return :math:`M_D`, (..., 4, 4) in the plain order, from :math:`M_{D,\sigma}`, (..., 2, 2, 2)."""
    matrices = np.asarray(matrices, dtype=np.float64)
    tilde = np.zeros((*matrices.shape[:-3], 4, 4))
    tilde[..., :2, :2], tilde[..., 2:, 2:] = matrices[..., 0, :, :], matrices[..., 1, :, :]
    order = [0, 2, 1, 3]
    return tilde[..., order, :][..., :, order]


def square_root(matrix):
    """Return the symmetric square root of symmetric positive semidefinite matrices of shape (..., k, k)."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def reference_operator(moments, matrices, leak=0.0):
    r"""Return :math:`H = M_D^{1/2} A^{ref} M_D^{1/2}`, whose largest eigenvalue limits the step (Definition F.1).

    Parameters
    ----------
    moments : array_like of shape (..., 2, 3, 3)
        :math:`\Sigma_\sigma` at the start.
    matrices : array_like of shape (..., 2, 2, 2)
        :math:`M_{D,\sigma}`.
    leak : float
        :math:`\alpha`.

    Returns
    -------
    ndarray of shape (..., 4, 4)
        Symmetric, positive definite for data with two distinct points on each side.
    """
    root = square_root(data_matrix(matrices))
    return root @ system_matrix(moments, leak=leak) @ root


def largest_step(moments, matrices, leak=0.0):
    r"""Return :math:`h = \lambda_{\max}(H)^{-1}`, the step of the experiments in Section 9.1.

    Parameters
    ----------
    moments : array_like of shape (..., 2, 3, 3)
        :math:`\Sigma_\sigma` at the start.
    matrices : array_like of shape (..., 2, 2, 2)
        :math:`M_{D,\sigma}`.
    leak : float
        :math:`\alpha \ne \pm 1`.

    Returns
    -------
    ndarray of shape (...)
        About :math:`\tfrac{3}{7m}` for wide He networks on the six points of Example 1.

    Raises
    ------
    ValueError
        If the leak is 1 or -1.
    """
    operator = reference_operator(moments, matrices, as_leak(leak))
    return 1.0 / np.linalg.eigvalsh(operator)[..., -1]


def as_step_size(step_size):
    """Return a step size as a float, refusing anything but a finite positive number."""
    try:
        return positive_number(step_size, "step_size")
    except ValueError as error:
        raise ValueError(f"{error}; gradient descent needs h > 0 (paper 000, Assumption 5)") from None
