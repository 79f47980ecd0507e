r"""Appendix D along runs of the flow: the induction from saddle to saddle, with its powers of the scale measured.

Time is that of the flow where a name says ``raw``, and divided by :math:`L = \log(1/\lambda)` elsewhere.
"""

from dataclasses import astuple

import numpy as np
import pandas as pd

from studies.incremental.phases import plateau_directions
from twolayer.jump_offsets import jump_offsets
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow
from twolayer.saddle_rates import saddle_rates

FLOORS = {"norm": 1e-8, "loss": 1e-15, "alignment": 1e-24}  # what the integrator of the jumps leaves
_ALL = {"norm": "norms", "loss": "losses", "alignment": "alignments"}
_TOLERANCE = 1e-12  # of the integrator
_LEAST_DELAY = 0.1
_CEILING = 0.3  # larger errors are not in the range of powers yet


def measurable_delay(epsilon, instances):
    """Return a time after the jumps of some instances if the errors there can be measured.

    Raises
    ------
    ValueError
        If it is below 0.1, where the powers of the errors are too small for two scales to show them, or if it reaches
        the next jump of an instance.
    """
    gaps = [np.diff(jump_process(i.active, i.signs, i.y).times).min(initial=np.inf) for i in instances]
    if not _LEAST_DELAY <= epsilon < min(gaps):
        raise ValueError(
            f"epsilon must be at least {_LEAST_DELAY} and below {min(gaps):.3g}, the least time between two jumps of "
            f"these instances, got {epsilon!r}"
        )
    return float(epsilon)


def saddle_errors(instance, lengths, epsilon):
    r"""Measure the four items of Hypothesis 1(k) at :math:`\tau_k + \epsilon`, for all k of a run.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    lengths : sequence of float
        Values of L.
    epsilon : float
        Time after each jump, less than the distance to the next.

    Returns
    -------
    DataFrame
        Columns L, k, exponent (the largest error of :math:`\rho_j`, times L), norm (largest error of a fitted norm),
        loss (sum of the squared residuals of fitted points), alignment (largest :math:`1-\cos` of an unfitted neuron;
        NaN if none is left).
    """
    y, directions, signs = astuple(instance)
    process = jump_process(instance.active, signs, y)
    rows = []
    for length in lengths:
        looks = length * (process.times + epsilon)
        path = saddle_flow(
            directions,
            signs,
            y,
            -length,
            snapshots=looks,
            time_limit=looks[-1] + 1.0,
            tolerance=_TOLERANCE,
        )
        for k, (raw, towards, logs) in enumerate(path.snapshots, start=1):
            fitted = process.neurons[:k]
            target = plateau_directions(process, instance.active, signs, y, k)
            waiting = np.flatnonzero(~np.isnan(target[:, 0]))
            outputs = (signs * np.exp(2 * logs)) @ np.maximum(towards, 0.0)
            points = (process.fitted_by >= 0) & (process.fitted_by < k)
            gaps = ((towards - target)[waiting] ** 2).sum(axis=1) / 2
            behind = (logs - length * process.exponents_at(raw / length))[waiting]
            rows.append(
                {
                    "L": length,
                    "k": k,
                    "exponent": float(np.abs(behind).max()) if waiting.size else np.nan,
                    "norm": float(np.abs(np.exp(logs[fitted]) - np.sqrt(process.label_norms[:k])).max()),
                    "loss": float(((y - outputs)[points] ** 2).sum()),
                    "alignment": float(gaps.max()) if waiting.size else np.nan,
                }
            )
    return pd.DataFrame(rows)


