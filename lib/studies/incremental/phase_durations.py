r"""How long the phases of the proof of Theorem 2 last, for all jumps of a run, against their closed forms.

Times are those of the flow. For pictures of single jumps with many snapshots see :mod:`studies.incremental.phases`.
"""

from dataclasses import asdict, astuple

import numpy as np
import pandas as pd

from studies.incremental.phases import Thresholds, plateau_directions, predicted_phases
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow


def phase_times(instance, length, thresholds=None):
    r"""Measure and predict the times :math:`t_1, t_{2a}, t_{2b}, t_3` of all jumps of a run.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    length : float
        L.
    thresholds : Thresholds, optional
        What ends the phases; the paper's constants are lost in the text at hand.

    Returns
    -------
    DataFrame
        Columns L, jump (from 1), Y, rate (:math:`\|D_j^{k-1}\|`), and t_1, t_2a, t_2b, t_3, each also with
        ``_predicted``. t_3 is measured by one snapshot at its predicted time: from the slowest cosine there it follows
        by the closed form of a turn. Where nobody has to turn after t_2b it is NaN. Cost: one run.
    """
    y, directions, signs = astuple(instance)
    limits = thresholds or Thresholds()
    process = jump_process(instance.active, signs, y)
    expected = predicted_phases(instance, length, thresholds=limits)
    turns = [times.t_3 > times.t_2b * (1 + 1e-12) for times in expected]
    looks = [times.t_3 if turn else times.t_2b for times, turn in zip(expected, turns, strict=True)]
    looks = np.maximum.accumulate(looks)
    path = saddle_flow(
        directions, signs, y, -length, snapshots=looks, time_limit=max(path_end(expected), looks[-1]) + 1.0
    )
    rows = []
    for k, (j, norm, times) in enumerate(zip(process.neurons, process.label_norms, expected, strict=True)):
        logs = [
            -limits.epsilon * length,
            np.log(limits.part * norm) / 2,
            np.log((1 - limits.missing) * norm) / 2,
        ]
        measured = [path.crossing_time(j, value) for value in logs]
        turned = np.nan
        if turns[k] and np.isclose(path.snapshots[k][0], times.t_3, rtol=1e-12):
            turned = _turned(process, instance, k, path.snapshots[k], limits.cosine)
        names = ("t_1", "t_2a", "t_2b", "t_3")
        predicted = asdict(times) | ({} if turns[k] else {"t_3": np.nan})
        rows.append(
            {"L": length, "jump": k + 1, "Y": float(norm), "rate": float(process.rates[k, j])}
            | dict(zip(names, map(float, [*measured, turned]), strict=True))
            | {f"{name}_predicted": float(predicted[name]) for name in names}
        )
    return pd.DataFrame(rows)


def path_end(expected):
    """Return the last of all predicted times, with room for a jump that is a little late."""
    last = expected[-1]
    return last.t_2b + 2 * (last.t_2b - last.half)


def _turned(process, instance, k, snapshot, level):
    raw, towards, _ = snapshot
    target = plateau_directions(process, instance.active, instance.signs, instance.y, k + 1)
    turning = np.flatnonzero(~np.isnan(target[:, 0]))
    missing = ((towards - target)[turning] ** 2).sum(axis=1) / 2
    angles = np.arctanh(np.clip(1 - missing, -1 + 1e-15, 1 - 1e-15))
    return float((raw + (np.arctanh(level) - angles) / process.rates[k + 1, turning]).max())


def durations(table):
    """Return the lengths of the phases, raw, measured and predicted, and their formulas where these are simple.

    Returns
    -------
    DataFrame
        Columns L, jump, slow (t_1 to t_2a), fit (t_2a to t_2b), turn (t_2b to t_3), each also with ``_predicted``.
    """
    steps = {"slow": ("t_1", "t_2a"), "fit": ("t_2a", "t_2b"), "turn": ("t_2b", "t_3")}
    result = table[["L", "jump"]].copy()
    for name, (begin, end) in steps.items():
        result[name] = table[end] - table[begin]
        result[f"{name}_predicted"] = table[f"{end}_predicted"] - table[f"{begin}_predicted"]
    return result


