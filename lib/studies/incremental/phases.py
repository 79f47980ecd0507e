r"""The phases of the proof of Theorem 2 around a jump, measured along the flow and predicted.

All times are those of the flow; divided by :math:`L = \log(1/\lambda)` they are the paper's. The four times of a
jump: :math:`t_1`, when the neuron that jumps reaches the norm :math:`\lambda^\epsilon`; :math:`t_{2a}`, when its
squared norm is a fixed part of the limit Y; :math:`t_{2b}`, when it is within a small part of Y; :math:`t_3`, when
all unfitted neurons have turned to the directions of the next plateau. The paper's own constants are lost in the
text at hand; these parts are parameters here.
"""

from dataclasses import astuple, dataclass

import numpy as np

from twolayer.jump_offsets import jump_offsets, passage
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow


@dataclass(frozen=True)
class Thresholds:
    """What ends the phases: exponent at t_1, parts of Y at t_2a and (missing from Y) t_2b, cosine at t_3."""

    epsilon: float = 0.1
    part: float = 0.1
    missing: float = 0.01
    cosine: float = 0.99


@dataclass(frozen=True)
class Phases:
    """Times of one jump, in the time of the flow; NaN for what does not happen before the next jump or at all."""

    t_1: float
    t_2a: float
    half: float
    t_2b: float
    t_3: float


@dataclass(frozen=True)
class JumpRecord:
    r"""One jump of a run.

    Attributes
    ----------
    jump, neuron : int
        Number of the jump, from 0, and who jumps.
    predicted_time : float
        :math:`L\tau`, where the jump process puts it.
    phases : Phases
        Measured times.
    times : ndarray of shape (R,)
        Of the snapshots, from before t_1 until the next jump is under way or all have turned.
    log_norms : ndarray of shape (R, m)
        At these times.
    old, new : ndarray of shape (R, m)
        Cosines with the directions of the plateaus before and after; NaN for neurons that have jumped before (and in
        ``new`` for the one that jumps) or have no direction there.
    """

    jump: int
    neuron: int
    predicted_time: float
    phases: Phases
    times: np.ndarray
    log_norms: np.ndarray
    old: np.ndarray
    new: np.ndarray


def plateau_directions(process, active, signs, y, k):
    r"""Return the unit vectors :math:`s_jD_j^k/\|D_j^k\|`, shape (m, n), NaN where neuron j has jumped or none is left.

    Parameters
    ----------
    process : JumpProcess
        Of the same neurons and labels.
    active : ndarray of bool, shape (m, n)
        At the start.
    signs, y : ndarray
        Shapes (m,) and (n,).
    k : int
        Plateau, 0 before the first jump.
    """
    open_points = (process.fitted_by < 0) | (process.fitted_by >= k)
    mask = active & open_points & ((y > 0) == (np.asarray(signs) > 0)[:, None])
    size = np.where(process.rates[k] > 0, np.linalg.norm(np.where(mask, y, 0.0), axis=1), np.nan)
    return np.where(mask, np.abs(y), 0.0) / size[:, None]


def predicted_phases(instance, length, *, factor=1.0, thresholds=None):
    r"""Return what theory says about the phases of every jump, up to errors that are powers of :math:`\lambda`.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    length : float
        :math:`L`.
    factor : float
        c of the loss.
    thresholds : Thresholds, optional
        What ends the phases.

    Returns
    -------
    list of Phases
        t_1 from the exponents and the constants :math:`E_j^k`, half height :math:`L\tau_k + C_k`, t_2a and t_2b
        from the logistic curve, so that

        .. math:: t_{2b} - t_{2a} = \frac{n}{2cY}\log\frac{(1-\text{missing})(1-\text{part})}
                  {\text{missing}\cdot\text{part}},

        and t_3, not before t_2b, from directions that turn while the residual follows that curve. Cost as for
        :func:`twolayer.jump_offsets.jump_offsets`, twice.
    """
    y, directions, signs = astuple(instance)
    limits = thresholds or Thresholds()
    theory = jump_offsets(directions, signs, y, factor=factor)
    process, result = theory.process, []
    halves = length * process.times + theory.offsets
    for k, (j, norm) in enumerate(zip(process.neurons, process.label_norms, strict=True)):
        rate = factor / y.size * norm
        early = np.log(limits.part / (1 - limits.part)) / (2 * rate)
        late = np.log((1 - limits.missing) / limits.missing) / (2 * rate)
        breaks = np.concatenate([[0.0], halves[: k + 1]])
        begins = theory.log_norms(breaks[:-1], -length)[:, j]
        ends = theory.log_norms(np.nextafter(breaks[1:], 0.0), -length)[:, j]
        i = int((ends >= -limits.epsilon * length).argmax())
        share = (-limits.epsilon * length - begins[i]) / (ends[i] - begins[i])
        slow = float(breaks[i] + share * (breaks[i + 1] - breaks[i]))
        turned = halves[k] + turning_time(instance, process, k, factor=factor, cosine=limits.cosine)
        result.append(
            Phases(slow, halves[k] + early, halves[k], halves[k] + late, max(turned, halves[k] + late))
        )
    return result


