"""What the race says: medians, bands, and how often a rule is still far from the Bayes risk."""

import pandas as pd

from studies.inconsistency.contests import contest
from studies.inconsistency.race import RULES
from twolayer.statistics import wilson_interval


def race_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return quantiles of the excess risk by distribution, sample size and rule.

    Parameters
    ----------
    table : DataFrame
        Rows of the study ``inconsistency/race``.

    Returns
    -------
    DataFrame
        Columns ``distribution``, ``sample_size``, ``rule``, ``median``, ``low`` and ``high`` (10 and 90 %), ``mean``,
        ``standard_error``, ``plateau``; rules without a value at a sample size are left out.
    """
    rows = []
    for (name, n), part in table.groupby(["distribution", "sample_size"], sort=False):
        for rule in RULES:
            values = part[rule].dropna()
            if len(values):
                low, median, high = values.quantile([0.1, 0.5, 0.9])
                rows.append(
                    {
                        "distribution": name,
                        "sample_size": n,
                        "rule": rule,
                        "median": median,
                        "low": low,
                        "high": high,
                        "mean": values.mean(),
                        "standard_error": values.std(ddof=1) / len(values) ** 0.5,
                        "plateau": contest(name).plateau,
                    }
                )
    return pd.DataFrame(rows)


def far_from_bayes(table: pd.DataFrame, part: float = 0.25) -> pd.DataFrame:
    """Return, at the largest sample size, in which share of repetitions a rule exceeds a part of the plateau.

    Parameters
    ----------
    table : DataFrame
        Rows of the study.
    part : float
        The epsilon of Definition 15, in units of the plateau.

    Returns
    -------
    DataFrame
        Columns ``distribution``, ``sample_size``, ``rule``, ``far``, ``repetitions``, ``share``, ``low``, ``high``; for
        the kernel rule the largest sample size at which it was run.
    """
    rows = []
    for name, of_one in table.groupby("distribution", sort=False):
        for rule in RULES:
            run = of_one.dropna(subset=[rule])
            last = run[run.sample_size == run.sample_size.max()]
            far = int((last[rule] >= part * contest(name).plateau).sum())
            low, high = (float(end) for end in wilson_interval(far, len(last)))
            rows.append(
                {
                    "distribution": name,
                    "sample_size": int(last.sample_size.iloc[0]),
                    "rule": rule,
                    "far": far,
                    "repetitions": len(last),
                    "share": far / len(last),
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows)


def crossing_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Return the share of networks in which a kink crossed, by distribution and sample size, with intervals."""
    counts = (
        table.groupby(["distribution", "sample_size"], sort=False).crossed.agg(["sum", "count"]).reset_index()
    )
    low, high = wilson_interval(counts["sum"], counts["count"])
    return counts.assign(share=counts["sum"] / counts["count"], low=low, high=high)


def uncrossed_margin(table: pd.DataFrame) -> dict[str, float]:
    """Return by distribution how far below the plateau a network without a crossing got; negative: never."""
    stuck = table[~table.crossed]
    return {
        name: float(1 - part.network.min() / contest(name).plateau)
        for name, part in stuck.groupby("distribution")
    }
