r"""Training runs beside Proposition G.2 of paper 000: every movement of every neuron and moment, and its bound.

The drive that bounds a movement after k steps is the one of the k steps made, :math:`h\sum_{l<k}\|u_l\|_\infty`: a
little sharper than the paper's, whose sum has one term more.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.closed_system import as_leak
from twolayer.closed_system_arithmetic import drive
from twolayer.compiled import compiled
from twolayer.long_run import MOMENTS, move, packed_moments
from twolayer.validation import finite_array, positive_integer, positive_number

ZERO = 1e-290
"""Bounds below this are of exact zeros."""

MOVED = (*MOMENTS, "a", "b", "w", "c")
"""The order of :attr:`Movement.moved`; the quotients leave out the last."""


@compiled
def _image(matrix, neuron, entry):
    """Return one entry of the product of a transfer matrix and a neuron."""
    return matrix[entry, 0] * neuron[0] + matrix[entry, 1] * neuron[1] + matrix[entry, 2] * neuron[2]


@compiled
def _compare_moments(moments, start, kappa, moved, tightest, last):
    """Update the quotients of the six moments of one side."""
    aa, ab, bb = abs(start[0]), abs(start[1]), abs(start[2])
    wa, wb, ww = abs(start[3]), abs(start[4]), abs(start[5])
    norm = max(aa + ab + wa, max(ab + bb + wb, wa + wb + ww))
    rest = 8.0 * kappa * kappa * np.exp(4.0 * kappa) * norm
    firsts = (2.0 * wa, wa + wb, 2.0 * wb, aa + ab + ww, ab + bb + ww, 2.0 * (wa + wb))
    for e in range(6):
        change = abs(moments[e] - start[e])
        moved[e] = max(moved[e], change)
        if rest > ZERO:
            last[e] = max(last[e], change / (kappa * firsts[e] + rest))
            tightest[e] = max(tightest[e], last[e])


@compiled
def _compare_neurons(theta, sides, transfer, kappa, moved, tightest, last):
    """Update the quotients of all neurons; return whether one of them has crossed or changed its side."""
    rest = 2.0 * kappa * kappa * np.exp(2.0 * kappa)
    crossed = False
    for i in range(len(theta)):
        neuron, matrix = theta[i], transfer[sides[i]]
        a, b, w = abs(neuron[0]), abs(neuron[1]), abs(neuron[2])
        second = rest * max(a, max(b, w))
        for e in range(3):
            change = abs(_image(matrix, neuron, e) - neuron[e])
            moved[6 + e] = max(moved[6 + e], change)
            if second > ZERO:
                first = w if e < 2 else a + b
                last[6 + e] = max(last[6 + e], change / (kappa * first + second))
        now = _image(matrix, neuron, 0)
        crossed = crossed or not abs(_image(matrix, neuron, 1)) < abs(now) or now * neuron[0] < 0.0
    for e in range(6, 9):
        tightest[e] = max(tightest[e], last[e])
    return crossed


@compiled
def _track(theta, sides, moments, data, optimum, h, leak, warm_up, steps, stride, moved, tightest, last):
    """Run warm_up steps, then compare all movements with Proposition G.2; return the drive, and whether it crossed."""
    u, transfer, start = np.zeros((2, 2)), np.zeros((2, 3, 3)), moments.copy()
    for side in range(2):
        for e in range(3):
            transfer[side, e, e] = 1.0
    c, first_c, kappa = 0.0, 0.0, 0.0
    for k in range(warm_up + steps + 1):
        if k == warm_up:
            for i in range(len(theta)):
                matrix = transfer[sides[i]]
                a, b, w = (
                    _image(matrix, theta[i], 0),
                    _image(matrix, theta[i], 1),
                    _image(matrix, theta[i], 2),
                )
                theta[i, 0], theta[i, 1], theta[i, 2] = a, b, w
            for side in range(2):
                for e in range(3):
                    for j in range(3):
                        transfer[side, e, j] = 1.0 if e == j else 0.0
                for e in range(6):
                    start[side, e] = moments[side, e]
            first_c, kappa = c, 0.0
        if k > warm_up:
            moved[9] = max(moved[9], abs(c - first_c))
            for e in range(6):
                last[e] = 0.0
            for side in range(2):
                _compare_moments(moments[side], start[side], kappa, moved, tightest, last)
            if k - warm_up <= 1000 or (k - warm_up) % stride == 0:
                for e in range(6, 9):
                    last[e] = 0.0
                if _compare_neurons(theta, sides, transfer, kappa, moved, tightest, last):
                    return kappa, True
        change = drive(moments[:, 3:5], c, data, optimum, leak, u)
        kappa += h * max(max(abs(u[0, 0]), abs(u[0, 1])), max(abs(u[1, 0]), abs(u[1, 1])))
        c += h * change
        for side in range(2):
            move(moments[side], transfer[side], h * u[side, 0], h * u[side, 1])
    return kappa, False


@dataclass(frozen=True)
class Movement:
    r"""How far a run moved, beside Proposition G.2.

    Attributes
    ----------
    kappa : float
        :math:`\kappa_{u,k}` of Definition G.1 since the starting time, the last step's drive included.
    moved : ndarray of shape (10,)
        Largest change over all steps, sides and neurons of ``MOVED``.
    tightest : ndarray of shape (9,)
        Largest quotient of a change and its bound over all steps; at most 1 where the proposition holds.
    last : ndarray of shape (9,)
        The same quotient at the last step.
    crossed : bool
        Whether a kink went beyond 1 or a changed sign: then the run was halted.
    """

    kappa: float
    moved: np.ndarray
    tightest: np.ndarray
    last: np.ndarray
    crossed: bool


def track_movement(a, w, matrices, optimum, step_size, steps, warm_up=0, stride=1, leak=0.0):
    r"""Compare every movement of a run with Proposition G.2, the drive up to the step before as :math:`\kappa`.

    Parameters
    ----------
    a, w : array_like of shape (m,)
        Initial weights; biases start at zero, and the data lie at distance 1 or more from zero.
    matrices, optimum : array_like of shape (2, 2, 2) and (2, 2)
        :math:`M_{D,\sigma}` and :math:`v^{opt}_{D,\sigma}`.
    step_size : float
        h.
    steps, warm_up : int
        Steps to watch, and steps to make before: the bound starts from the weights reached then.
    stride : int
        After the first thousand, neurons are looked at in every stride-th step; moments in every step.
    leak : float
        :math:`\alpha \ne \pm 1`.

    Returns
    -------
    Movement
        Cost O(1) a step and O(m) a step at which neurons are looked at.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    a, w = finite_array(a, "a"), finite_array(w, "w")
    if a.ndim != 1 or a.shape != w.shape:
        raise ValueError(f"a and w must be vectors of one length, got shapes {a.shape} and {w.shape}")
    theta = np.stack([a, 0 * a, w], axis=-1)
    sides = np.where(a > 0, 0, 1)
    grouped = [theta[sides == side] for side in range(2)]
    moments = packed_moments(np.array([g.T @ g for g in grouped]))
    moved, tightest, last = np.zeros(10), np.zeros(9), np.zeros(9)
    data, lines = finite_array(matrices, "matrices"), finite_array(optimum, "optimum")
    h, steps = positive_number(step_size, "step_size"), positive_integer(steps, "steps")
    results = moved, tightest, last
    kappa, crossed = _track(
        theta, sides, moments, data, lines, h, as_leak(leak), warm_up, steps, stride, *results
    )
    return Movement(float(kappa), moved, tightest, last, bool(crossed))