def powers(instance, errors, epsilon, ceiling=_CEILING, floors=FLOORS):
    r"""Compare the powers of :math:`\lambda` in the errors with the predicted ones.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    errors : DataFrame
        Of :func:`saddle_errors`.
    epsilon : float
        The same.
    ceiling : float
        Errors from which on the start is not small.
    floors : mapping
        For each item, errors below which are those of the integrator. Those of directions may stay at the square of a
        residual that it takes for zero, 1e-9, if a neuron is active there.

    Returns
    -------
    DataFrame
        Columns k, item, predicted, following (the next larger power, by at least one per cent, of those that could
        matter; infinity if there is none), measured and L. Measured is the slope of the logarithm between the two
        largest L at which the error is below the ceiling and above what the integrator leaves, NaN if there are no two,
        and L the larger one.
    """
    y, _, signs = astuple(instance)
    process = jump_process(instance.active, signs, y)
    rows = []
    for k, table in errors.groupby("k"):
        rates = saddle_rates(process, instance.active, signs, y, k, process.times[k - 1] + epsilon)
        for item, floor in floors.items():
            usable = table[(table[item] > floor) & (table[item] < ceiling)].sort_values("L").tail(2)
            slope = largest = np.nan
            if len(usable) == 2:
                slope = float(-np.diff(np.log(usable[item])).item() / np.diff(usable["L"]).item())
                largest = float(usable["L"].iloc[-1])
            least = getattr(rates, item)
            others = [power for power in getattr(rates, _ALL[item]) if power > 1.01 * least]
            row = {"k": k, "item": item, "predicted": least, "following": min(others, default=np.inf)}
            rows.append(row | {"measured": slope, "L": largest})
    return pd.DataFrame(rows)


def kept_share(instance, length, neuron, point, jump):
    """Return a coordinate of a neuron over its norm before and after a jump (numbered from 0), halfway to the next."""
    y, directions, signs = astuple(instance)
    times = np.concatenate([[0.0], jump_process(instance.active, signs, y).times])
    looks = length * (times[jump : jump + 2] + times[jump + 1 : jump + 3]) / 2
    path = saddle_flow(directions, signs, y, -length, snapshots=looks, time_limit=looks[-1] + 1.0)
    return [float(towards[neuron, point]) for _, towards, _ in path.snapshots]


def predicted_behind(instance):
    r"""Return, for each plateau after a jump, the limit of L times the largest error of :math:`\rho_j`, NaN if none."""
    y, directions, signs = astuple(instance)
    theory = jump_offsets(directions, signs, y)
    growing = theory.process.rates[1:] > 0
    sizes = np.where(growing, np.abs(theory.log_factors[1:]), np.nan)
    return np.array([np.nanmax(row) if np.isfinite(row).any() else np.nan for row in sizes])


def growth_cap(instance, length):
    r"""Return the largest quotient of :math:`|\frac{d}{dt}\log\|w_j\||` and :math:`\sqrt{2c\mathcal L_c/n}`.

    Along a run; the derivative is that of the secant between records, the loss that at its begin. The paper's (31) says
    at most 1.
    """
    y, directions, signs = astuple(instance)
    path = saddle_flow(directions, signs, y, -length)
    steps = np.diff(path.times)
    long = steps > 1e-6 * path.times[-1] / path.times.size
    slopes = np.abs(np.diff(path.log_norms, axis=0))[long] / steps[long, None]
    cap = np.sqrt(2 * path.losses[:-1][long] / y.size)
    open_loss = cap > 1e-6
    return float((slopes[open_loss] / cap[open_loss, None]).max())


def deactivation_times(instance, lengths):
    """Return the raw times at which opposite-sign coordinates are lost, shape (number of L, number of coordinates).

    Raises
    ------
    ValueError
        If not all of them are lost before the first neuron is large, for some L.
    """
    y, directions, signs = astuple(instance)
    opposite = instance.active & ((y > 0) != (signs > 0)[:, None])
    rows = []
    for length in lengths:
        path = saddle_flow(directions, signs, y, -length, time_limit=0.5 * length)
        if path.deactivations.size != opposite.sum():
            raise ValueError(
                f"{path.deactivations.size} of {opposite.sum()} coordinates are lost up to time L/2 at L = {length:g}"
            )
        rows.append(path.deactivations)
    return np.array(rows)