def turning_time(instance, process, k, *, factor=1.0, cosine=0.99, at_once=False):
    r"""Return how long after half height of the jump k all neurons point to where they will grow next.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    process : JumpProcess
        Of the instance.
    k : int
        Number of the jump, from 0.
    factor : float
        c of the loss.
    cosine : float
        What counts as pointing there.
    at_once : bool
        Compute as if the residual vanished at half height:
        :math:`\max_j(\operatorname{artanh}\cos - \operatorname{artanh}\cos_j)/\|D_j^{k+1}\|`, with :math:`\cos_j`
        between the old and the new direction, instead of along the logistic curve.

    Returns
    -------
    float
        In the time of the flow, the same for all :math:`\lambda`; minus infinity if nobody has to turn.
    """
    y, old, new = instance.y, process.rates[k], process.rates[k + 1]
    turning = np.flatnonzero((new > 0) & (new < old * (1 - 1e-12)))
    if not turning.size:
        return -np.inf
    old, new = old[turning], new[turning]
    if at_once:
        return float(((np.arctanh(cosine) - np.arctanh(new / old)) / new).max())
    points = (process.fitted_by == k) & instance.active[turning]
    lost = factor / y.size * np.sqrt(points @ y**2)
    turn = passage(new, lost, factor / y.size * process.label_norms[k])
    pairs = zip(turn.cosines.T, new, strict=True)
    return max(_crossing(turn.times, column, cosine, speed) for column, speed in pairs)


def _crossing(times, cosines, level, speed):
    """Return when a rising cosine reaches a level; after the last time it goes on as a hyperbolic tangent."""
    angles = np.arctanh(np.minimum(cosines, 1 - 1e-15))
    below = np.flatnonzero(angles < np.arctanh(level))
    if not below.size:
        return float(times[0])
    k = below[-1]
    if k + 1 == times.size:
        return float(times[-1] + (np.arctanh(level) - angles[-1]) / speed)
    return float(np.interp(np.arctanh(level), angles[k : k + 2], times[k : k + 2]))


def record_jumps(instance, length, jumps=None, *, factor=1.0, thresholds=None, samples=240):
    r"""Measure the phases of some jumps of one run of the flow.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    length : float
        :math:`L`.
    jumps : sequence of int, optional
        Which, from 0; all by default.
    factor : float
        c of the loss.
    thresholds : Thresholds, optional
        What ends the phases.
    samples : int
        Snapshots for each jump.

    Returns
    -------
    list of JumpRecord
        From two runs: the first finds the jumps, the second takes the snapshots.

    Raises
    ------
    ValueError
        If there is no such jump.
    """
    y, directions, signs = astuple(instance)
    limits = thresholds or Thresholds()
    process = jump_process(instance.active, signs, y, factor=factor)
    jumps = range(process.times.size) if jumps is None else list(jumps)
    if not all(0 <= k < process.times.size for k in jumps):
        raise ValueError(f"jumps are numbered from 0 to {process.times.size - 1}, got {list(jumps)}")
    first = saddle_flow(directions, signs, y, -length, factor=factor)
    half = [_reach(first, process, k, 0.5) for k in range(process.times.size)] + [np.inf]
    grids = {k: _grid(first, process, k, half, length, limits, samples, (instance, factor)) for k in jumps}
    every = np.unique(np.concatenate(list(grids.values())))
    second = saddle_flow(
        directions, signs, y, -length, factor=factor, snapshots=every, time_limit=every[-1] * (1 + 1e-9)
    )
    kept = {time: (towards, logs) for time, towards, logs in second.snapshots}
    return [_record(first, process, k, kept, grids[k], (instance, length, limits)) for k in jumps]


def _reach(path, process, k, part):
    return path.crossing_time(process.neurons[k], np.log(part * process.label_norms[k]) / 2)


def _grid(path, process, k, half, length, limits, samples, run):
    """Return times for snapshots: a third while the neuron grows, the rest over the jump and the turning."""
    instance, factor = run
    begin = path.crossing_time(process.neurons[k], -limits.epsilon * length)
    turning = turning_time(instance, process, k, factor=factor, cosine=limits.cosine)
    width = instance.y.size / (factor * process.label_norms[k])
    middle, turned = half[k], max(turning, 3 * width)
    end = min(middle + 1.6 * turned, half[k + 1] - width)
    end = max(end, middle + width)
    growth = middle - begin
    before = np.linspace(begin - 0.4 * growth, max(begin, middle - 3 * width), samples // 4, endpoint=False)
    after = np.linspace(max(begin, middle - 3 * width), end, samples - before.size)
    return np.unique(np.maximum(np.concatenate([before, after]), 0.0))


def _record(path, process, k, kept, grid, run):
    instance, length, limits = run
    y, _, signs = astuple(instance)
    rows = [kept[t] for t in grid if t in kept]
    grid = np.array([t for t in grid if t in kept])
    towards, logs = (np.array(column) for column in zip(*rows, strict=True))
    lines = [plateau_directions(process, instance.active, signs, y, i) for i in (k, k + 1)]
    old, new = (np.einsum("tji,ji->tj", towards, line) for line in lines)
    late = _reach(path, process, k, 1 - limits.missing)
    half = _reach(path, process, k, 0.5)
    slowest = np.nanmin(np.where(np.isnan(new), np.inf, new), axis=1)
    since = grid >= (half if np.isnan(late) else late)
    turned = np.nan
    if since.any() and slowest[since].max() >= limits.cosine:
        begin = max(int(since.argmax()) - 1, 0)
        values = np.minimum(slowest[begin:], 1.0)
        turned = max(
            _crossing(grid[begin:], values, limits.cosine, np.inf), grid[since][0] if np.isnan(late) else late
        )
    phases = Phases(
        path.crossing_time(process.neurons[k], -limits.epsilon * length),
        _reach(path, process, k, limits.part),
        half,
        late,
        float(turned),
    )
    return JumpRecord(
        int(k), int(process.neurons[k]), float(length * process.times[k]), phases, grid, logs, old, new
    )
