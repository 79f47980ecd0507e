"""Tables of a reader's own staircase: the jumps one by one, and the same start at other sizes."""

import numpy as np
import pandas as pd

from studies.incremental.own_comparison import trial as run_trial
from studies.incremental.own_report import listed, merged, percent
from studies.incremental.own_staircase import FLOW_FROM, flow_seconds

_ROWS = 12
_LADDER = ["L", "forecast", "error", "ordered", "merged"]


def jumps_table(trial):
    """Return what Algorithm 1 says and what training does, one row for each of the first jumps."""
    process, comparison = trial.prediction.process, trial.comparison
    table = pd.DataFrame(
        {
            "neuron": [listed(group, 3) for group in trial.prediction.groups],
            r"$\tau_k$": process.times,
            "half": comparison.half,
            "saddle": process.losses[1:],
            "loss": np.where(comparison.plateaus < 1e-12 * process.losses[0], 0.0, comparison.plateaus),
        }
    )
    return table.head(_ROWS)


def short_percent(share):
    """Return a share in per cent without the sign, for a table that has to fit on a phone."""
    return percent(share).replace("less than ", "<").removesuffix(" %")


def ladder(trial, limit=5000.0):
    """Return the same instance from other starts: order, error of norms and forecast for some L.

    Parameters
    ----------
    trial : Trial
        The reader's.
    limit : float
        Largest L to try.

    Returns
    -------
    DataFrame
        L, forecast and error (of squared norms), ordered, merged (pairs of jumps).
    """
    if not trial.prediction.process.times.size:
        return pd.DataFrame(columns=_LADDER)
    slow = flow_seconds(trial.prediction, trial.instance) > 0.6
    wanted = [trial.length / 4, 4 * trial.length]
    if np.isfinite(trial.enough) and trial.enough > trial.length:
        wanted.append(1.2 * trial.enough)
    wanted = {float(f"{length:.2g}") for length in wanted if FLOW_FROM <= length <= limit} | {trial.length}
    rows = []
    for length in sorted(wanted):
        if length == trial.length:
            other = trial
        elif slow:
            continue
        else:
            other = run_trial(trial.instance, length, trial.factor, descent=False)
        c = other.comparison
        rows.append((length, trial.forecast_at(length), c.norm_error, c.ordered, len(merged(other))))
    return pd.DataFrame(rows, columns=_LADDER)