def split_difference(instance, length, raw):
    r"""Return the largest difference of a log norm between the whole network and its halves that go on alone.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels of both signs.
    length : float
        L.
    raw : float
        Time from which on the neurons of either sign are followed without the others, (56) and (57) of the paper; the
        labels of the other sign are tripled, which must not matter.

    Returns
    -------
    float
        Over nineteen times up to a raw time of 10 L.
    """
    y, directions, signs = astuple(instance)
    later = np.linspace(0.5, 9.5, 19) * length
    whole = saddle_flow(
        directions, signs, y, -length, snapshots=[raw, *later], time_limit=later[-1] + 1.0
    ).snapshots
    _, towards, logs = whole[0]
    largest = 0.0
    for sign in (1.0, -1.0):
        mine = np.flatnonzero(signs == sign)
        start = towards[mine] * np.exp(logs[mine] + length)[:, None]
        alone = saddle_flow(
            start,
            signs[mine],
            np.where(y * sign > 0, y, 3 * y),
            -length,
            snapshots=later - raw,
            time_limit=later[-1] - raw + 1.0,
        ).snapshots
        for (_, _, together), (_, _, single) in zip(whole[1:], alone, strict=True):
            largest = max(largest, float(np.abs(together[mine] - single).max()))
    return largest


def early_alignment(instance, length, last, samples=60):
    r"""Follow :math:`1-\cos` between the neurons and their first directions, and the bound :math:`2e^{-2\|D\|t}`.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    length : float
        L.
    last : float
        Raw time of the last sample, before the first jump.
    samples : int
        Number of times.

    Returns
    -------
    DataFrame
        Columns neuron, raw, gap, bound; neurons without points of their sign are left out.
    """
    y, directions, signs = astuple(instance)
    process = jump_process(instance.active, signs, y)
    target = plateau_directions(process, instance.active, signs, y, 0)
    looks = np.linspace(0.0, last, samples + 1)[1:]
    path = saddle_flow(directions, signs, y, -length, snapshots=looks, time_limit=last + 1.0)
    return pd.DataFrame(
        {
            "neuron": int(j),
            "raw": raw,
            "gap": float(((towards - target)[j] ** 2).sum() / 2),
            "bound": float(2 * np.exp(-2 * process.rates[0, j] * raw)),
        }
        for raw, towards, _ in path.snapshots
        for j in np.flatnonzero(process.rates[0] > 0)
    )


def kicks(instance, jumps, lengths, samples=40):
    """Measure how far a jump throws back the points that were fitted before it.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    jumps : sequence of int
        Numbers of jumps, from 2, whose neurons are active on points that were fitted before.
    lengths : sequence of float
        Values of L.
    samples : int
        Snapshots around each jump.

    Returns
    -------
    DataFrame
        Columns L, k, peak (largest sum of squared residuals of the points fitted before the jump k, while it happens)
        and predicted (its power of the scale).

    Raises
    ------
    ValueError
        If a neuron shares no fitted point.
    """
    y, directions, signs = astuple(instance)
    theory = jump_offsets(directions, signs, y)
    process, powers_ = theory.process, {}
    for k in jumps:
        j = process.neurons[k - 1]
        by = process.fitted_by[instance.active[j] & ((y > 0) == (signs[j] > 0))]
        by = by[(by >= 0) & (by < k - 1)]
        if not by.size:
            raise ValueError(f"neuron {j} of jump {k} shares no point that was fitted before")
        powers_[k] = -2 * float(process.exponents[by.max() + 1, j])
    rows = []
    for length in lengths:
        halves = length * process.times + theory.offsets
        width = 2.0 * y.size / process.label_norms
        grid = {k: halves[k - 1] + width[k - 1] * np.linspace(-1.0, 1.0, samples) for k in jumps}
        every = np.unique(np.concatenate(list(grid.values())))
        path = saddle_flow(directions, signs, y, -length, snapshots=every, time_limit=every[-1] + 1.0)
        for k in jumps:
            points = (process.fitted_by >= 0) & (process.fitted_by < k - 1)
            sums = [
                ((y - (signs * np.exp(2 * logs)) @ np.maximum(towards, 0.0))[points] ** 2).sum()
                for raw, towards, logs in path.snapshots
                if grid[k][0] <= raw <= grid[k][-1]
            ]
            rows.append({"L": length, "k": k, "peak": float(max(sums)), "predicted": powers_[k]})
    return pd.DataFrame(rows)
