r"""Neurons that gradient descent holds on a kink: the sliding motion of a ReLU neuron at one data point.

Let neuron i have the pre-activation :math:`p = \langle a_i, x_j\rangle` at the point j. In one step of rate
:math:`\eta` it moves by :math:`v_-` while it is inactive there, and by :math:`v_+` while it is active:

.. math:: v_- = -\eta w_i \sum_{k \ne j} [\langle a_i, x_k\rangle > 0]\, e_k \langle x_k, x_j\rangle, \qquad
          v_+ = v_- - \eta w_i e_j \|x_j\|^2 .

If :math:`v_- > 0 > v_+`, each side pushes it to the other. It then stays within one step of zero, and is active in the
share :math:`\alpha = v_-/(v_- - v_+)` of the steps, for which the two pushes cancel: what Filippov's convention gives
for a differential equation whose right-hand side jumps. Of N steps, k are active with :math:`|k/N - \alpha| \le 1/N` as
long as the errors do not change, since the sum :math:`k v_+ + (N-k) v_-` stays within the interval of length
:math:`v_- - v_+` around zero. It changes sides in the share :math:`2\min(\alpha, 1 - \alpha)` of the steps.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import as_labels, as_points, finite_array, positive_integer, positive_number


@dataclass(frozen=True)
class Sliding:
    """Moves of the pre-activations of all neurons, arrays of shape (m,) at one point or (n, m) at all."""

    inactive_move: np.ndarray
    r""":math:`v_-`, the move of a step in which the neuron is inactive at the point."""
    active_move: np.ndarray
    r""":math:`v_+`, the move of a step in which it is active there."""
    preactivation: np.ndarray
    """Where the neurons are."""

    @property
    def held(self):
        """Which neurons are held on the kink: each side pushes to the other, and zero is near."""
        opposed = (self.inactive_move > 0) & (self.active_move < 0)
        return opposed & (np.abs(self.preactivation) <= self.inactive_move - self.active_move)

    @property
    def active_share(self):
        """Share of the steps in which a held neuron is active, NaN for the others."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share = self.inactive_move / (self.inactive_move - self.active_move)
        return np.where(self.held, share, np.nan)


def sliding_at(x, a, w, error, rate, point=None):
    """Return the moves of the pre-activations in a step of gradient descent on the hidden layer.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    a : array_like of shape (m, d)
        Hidden weights.
    w : array_like of shape (m,)
        Output weights.
    error : array_like of shape (n,)
        e = f - y.
    rate : float
        Of the hidden layer.
    point : int, optional
        Index j of the point; all points if not given.

    Returns
    -------
    Sliding
        Arrays of shape (m,), or (n, m) for all points. Cost O(n m d), and O(n^2 m) for all points.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    x, a, w = as_points(x), finite_array(a, "a"), finite_array(w, "w")
    if a.ndim != 2 or a.shape[1] != x.shape[1] or w.shape != (len(a),):
        raise ValueError(
            f"a and w must have shapes (m, {x.shape[1]}) and (m,) to go with x of shape {x.shape}, "
            f"got {a.shape} and {w.shape}"
        )
    error, rate = as_labels(error, len(x), "error"), positive_number(rate, "rate")
    rows = np.arange(len(x)) if point is None else np.array([positive_integer(point, "point", 0)])
    if rows.max() >= len(x):
        raise ValueError(f"point must be the index of one of the {len(x)} points, got {point}")
    gram = x[rows] @ x.T
    pull = gram * error  # e_k <x_k, x_j>, one row for each point j
    own = pull[np.arange(rows.size), rows].copy()
    pull[np.arange(rows.size), rows] = 0.0
    preactivations = x @ a.T
    inactive_move = -rate * w * (pull @ (preactivations > 0))
    active_move = inactive_move - rate * own[:, None] * w
    moves = inactive_move, active_move, preactivations[rows]
    return Sliding(*moves) if point is None else Sliding(*(move[0] for move in moves))
