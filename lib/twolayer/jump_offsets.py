r"""By how much the flow is late: the terms of order one that the jump process leaves out.

The jump process knows the logarithm of a norm up to :math:`o(L)`, where :math:`L = \log(1/\lambda)`. One order
further, on the plateau k and in the time t of the flow (not divided by L),

.. math:: \log|w_j(t)| = L\rho_j(\tau_k) + \delta_j^k\,(t - L\tau_k) + E_j^k + o(1),

with constants E that do not depend on :math:`\lambda`, and the jump k is half done at
:math:`L\tau_k + C_k + o(1)`. Both follow from three closed or nearly closed pieces.

* At the start a neuron turns by itself, in constant residuals: :math:`E_j^0 = \log\frac{1 + \cos_j(0)}2` if all labels
  have its sign; coordinates of the other sign are lost at times that depend on its direction alone.
* The neuron l that jumps follows a logistic curve, whose early exponential passes :math:`\sqrt Y` at half height:
  :math:`C = (\frac12\log Y - E_l)/\delta_l`.
* Meanwhile the residual of its points is :math:`\sigma(t)` times the label,
  :math:`\sigma = (1 + e^{2\kappa t})^{-1}`, :math:`\kappa = \frac cn Y`. A neuron j that shares some of them keeps its
  direction in a plane: with :math:`b_1, b_2` the sizes of its signal from points that it keeps and from points that
  it loses, and :math:`\theta` its angle from the former,

  .. math:: \dot\theta = -b_1\sin\theta + b_2\sigma\cos\theta, \qquad
            \frac{d}{dt}\log|w_j| = b_1\cos\theta + b_2\sigma\sin\theta .

(The paper calls the hidden weights w and the output weights a; here it is the other way round.)
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from twolayer.balanced_start import balanced_start
from twolayer.jump_process import jump_process
from twolayer.linear_motion import LinearMotion
from twolayer.validation import finite_array, positive_number, real_number

_FAR = 20.0  # in units of 1/kappa from the middle of a jump: the logistic is within exp(-40) of its limits


@dataclass(frozen=True)
class JumpOffsets:
    r"""What the flow adds to the jump process.

    Attributes
    ----------
    process : JumpProcess
        The jumps, K of them.
    offsets : ndarray of shape (K,)
        :math:`C_k`, in the time of the flow.
    log_factors : ndarray of shape (K + 1, m)
        :math:`E_j^k`; for a neuron that has jumped, half the logarithm of its squared norm Y; minus infinity for one
        that is not active on any point of its sign.
    """

    process: object
    offsets: np.ndarray
    log_factors: np.ndarray

    def log_norms(self, time, log_scale):
        r"""Return the predicted :math:`\log|w_j|` on plateaus, shape (..., m).

        Parameters
        ----------
        time : array_like
            Times of the flow; within a jump, the broken line is returned, which breaks at :math:`L\tau_k + C_k`.
        log_scale : float
            :math:`-L`.

        Returns
        -------
        ndarray

        Raises
        ------
        TypeError, ValueError
            If a time is negative or no number, or the scale is not small.
        """
        time, length = finite_array(time, "time"), -real_number(log_scale, "log_scale")
        if (time < 0).any() or length <= 0:
            raise ValueError(
                f"time must be >= 0 and log_scale negative, got times from {time.min():g} and {log_scale:g}"
            )
        process = self.process
        k = np.searchsorted(length * process.times + self.offsets, time, side="right")
        start = length * np.concatenate([[0.0], process.times])[k]
        line = length * process.exponents[k] + (time - start)[..., None] * process.rates[k]
        return line + self.log_factors[k]


def jump_offsets(directions, signs, y, *, factor=1.0):
    r"""Return the constants :math:`C_k` and :math:`E_j^k` of an instance.

    Parameters
    ----------
    directions : array_like of shape (m, n)
        Initial hidden weights in the coordinates of the data; the balanced start is :math:`\lambda` times these.
    signs : array_like of shape (m,)
        1 or -1.
    y : array_like of shape (n,)
        Labels, none of them zero.
    factor : float
        c of the loss.

    Returns
    -------
    JumpOffsets
        Cost O(n m) for each jump and for each lost coordinate, and a scalar differential equation for each neuron and
        jump. If two jumps are closer than their widths, the o(1) is not small unless L is very large.

    Raises
    ------
    ValueError
        If two neurons jump together, or the jump process refuses the input.
    """
    z, w, scale, y = balanced_start(directions, signs, y, 0.0)
    factor = positive_number(factor, "factor")
    process = jump_process(z > 0, np.asarray(signs), y, factor=factor)
    mask = (z > 0) & ((y > 0) == (w > 0)[:, None])
    rate = factor / y.size
    factors = [_after_the_start(z, w, scale, rate * y, process.rates[0])]
    unfitted, offsets = np.ones(y.size, dtype=bool), []
    for k, (jumper, norm) in enumerate(zip(process.neurons, process.label_norms, strict=True)):
        old, new = process.rates[k], process.rates[k + 1]
        together = np.flatnonzero((mask == mask[jumper]).all(axis=1))
        if together.size > 1:
            raise ValueError(
                f"neurons {together.tolist()} have the same points and jump together; merge them into one"
            )
        offset = (np.log(norm) / 2 - factors[-1][jumper]) / old[jumper]
        points = (process.fitted_by == k) & mask
        lost = rate * np.sqrt(points @ y**2)
        turn = passage(new, lost, rate * norm)
        after = factors[-1] + np.where(old > new, (old - new) * offset + turn.log_growth, 0.0)
        after[jumper] = np.log(norm) / 2
        factors.append(after)
        offsets.append(offset)
        unfitted &= process.fitted_by != k
    return JumpOffsets(process, np.array(offsets), np.array(factors))


def _after_the_start(z, w, scale, pull, speeds):
    """Return log|w| at late times, less what it would be had the neuron grown at its speed from time 0."""
    clock = np.zeros(w.size)
    while True:
        part = LinearMotion(z, w, pull)
        loses, which = part.time_to_lose_a_coordinate()
        early = np.isfinite(loses)
        if not early.any():
            break
        rows = np.flatnonzero(early)
        z[rows], w[rows], growth = part.after(loses[rows], early)
        scale[rows] += growth
        z[rows, which[rows]] = 0.0
        clock[rows] += loses[rows]
    with np.errstate(divide="ignore"):
        late = np.log(np.abs(part.up) / 2) + scale - speeds * clock
    return np.where(speeds > 0, late, -np.inf)


@dataclass(frozen=True)
class Passage:
    r"""How neurons come through the jump of another one.

    Attributes
    ----------
    log_growth : ndarray of shape (m,)
        Limit of the growth of :math:`\log|w_j|`, less that of a neuron whose rate changes at half height at once.
    times : ndarray of shape (R,)
        From half height, in the time of the flow, from well before to well after the jump.
    cosines : ndarray of shape (R, m)
        Of the directions with the signal that is kept.
    """

    log_growth: np.ndarray
    times: np.ndarray
    cosines: np.ndarray


def passage(kept, lost, rate):
    r"""Follow neurons through the jump of a neuron with whom they share points.

    Parameters
    ----------
    kept, lost : array_like of shape (m,)
        :math:`b_1` and :math:`b_2`: :math:`\frac cn` times the norms of the labels that a neuron does not share with
        the one that jumps, and that it does.
    rate : float
        :math:`\kappa = \frac cn Y`, at least every entry of ``lost``.

    Returns
    -------
    Passage
        Growth 0 where nothing is kept or nothing lost.

    Raises
    ------
    TypeError, ValueError
        If a size is negative, one of them lost exceeds the rate, or the shapes differ.
    """
    rate = positive_number(rate, "rate")
    kept, lost = finite_array(kept, "kept") / rate, finite_array(lost, "lost") / rate
    if (
        kept.ndim != 1
        or kept.shape != lost.shape
        or (np.minimum(kept, lost) < 0).any()
        or (lost > 1 + 1e-9).any()
    ):
        raise ValueError(
            "kept and lost must be of one shape (m,), not negative, and what is lost at most the rate of the neuron "
            f"that jumps, got shapes {kept.shape} and {lost.shape}, and at most {lost.max(initial=0):g} rates lost"
        )
    m, old = kept.size, np.hypot(kept, lost)

    def force(time, values, reference):
        angle, sigma = values[:m], 1.0 / (1.0 + np.exp(2.0 * time))
        sine, cosine = np.sin(angle), np.cos(angle)
        turns = lost * sigma * cosine - kept * sine
        return np.concatenate([turns, kept * cosine + lost * sigma * sine - reference])

    start = np.concatenate([np.arctan2(lost, kept), np.zeros(m)])
    pieces, grid = [], np.linspace(0.0, _FAR, 201)
    for span, reference in (((-_FAR, 0.0), old), ((0.0, _FAR), kept)):
        solution = solve_ivp(
            force, span, start, method="DOP853", args=(reference,), t_eval=grid + span[0], rtol=1e-10, atol=1e-12
        )  # fmt: skip
        start = solution.y[:, -1]
        pieces.append(solution.y)
    cosines = np.cos(np.concatenate([pieces[0][:m, :-1], pieces[1][:m]], axis=1).T)
    growth = start[m:] + np.log((1.0 + np.cos(start[:m])) / 2)  # from here on in constant residuals
    times = np.concatenate([grid[:-1] - _FAR, grid]) / rate
    return Passage(np.where((kept > 0) & (lost > 0), growth, 0.0), times, cosines)
