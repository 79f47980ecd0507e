r"""At which powers of the scale the flow is close to a saddle: the exponents in the induction of paper 003's proof.

Hypothesis 1(k) of appendix D asks that at a time t on the plateau k (accelerated, :math:`\tau_k < t < \tau_{k+1}`)
fitted norms, the residuals of fitted points and the directions of unfitted neurons are within powers of
:math:`\lambda` of those of the saddle. The leading powers follow from Algorithm 1 and from what is left behind:

* the residual of a jump dies like :math:`e^{-2cYt/n}`;
* a neuron keeps what it had on a point when that point was fitted by another one. Frozen at the size
  :math:`\lambda^{|\rho|}`, this part disturbs the fitted point, the more the larger the neuron grows. It is lost when
  another neuron jumps that has kept something there too and has grown less since: the overshoot that this one causes
  takes :math:`|a_j|` times its own part away from all others;
* a direction approaches that of its plateau by the square of the neuron's growth since its last turn, and not before
  the residuals of the points that it has lost are gone;
* a neuron that disturbs fitted points when it jumps makes their neuron give way. Then its other points are not fitted
  for a while, and those who were active there turn a little;
* a neuron that has some but not all points of a jump and is near size one itself then, :math:`\lambda^{|\rho|}`, takes
  the part :math:`\lambda^{2|\rho|}` of them. What this does to the ratios of the outputs there dies like
  :math:`e^{-cYt/n}`, half as fast as the residual of the jump. So does what is left of the misalignment of the start;
* an unfitted neuron that is near size one takes the part :math:`\lambda^{2|\rho|}` of its unfitted points already, and
  turns those that share some of these by as much.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SaddleRates:
    r"""Exponents c of :math:`\lambda^c` at a time on a plateau; infinity where there is nothing to be wrong.

    Attributes
    ----------
    norms : tuple of float
        Of what makes errors of the norm of a fitted neuron, ascending.
    losses : tuple of float
        Of what makes squared residuals of fitted points.
    alignments : tuple of float
        Of what makes one minus the cosine of an unfitted neuron with its direction.
    """

    norms: tuple
    losses: tuple
    alignments: tuple

    @property
    def norm(self):
        """The least of norms: that of the largest error."""
        return min(self.norms, default=np.inf)

    @property
    def loss(self):
        """The least of losses."""
        return min(self.losses, default=np.inf)

    @property
    def alignment(self):
        """The least of alignments."""
        return min(self.alignments, default=np.inf)


def saddle_rates(process, active, signs, y, k, time, *, factor=1.0):
    """Return the exponents at which the flow is close to the saddle after k jumps.

    Parameters
    ----------
    process : JumpProcess
        Of the neurons and labels.
    active : array_like of bool, shape (m, n)
        Activations at the start.
    signs, y : array_like
        Shapes (m,) and (n,).
    k : int
        Number of jumps before the time.
    time : float
        Between the jumps k and k + 1, divided by log(1/scale); infinity after the last one.
    factor : float
        c of the loss.

    Returns
    -------
    SaddleRates
        Cost O(n m K).

    Raises
    ------
    ValueError
        If the time is not on the plateau.
    """
    y, signs = np.asarray(y, dtype=float), np.asarray(signs)
    times = np.concatenate([[0.0], process.times, [np.inf]])
    if not 0 <= k <= process.times.size or not times[k] <= time <= times[k + 1]:
        raise ValueError(f"plateau {k} of {process.times.size} does not contain the time {time:g}")
    start = np.asarray(active, dtype=bool) & ((y > 0) == (signs > 0)[:, None])
    mask = _kept(process, start, k)
    rate, now = factor / y.size, process.exponents_at(time) if np.isfinite(time) else process.exponents[k]
    fitted = list(process.neurons[:k])
    norms, losses, turns = [], [], []
    halved = [_halved(process, start, q, rate * (time - times[q])) for q in range(1, k + 1)]
    for p, j in enumerate(fitted, start=1):
        since = rate * (time - times[p])
        norms.append(2 * since * process.label_norms[p - 1])
        losses += [2 * norms[-1], 2 * halved[p - 1]]
        for q in _shared(process, mask[j], p - 1):
            # What it has there after its jump has the size scale^left: what it kept, or its part of what was open yet.
            left = min(
                -process.exponents[q, j], 2 * rate * (times[p] - times[q]) * process.label_norms[q - 1]
            )
            norms.append(left)
            losses.append(2 * (left + since * _slowest(process, mask[j], y, p, q)))
    for j in np.setdiff1d(np.arange(signs.size), fitted):
        shared = _shared(process, mask[j], k)
        growing = process.rates[k, j] > 0
        for q in shared:
            norms.append(-now[j] - process.exponents[q, j])
            losses += [2 * norms[-1]] if growing else []
        if growing:
            turns.append(2 * (now[j] - process.exponents[max(shared, default=0), j]))
            turns += [4 * rate * (time - times[q]) * process.label_norms[q - 1] for q in shared]
            turns += [2 * halved[q - 1] for q in shared]
            turns += [-4 * now[other] for other in _rivals(process, start, j, k)]
            turns += [2 * power for power in _pushed(process, mask, y, j, k, time, rate)]
    return SaddleRates(*(tuple(sorted(map(float, values))) for values in (norms, losses, turns)))


def _halved(process, mask, q, since):
    """Return the least power in what upsets the ratios of the outputs at the points of the jump q.

    That is neurons that have a part of these points, and the misalignment of the start, which is 1 when a neuron jumps.
    """
    points = process.fitted_by == q - 1
    waiting = np.setdiff1d(np.arange(mask.shape[0]), process.neurons[:q])
    some = waiting[mask[waiting][:, points].any(axis=1) & ~mask[waiting][:, points].all(axis=1)]
    nearest = (-process.exponents[q, some]).min(initial=np.inf)
    return min(2 * nearest, 1.0) + since * process.label_norms[q - 1]


def _kept(process, mask, last):
    """Return the mask without the coordinates on fitted points that are lost in the jumps up to the last."""
    mask, exponents = mask.copy(), process.exponents
    for p, j in enumerate(process.neurons[:last], start=1):
        waiting = np.setdiff1d(np.arange(mask.shape[0]), process.neurons[:p])
        for q in _shared(process, mask[j], p - 1):
            points = mask[j] & (process.fitted_by == q - 1)
            ahead = waiting[exponents[p, waiting] - exponents[q, waiting] > -exponents[q, j]]
            mask[np.ix_(ahead, points)] = False
    return mask


def _pushed(process, mask, y, j, last, time, rate):
    """Return the powers in the sine of neuron j that come from jumps which threw back points fitted before them.

    The neuron p that brings something along to points of the jump q makes their neuron give way, so that its other
    points are no longer fitted, for a while.
    """
    now = process.exponents_at(time)[j]
    for p, other in enumerate(process.neurons[:last], start=1):
        since = time - process.times[p - 1]
        for q in _shared(process, mask[other], p - 1):
            if (mask[j] & ~mask[other] & (process.fitted_by == q - 1)).any():
                dies = rate * since * _slowest(process, mask[other], y, p, q)
                yield -process.exponents[q, other] + min(now - process.exponents[p, j], dies)


def _rivals(process, mask, j, k):
    """Return the growing neurons that are active on some, but not all, of the unfitted points of neuron j."""
    points = mask[j] & ((process.fitted_by < 0) | (process.fitted_by >= k))
    others = mask[:, points]
    return np.flatnonzero((process.rates[k] > 0) & others.any(axis=1) & ~others.all(axis=1))


def _shared(process, mask, last):
    """Return the jumps 1 to last that fit points on which a neuron is active."""
    by = process.fitted_by[mask] + 1
    return [q for q in range(1, last + 1) if (by == q).any()]


def _slowest(process, mask, y, p, q):
    """Return the slowest rate, in units of c/n, at which neurons p and q take back an error at points they share."""
    points = process.fitted_by == q - 1
    share = (y[points & mask] ** 2).sum() / (y[points] ** 2).sum()
    large, other = process.label_norms[q - 1], process.label_norms[p - 1]
    if (mask | ~points).all():
        return float(2 * large + other)
    matrix = [
        [(1 + share) * large + other, (1 - share) * large],
        [share * large, (2 - share) * large],
    ]
    return float(np.linalg.eigvals(np.array(matrix)).real.min())
