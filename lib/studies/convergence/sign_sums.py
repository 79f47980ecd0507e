r"""How much of the spread from run to run is due to the sum of the output signs."""

import numpy as np
import pandas as pd

from studies.convergence.instances import draw
from studies.convergence.paper_tables import QUANTITIES, table_two
from studies.convergence.random_labels_tables import as_printed


def sign_sums(rows: pd.DataFrame) -> pd.Series:
    r"""Return :math:`\sum_\nu z_\nu` of each run, from its draw."""
    sums = [
        draw(int(S), int(m), int(run)).w.sum() for S, m, run in zip(rows.S, rows.m, rows.run, strict=True)
    ]
    return pd.Series(sums, index=rows.index)


def explained(rows: pd.DataFrame, sums: pd.Series) -> dict:
    r"""Return, for each quantity, the share of its variance within cells that :math:`(\sum z)^2/S` explains."""
    cells = rows.groupby(["experiment", "S", "m"])
    square = sums**2 / rows["S"]
    square = square - square.groupby([rows["experiment"], rows["S"], rows["m"]]).transform("mean")
    shares = {}
    for quantity in QUANTITIES:
        relative = rows[quantity] / cells[quantity].transform("mean") - 1
        shares[quantity] = float(np.corrcoef(square, relative)[0, 1] ** 2)
    return shares


def changes_by_imbalance(rows: pd.DataFrame, m: int, low: int, high: int) -> pd.Series:
    """Return the relative change of the mean of each quantity from the sum ``low`` of the signs to ``high``."""
    means = rows[rows["m"] == m].groupby("imbalance")[list(QUANTITIES)].mean()
    return means.loc[high] / means.loc[low] - 1


def by_imbalance(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the means of runs with prescribed sums, as the tables print them, and the last row of Table 2.

    Parameters
    ----------
    rows : DataFrame
        Of the study ``convergence/sign-imbalance``.
    """
    means = rows.groupby(["m", "imbalance"])[list(QUANTITIES)].mean()
    records = [
        {"$m$": m, r"$\sum z_\nu$": str(total)} | {QUANTITIES[q]: as_printed(q, row[q]) for q in QUANTITIES}
        for (m, total), row in means.iterrows()
    ]
    printed = table_two().query("m == 5000").set_index("quantity")["mean"]
    records.append(
        {"$m$": 5000, r"$\sum z_\nu$": "paper"}
        | {QUANTITIES[q]: as_printed(q, printed[q]) for q in QUANTITIES}
    )
    return pd.DataFrame(records)