def turning_cosines(instance, lengths, jump, after):
    r"""Return the cosines of unfitted neurons with their new directions around a jump.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    lengths : sequence of float
        Values of L.
    jump : int
        Number of the jump, from 1.
    after : sequence of float
        Raw times after (or, negative, before) its measured half height.

    Returns
    -------
    DataFrame
        Columns L, after, least, largest: the range of the cosines over the unfitted neurons that lose points.
    """
    y, directions, signs = astuple(instance)
    process = jump_process(instance.active, signs, y)
    target = plateau_directions(process, instance.active, signs, y, jump)
    turning = (process.rates[jump] > 0) & (process.rates[jump] < process.rates[jump - 1] * (1 - 1e-12))
    j, norm = process.neurons[jump - 1], process.label_norms[jump - 1]
    rows = []
    for length in lengths:
        end = length * process.times[jump - 1] + 200.0
        half = saddle_flow(directions, signs, y, -length, time_limit=end).crossing_time(
            j, np.log(norm / 2) / 2
        )
        looks = [half + value for value in after]
        path = saddle_flow(directions, signs, y, -length, snapshots=looks, time_limit=looks[-1] + 1.0)
        for value, (_, towards, _) in zip(after, path.snapshots, strict=True):
            cosines = np.einsum("ji,ji->j", towards, target)[turning]
            rows.append(
                {
                    "L": length,
                    "after": value,
                    "least": float(cosines.min()),
                    "largest": float(cosines.max()),
                }
            )
    return pd.DataFrame(rows)


def margins(instance):
    r"""Return, for each jump, how far below one the neurons are that have not jumped, as a power of :math:`\lambda`.

    Returns
    -------
    DataFrame
        Columns jump, tau, margin (the smallest :math:`|\rho_l(\tau)|` of a neuron that has not jumped, with or without
        points left; NaN if there is none).
    """
    process = jump_process(instance.active, instance.signs, instance.y)
    rows = []
    for k, tau in enumerate(process.times, start=1):
        others = np.setdiff1d(np.arange(instance.signs.size), process.neurons[:k])
        margin = float(-process.exponents[k, others].max()) if others.size else np.nan
        rows.append({"jump": k, "tau": float(tau), "margin": margin})
    return pd.DataFrame(rows)


def bystanders(instance, length, part=0.125):
    r"""Measure how small all others stay while a neuron jumps, Proposition 3.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    length : float
        L.
    part : float
        :math:`\epsilon` in units of the margin of the jump.

    Returns
    -------
    DataFrame
        Columns jump, margin (as from :func:`margins`), and exponent: the least :math:`-\log\|w_j\|/L` of a neuron that
        has not jumped, from :math:`t_1`, when the neuron that jumps has the norm :math:`\lambda^\epsilon`, until
        :math:`t_1+2\epsilon L/\|D\|` with its rate before the jump. Jumps that leave nobody are left out.
    """
    y, directions, signs = astuple(instance)
    process = jump_process(instance.active, signs, y)
    path = saddle_flow(directions, signs, y, -length)
    rows = []
    for row in margins(instance).dropna().itertuples():
        j, epsilon = process.neurons[row.jump - 1], part * row.margin
        begin = path.crossing_time(j, -epsilon * length)
        end = begin + 2 * epsilon * length / process.rates[row.jump - 1, j]
        others = np.setdiff1d(np.arange(signs.size), process.neurons[: row.jump])
        inside = (path.times > begin) & (path.times < end)
        edges = [np.interp([begin, end], path.times, path.log_norms[:, other]).max() for other in others]
        largest = max(*edges, path.log_norms[np.ix_(inside, others)].max(initial=-np.inf))
        rows.append({"jump": row.jump, "margin": row.margin, "exponent": float(-largest / length)})
    return pd.DataFrame(rows)
