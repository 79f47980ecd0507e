r"""Why training from a start of finite size departs from Algorithm 1: contests for points, with their sizes.

A neuron l that wants points of the jump k and comes too late waits at an exponent :math:`-g < 0` when that jump takes
place. Its norm there is :math:`e^{E - gL}` with a constant E that does not depend on the scale
(:mod:`twolayer.jump_offsets`). What it takes away from the winner is of that size if it goes on to jump later, and of
its square if it loses all that it wanted. A jump that is unfinished when a neuron with some of its points is due leaves
:math:`e^{-2\kappa(t' - t)}` of its labels, :math:`\kappa = \frac cnY`.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.jump_offsets import jump_offsets

SMALL = 0.01
"""A contest of this size or less is not seen in a picture."""

LARGE = -np.log(SMALL)
"""L from which on the start itself is that small."""


@dataclass(frozen=True)
class PointContest:
    r"""Something that two neurons both want.

    Attributes
    ----------
    kind : str
        "late": the loser waits with a norm that is not negligible; "unfinished": it arrives during the jump.
    jump : int
        Which jump, from 0.
    winner, loser : int
        The neurons.
    points : int
        How many unfitted points both want.
    log_size, power : float
        b and g of the size :math:`e^{b - gL}`, a part of the winner's norm or labels.
    """

    kind: str
    jump: int
    winner: int
    loser: int
    points: int
    log_size: float
    power: float

    def size(self, length):
        """Return the size at L; 1 is as large as the winner."""
        return float(np.exp(min(0.0, self.log_size - self.power * length)))

    @property
    def enough(self):
        """L from which on the size is below one per cent; infinity at a tie."""
        return max(0.0, (self.log_size - np.log(SMALL)) / self.power) if self.power > 1e-9 else np.inf


@dataclass(frozen=True)
class Constants:
    r"""What is known beyond Algorithm 1, for labels divided by the largest modulus and the time of the flow.

    Attributes
    ----------
    offsets : ndarray of shape (K,)
        :math:`C_k`: half height of the jump k comes at :math:`L\tau_k + C_k`.
    log_factors : ndarray of shape (K + 1, m)
        :math:`E_j^k`; minus infinity where a neuron has no points.
    known : bool
        False if there are ties, and all entries zero.
    """

    offsets: np.ndarray
    log_factors: np.ndarray
    known: bool


def constants(instance, prediction, factor=1.0):
    """Return the constants of the jumps.

    Parameters
    ----------
    instance : OwnInstance
        The instance.
    prediction : Prediction
        Of it.
    factor : float
        c.

    Returns
    -------
    Constants
        Coordinates at zero labels are left out, and of neurons with the same points the first stands for all.
    """
    process, m = prediction.process, instance.signs.size
    factors = np.zeros((process.times.size + 1, m))
    kept, scale = np.flatnonzero(instance.y), np.abs(instance.y).max()
    rows = instance.mask[:, kept]
    useful = np.flatnonzero(rows.any(axis=1))
    if prediction.ties or not useful.size:
        return Constants(np.zeros(process.times.size), factors, False)
    _, first, twin = np.unique(rows[useful], axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    chosen, place = useful[first[order]], np.empty(order.size, dtype=int)
    place[order] = np.arange(order.size)
    theory = jump_offsets(
        instance.directions[np.ix_(chosen, kept)],
        instance.signs[chosen],
        instance.y[kept] / scale,
        factor=factor * kept.size / instance.y.size,
    )
    factors[:] = -np.inf
    factors[:, useful] = theory.log_factors[:, place[twin.ravel()]]
    return Constants(theory.offsets, factors, True)


def contests(instance, prediction, known, factor=1.0):
    """Return all contests, the largest at large L first.

    Parameters
    ----------
    instance, prediction, factor
        As for :func:`constants`.
    known : Constants
        What that function returns.

    Returns
    -------
    list of PointContest
    """
    process, mask = prediction.process, instance.mask
    times, factors, scale = known.offsets, known.log_factors, np.abs(instance.y).max()
    found = []
    for k, (j, norm) in enumerate(zip(process.neurons, process.label_norms, strict=True)):
        half_log, rate = np.log(norm / scale) / 2, factor / instance.y.size * norm / scale
        shared = (mask & (prediction.fitted_by == k)).sum(axis=1)
        for loser in np.setdiff1d(
            np.flatnonzero((shared > 0) & (process.rates[k] > 0)), prediction.groups[k]
        ):
            gap, size = -process.exponents[k + 1, loser], factors[k + 1, loser] - half_log
            later = np.flatnonzero(process.neurons[k + 1 :] == loser) + k + 1
            if process.rates[k + 1, loser] == 0:
                size, gap = 2 * size, 2 * gap
            elif not later.size:
                size, gap = size + factors[-1, loser] - half_log, gap - process.exponents[-1, loser]
            found.append(
                PointContest("late", k, int(j), int(loser), int(shared[loser]), float(size), float(gap))
            )
            for after in later:
                wait, shift = process.times[after] - process.times[k], times[after] - times[k]
                found.append(
                    PointContest(
                        "unfinished", k, int(j), int(loser), int(shared[loser]), float(-2 * rate * shift),
                        float(2 * rate * wait * scale),
                    )
                )  # fmt: skip
    return sorted(found, key=lambda contest: contest.power)


@dataclass(frozen=True)
class Neighbours:
    """Two jumps in a row.

    Attributes
    ----------
    jump : int
        The first of them, from 0.
    gap, widths : float
        Their distance, and the mean of the times in which they get from a tenth to nine tenths of their squared norm,
        both in the time of the flow for labels divided by the largest modulus.
    enough : float
        L from which on the gap is larger than the widths.
    """

    jump: int
    gap: float
    widths: float
    enough: float

    @property
    def merged(self):
        """Whether there is no plateau between them."""
        return self.gap < self.widths


def neighbours(instance, prediction, known, length, factor=1.0):
    """Return all pairs of jumps in a row, with their distances at L; other arguments as for :func:`contests`."""
    process, scale = prediction.process, np.abs(instance.y).max()
    times = known.offsets
    widths = instance.y.size * scale / (factor * process.label_norms) * np.log(9.0)
    found = []
    for k in range(process.times.size - 1):
        step, shift = (process.times[k + 1] - process.times[k]) * scale, times[k + 1] - times[k]
        width = float(widths[k : k + 2].mean())
        enough = max(0.0, (width - shift) / step) if step > 1e-9 * process.times[-1] * scale else np.inf
        found.append(Neighbours(k, float(length * step + shift), width, float(enough)))
    return found
