r"""How often does a kink cross a data point? The Monte Carlo experiment of Section 9.1 (Figures 5 and 6).

A cell is a block of trials of one protocol at one width. Trials are numbered, so a curve can be prolonged or its
blocks computed in any order, and all protocols see the same networks and data.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from companion.study import Study
from twolayer.crossing import simulate_crossings
from twolayer.half_sided_datasets import shifted, six_points
from twolayer.statistics import wilson_interval

WIDTHS = tuple(2**k for k in range(4, 12))
"""The paper's widths, 16 to 2048."""

WIDER = {2**12: 20_000, 2**13: 30_000, 2**14: 40_000}
"""Trials at widths beyond the paper's, for a relative standard error of at most 5 %."""

SHIFTS = (0.01, 0.1)
"""The paper's shifts besides zero (Fig. 6)."""

FURTHER_SHIFTS = (0.003, 0.03, 0.3, 1.0)
"""Ours, to show that the curves depend on shift times width."""

CAP = 10**6
"""Steps after which the paper gives a trial up."""

BATCH = 16
"""Batch size of stochastic gradient descent in the paper."""


@dataclass(frozen=True)
class Block:
    """Consecutive trials of one protocol.

    ``step`` is "largest" for the inverse of the largest eigenvalue of H in every trial, "small" for 0.01 / m.
    """

    optimizer: str
    early_stopping: bool
    step: str
    shift: float
    m: int
    first: int
    trials: int
    seed: int


def compute(block: Block) -> list[dict]:
    """Run the trials and count how they end."""
    started = time.perf_counter()
    results = simulate_crossings(
        shifted(six_points(), block.shift),
        block.m,
        range(block.first, block.first + block.trials),
        block.seed,
        sample_size=block.m**2,
        scaled_step=None if block.step == "largest" else 0.01,
        early_stopping=block.early_stopping,
        batch_size=BATCH if block.optimizer == "SGD" else 0,
        # Slow phases last about 200 m steps: beyond the paper's widths the paper's cap would cut them short.
        cap=max(CAP, 1000 * block.m),
    )
    crossed = results.step[results.outcome == 1]
    return [
        {
            "crossed": results.count("crossed"),
            "certified": results.count("certified"),
            "early_stopped": results.count("early stopped"),
            "unfinished": results.count("unfinished"),
            "degenerate": results.count("degenerate"),
            "flips": int(results.flips.sum()),
            "flipped_trials": int((results.flips > 0).sum()),
            "mean_steps": float(results.step.mean()),
            "largest_step": int(results.step.max()),
            "median_crossing_step": float(np.median(crossed)) if crossed.size else float("nan"),
            "wall_s": time.perf_counter() - started,
        }
    ]


def _blocks(protocol: Block, trials: int, size: int) -> list[Block]:
    return [
        replace(protocol, first=first, trials=min(size, trials - first)) for first in range(0, trials, size)
    ]


def cells(scale: str) -> list[Block]:
    """Return the blocks: at the paper's scale 10,000 trials for each of its points, and more widths and shifts."""
    gd = Block("GD", False, "largest", 0.0, 0, 0, 0, seed=9)
    curves = [
        replace(gd, early_stopping=True),
        replace(gd, optimizer="SGD", early_stopping=True),
        replace(gd, early_stopping=True, step="small"),
        replace(gd, optimizer="SGD", early_stopping=True, step="small"),
    ]
    if scale == "quick":
        result = [block for m in (16, 64, 256) for block in _blocks(replace(gd, m=m), 1000, 500)]
        result += [replace(curve, m=m, trials=100) for curve in curves for m in (16, 64)]
        result += [
            replace(gd, m=m, shift=shift, trials=200)
            for shift in (*SHIFTS, 0.4, 1.6)  # with two pairs of equal shift times width
            for m in (16, 64, 256)
        ]
        return result
    result = [block for m in WIDTHS for block in _blocks(replace(gd, m=m), 10_000, 2500)]
    result += [
        block for curve in curves for m in WIDTHS for block in _blocks(replace(curve, m=m), 10_000, 2500)
    ]
    result += [
        block
        for shift in SHIFTS
        for m in WIDTHS
        for block in _blocks(replace(gd, m=m, shift=shift), 10_000, 2500)
    ]
    wide = tuple(2**k for k in range(12, 17))
    result += [
        block
        for shift in SHIFTS + FURTHER_SHIFTS
        for m in (wide if shift in SHIFTS else WIDTHS + wide)
        for block in _blocks(replace(gd, m=m, shift=shift), 2000, 1000)
    ]
    result += [block for m in (2**15, 2**16) for block in _blocks(replace(gd, m=m), 4000, 500)]
    return result + [
        block for m, trials in WIDER.items() for block in _blocks(replace(gd, m=m), trials, 2000)
    ]


def probabilities(table: pd.DataFrame, *, pessimistic: bool = False) -> pd.DataFrame:
    """Sum the blocks of each protocol and width and return the crossing probability with its 95 % interval.

    Parameters
    ----------
    table : DataFrame
        Rows of this study.
    pessimistic : bool
        Whether unfinished and degenerate trials count as crossings, as in the paper's published code.

    Returns
    -------
    DataFrame
        One row for each protocol and width, with the sums of the counts, ``probability``, ``low``, ``high``,
        ``scaled`` (probability times the root of m) and ``relative_error``.
    """
    keys = ["optimizer", "early_stopping", "step", "shift", "m"]
    counts = [
        "trials",
        "crossed",
        "certified",
        "early_stopped",
        "unfinished",
        "degenerate",
        "flips",
        "flipped_trials",
    ]
    sums = table.groupby(keys, sort=True)[[*counts, "wall_s"]].sum().reset_index()
    weighted = table.assign(total=table["mean_steps"] * table["trials"]).groupby(keys, sort=True)
    sums["mean_steps"] = weighted["total"].sum().to_numpy() / sums["trials"]
    sums["largest_step"] = weighted["largest_step"].max().to_numpy()
    events = sums["crossed"] + (sums["unfinished"] + sums["degenerate"] if pessimistic else 0)
    sums["probability"] = events / sums["trials"]
    intervals = [wilson_interval(int(k), int(n), 0.95) for k, n in zip(events, sums["trials"], strict=True)]
    sums["low"], sums["high"] = np.array(intervals).T
    sums["scaled"] = sums["probability"] * np.sqrt(sums["m"])
    with np.errstate(divide="ignore"):
        sums["relative_error"] = np.sqrt((1 - sums["probability"]) / (sums["probability"] * sums["trials"]))
    return sums


def curve(
    table: pd.DataFrame, optimizer="GD", early_stopping=False, step="largest", shift=0.0
) -> pd.DataFrame:
    """Return the rows of :func:`probabilities` that belong to one protocol, sorted by width.

    Parameters
    ----------
    table : DataFrame
        From :func:`probabilities`.
    optimizer, early_stopping, step, shift
        The protocol, as in :class:`Block`.

    Returns
    -------
    DataFrame
        One row for each width.
    """
    chosen = (
        (table["optimizer"] == optimizer)
        & (table["early_stopping"] == early_stopping)
        & (table["step"] == step)
        & (table["shift"] == shift)
    )
    return table[chosen].sort_values("m").reset_index(drop=True)


CROSSING = Study(
    name="inconsistency/crossing",
    description=(
        "Section 9.1, Figures 5 and 6: how many of the trials end with a kink across a data point, for five protocols, "
        "shifts of the labels and widths."
    ),
    compute=compute,
    cells=cells,
    unaudited=("wall_s",),
    may_be_nan=("median_crossing_step",),
)
