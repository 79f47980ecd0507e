"""The experiment of Figure 2 again, with other weights, other points, or the caption's sample size and step."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.inconsistency.figure_points import POINTS, published_points, without_intercepts
from studies.inconsistency.kink_paths import (
    CAPTION_STEP,
    CODE_STEP,
    LONG_HORIZON,
    WIDTH,
    bend,
    caption_points,
    legacy_start,
    snapshots,
)
from twolayer.example_distributions import cosine_distribution
from twolayer.half_sided import half_sided_risk
from twolayer.initialisation import he
from twolayer.line_descent import descent_on_line

ROUNDING = 1e-9
"""Outputs that are closer than this to a line are affine: far above rounding, far below any bend that is seen."""


@dataclass(frozen=True)
class Redraw:
    """The experiment of Figure 2 again, with something drawn anew: ``what`` is one of ``REDRAWN``."""

    what: str
    epochs: int
    seed: int


REDRAWN = ("weights", "weights and points", "points of the caption")
"""Other weights on the published points; both; the published weights on 300 points with the caption's step."""


def compute_redraw(cell: Redraw) -> list[dict]:
    """Train one redrawn network and return where its kinks went."""
    data, start, step = published_points(), legacy_start(8634587), CODE_STEP
    if cell.what == "weights and points":
        rng = np.random.default_rng([cell.seed, 256])
        data = without_intercepts(*cosine_distribution().sample(rng, 256))
    if cell.what == "points of the caption":
        data, step = caption_points(cell.seed), CAPTION_STEP
    else:
        start = he(np.random.default_rng([cell.seed, WIDTH]), WIDTH, 1)
    times = [k for k in snapshots(200) if k < cell.epochs] + [cell.epochs]
    path = descent_on_line(start, data.x, data.y, step=step, record_at=times)
    bends = bend(path, data)
    return [
        {
            "largest_kink": path.largest_kink,
            "smallest_distance": float(data.smallest_distance),
            "largest_bend": float(bends.max()),
            "final_bend": float(bends[-1]),
            "excess": float(path.losses[-1] - half_sided_risk(data)),
        }
    ]


def redraw_cells(scale: str) -> list[Redraw]:
    """Return 400, 400 and 100 redraws over the long horizon of Figure 2; at quick scale six, a tenth as long."""
    trials, epochs = ((400, 400, 100), LONG_HORIZON) if scale == "paper" else ((6, 6, 6), LONG_HORIZON // 10)
    # The caption's step is a fifth of the code's, so the same time takes five times the epochs.
    lengths = (epochs, epochs, 5 * epochs)
    return [
        Redraw(what, length, seed)
        for what, length, count in zip(REDRAWN, lengths, trials, strict=True)
        for seed in range(count)
    ]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Count what the kinks did.

    Parameters
    ----------
    table : DataFrame
        Rows of this study.

    Returns
    -------
    DataFrame
        For each kind of redraw: ``runs``, and how many of them kept all kinks within [-0.2, 0.2] (``inside``), let no
        kink reach the nearest datum (``uncrossed``), were affine on each side at every recorded epoch (``affine``) and
        at the last one (``affine_at_the_end``).
    """
    flags = pd.DataFrame(
        {
            "what": table["what"],
            "runs": 1,
            "inside": table["largest_kink"] <= 0.2,
            "uncrossed": table["largest_kink"] < table["smallest_distance"],
            "affine": table["largest_bend"] < ROUNDING,
            "affine_at_the_end": table["final_bend"] < ROUNDING,
        }
    )
    return flags.groupby("what", sort=False).sum().reset_index()


REDRAWS = Study(
    name="inconsistency/kink-redraws",
    description="Where the kinks of the network of Figure 2 go for other initial weights, and for other data.",
    compute=compute_redraw,
    cells=redraw_cells,
    # Runs whose kinks cross data points meet kinks of the loss, where rounding decides between branches.
    tolerances={
        "largest_kink": Tolerance(rtol=1e-4),
        "largest_bend": Tolerance(rtol=1e-4, atol=1e-9),
        "final_bend": Tolerance(rtol=1e-4, atol=1e-9),
        "excess": Tolerance(rtol=1e-4, atol=1e-9),
    },
    inputs=(POINTS,),
    timeout=600.0,
)
