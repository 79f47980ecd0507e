r"""Section 2.3: the paper's formulas for outputs, gradients and tangent kernels against three other computations.

Matrices are written as in the paper here: X has points as columns, W neurons as rows.
"""

import numpy as np

from studies.convergence.instances import draw
from twolayer.activations import relu
from twolayer.network import jacobian, squared_loss
from twolayer.parameters import Parameters
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram, output_layer_gram


def khatri_rao(left, right):
    r"""Return the column-wise Khatri-Rao product :math:`(A * X)_{(\nu i), j} = A_{\nu j}X_{ij}`.

    Parameters
    ----------
    left, right : ndarray of shapes (S, m) and (n, m)
        A and X.

    Returns
    -------
    ndarray of shape (S n, m)
        Cost O(S n m).
    """
    return (left[:, None, :] * right[None, :, :]).reshape(-1, left.shape[1])


def gradient_errors(S: int, m: int, n: int, run: int, steps: int) -> dict[str, float]:
    r"""Compare the gradients of the training loop in the middle of a run with other ways to compute them.

    Along one weight the loss is a quadratic polynomial as long as no activation changes, so that central differences
    are exact up to rounding.

    Parameters
    ----------
    S, m, n, run : int
        Of the instance.
    steps : int
        Made before, with :math:`\eta_w = 1/(4S)` and :math:`\eta_z = 1/(4Sm)`.

    Returns
    -------
    dict
        ``hidden`` and ``output``: largest errors of the gradients against :math:`(B * X)e` and :math:`Fe`;
        ``differences``: against difference quotients in 20 weights of each layer, where no activation changes;
        ``kernel``: of :math:`H + G` against the Gram matrix of the Jacobian; ``khatri rao``: of H against
        :math:`(B*X)^\top(B*X)`; each in units of the largest entry. Cost O(S n m^2).
    """
    start = draw(S, m, run, n=n)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(1 / (4 * S), 1 / (4 * S * m)))
    descent.advance(steps)
    X, W, z = start.x.T, descent.a, descent.w
    F, A = np.maximum(W @ X, 0), (W @ X > 0).astype(float)
    e = F.T @ z - start.y
    product = khatri_rao(z[:, None] * A, X)  # B * X
    by_w, by_z = (product @ e).reshape(S, n), F @ e
    net = Parameters(W, np.zeros(S), z, 0.0)
    derivatives = jacobian(net, start.x, relu())
    full = np.concatenate([derivatives.a.reshape(m, -1), derivatives.w], axis=1)
    H, G = hidden_layer_gram(start.x, W, z), output_layer_gram(start.x, W)
    return {
        "hidden": _relative(descent.gradient_a, by_w),
        "output": _relative(descent.gradient_w, by_z),
        "differences": _difference_error(start, net, by_w, by_z),
        "kernel": _relative(H + G, full @ full.T),
        "khatri rao": _relative(H, product.T @ product),
    }


def _relative(computed, reference):
    return float(np.abs(computed - reference).max() / np.abs(reference).max())


def _difference_error(start, net, by_w, by_z, size=1e-5, count=20):
    """Return the largest relative error of difference quotients, over weights whose shift changes no activation."""
    rng = np.random.default_rng(0)
    worst = 0.0
    for nu, i in zip(
        rng.integers(len(net.w), size=count), rng.integers(net.dimension, size=count), strict=True
    ):
        if np.abs(start.x @ net.a[nu]).min() > size:
            worst = max(worst, abs(_quotient(start, net, (nu, i), size) - by_w[nu, i]) / np.abs(by_w).max())
        worst = max(worst, abs(_quotient(start, net, (nu,), size) - by_z[nu]) / np.abs(by_z).max())
    return float(worst)


def _quotient(start, net, entry, size):
    losses = []
    for shift in (size, -size):
        a, w = net.a.copy(), net.w.copy()
        (a if len(entry) == 2 else w)[entry] += shift
        losses.append(squared_loss(Parameters(a, net.b, w, net.c), start.x, start.y, relu()))
    return float(losses[0] - losses[1]) / (2 * size)
