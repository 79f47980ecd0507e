"""The outcomes of joint training as a table for readers."""

import pandas as pd

from companion.formatting import number


def summary(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return outcomes with the counts and the range as text.

    Parameters
    ----------
    outcomes : DataFrame
        As ``studies.underdetermined.joint_training.outcomes`` returns it.

    Returns
    -------
    DataFrame
        With the rate as text, ``verdict`` ("5 of 6", or "6 diverged") and ``range`` ("1.05 to 1.15").
    """
    verdicts, ranges = [], []
    for row in outcomes.itertuples():
        finished = row.runs - row.diverged
        diverged = f"{row.diverged} diverged" if row.diverged else ""
        counted = f"{row.grew} of {finished}" if finished else ""
        verdicts.append("; ".join(filter(None, (counted, diverged))))
        ranges.append(f"{number(row.low)} to {number(row.high)}" if finished else "–")
    rates = [f"{rate:g}" for rate in outcomes["learning_rate"]]
    return outcomes.assign(learning_rate=rates, verdict=verdicts, range=ranges)
