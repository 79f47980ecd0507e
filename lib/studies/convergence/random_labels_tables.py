"""Rows for the tables of the page on section 4 with random labels: ours beside the paper's."""

import numpy as np
import pandas as pd

from companion.formatting import number
from studies.convergence.paper_tables import QUANTITIES, table_one, table_two
from studies.convergence.random_labels_summary import local_exponents, summarise

_HEADINGS = QUANTITIES | {"dW_F": r"$\|\Delta W\|_F$"}  # short enough for a phone
_DECIMALS = {"T": 0, "kappa_H": 2, "flips": 0, "dW_F": 1}


def as_printed(quantity: str, value: float) -> str:
    """Return a value of a quantity with about as many digits as the paper prints."""
    decimals = _DECIMALS[quantity]
    return number(round(value)) if decimals == 0 else f"{value:.{decimals}f}"


def _entry(quantity, mean, low, high):
    texts = [as_printed(quantity, value) for value in (mean, low, high)]
    return f"**{texts[0]}**" + (f" {texts[1]}–{texts[2]}" if low < high else "")


def _score(value, limit):
    text = "–" if np.isnan(value) else f"{round(value, 1) + 0.0:+.1f}".replace("-", "−")
    return f"**{text}**" if abs(value) > limit else text


def side_by_side(table: pd.DataFrame, quantities, limit: float) -> pd.DataFrame:
    """Return the rows of a table of one width, as the paper writes them: mean in bold, range; ours, then the paper's.

    Parameters
    ----------
    table : DataFrame
        From :func:`studies.convergence.random_labels_summary.agreement`, of one width.
    quantities : pair of str
        Two keys of ``QUANTITIES`` in :mod:`studies.convergence.paper_tables`.
    limit : float
        Of the scores; one beyond it is written in bold.

    Returns
    -------
    DataFrame
        m, two columns for each quantity, and the scores of both.
    """
    records = []
    for m, part in table.groupby("m"):
        part = part.set_index("quantity")
        record, found = {"$m$": m}, []
        for quantity in quantities:
            here, paper = _HEADINGS[quantity], f"{_HEADINGS[quantity]}, paper"
            if quantity not in part.index:
                record |= {here: "–", paper: "–"}
                found.append(np.nan)
                continue
            cell = part.loc[quantity]
            record[here] = _entry(quantity, cell["mean"], cell["min"], cell["max"])
            record[paper] = _entry(quantity, cell["printed_mean"], cell["printed_min"], cell["printed_max"])
            found.append(cell["score"])
        records.append(record | {"score": ", ".join(_score(value, limit) for value in found)})
    return pd.DataFrame(records)


def columns_summary(columns: pd.DataFrame) -> pd.DataFrame:
    """Return the tests of whole columns (see by_column) with short headings."""
    names = columns["quantity"].map(_HEADINGS)
    return pd.DataFrame({
        "column": names,
        "cells outside": [f"{o} of {c}" for o, c in zip(columns["outside"], columns["cells"], strict=True)],
        "worst score": columns["worst"],
        "common shift": columns["bias"],
        r"$P(\chi^2)$": columns["p"],
        "within plain limits": [f"{100 * share:.0f} %" for share in columns["close"]],
    })  # fmt: skip


def rates_at_1000(rates: pd.DataFrame) -> pd.DataFrame:
    """Return, for each printed row at width 1000 and m <= 800, the printed T and what the two rates give."""
    printed = table_one().query("S == 1000 and quantity == 'T' and m <= 800").set_index("m")["mean"]
    rates = rates[(rates["S"] == 1000) & rates["m"].isin(printed.index)]
    half, full = (rates[rates["eta"] == eta].set_index("m") for eta in (5e-4, 1e-3))
    records = []
    for m in full.index:
        records.append({
            "$m$": m,
            "$T$, paper": number(int(printed[m])),
            "$T$ at $5\\cdot10^{-4}$": number(float(half.loc[m, "T"]), 3) if m in half.index else "–",
            "$T$ at $10^{-3}$": number(float(full.loc[m, "T"]), 3) if full.loc[m, "converged"] else "none",
            "converged at $10^{-3}$": f"{full.loc[m, 'converged']} of {full.loc[m, 'count']}",
            "$2/\\lambda_{\\max}(H_0)$": f"{full.loc[m, 'limit']:.5f}",
        })  # fmt: skip
    return pd.DataFrame(records)


def steps_of_width_100(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the exponents in m of T, kappa_H and the movement between neighbouring rows at width 100.

    Parameters
    ----------
    rows : DataFrame
        Runs of width 100, of the main grid and of Table 2.
    """
    small, large = table_one(), table_two()
    printed = pd.concat([small[(small["S"] == 100) & small["m"].isin([100, 200, 500])], large])
    columns = {}
    for quantity in ("T", "kappa_H", "dW_F"):
        ours = summarise(rows[rows["m"].isin(printed["m"])], quantity)
        theirs = printed[(printed["quantity"] == quantity) & printed["m"].isin(ours["m"])]
        both = [local_exponents(table) for table in (ours, theirs)]
        columns["step"] = [
            f"{low} → {high}" for low, high in zip(both[0]["from"], both[0]["to"], strict=True)
        ]
        columns[_HEADINGS[quantity]] = [
            f"{own:.2f} ({other:.2f})".replace("-", "−")
            for own, other in zip(both[0]["exponent"], both[1]["exponent"], strict=True)
        ]
    return pd.DataFrame(columns)


def steps_and_eigenvalues(rows: pd.DataFrame) -> pd.DataFrame:
    r"""Return, for each row of Table 2, the product of T, the rate and the last smallest eigenvalue.

    Parameters
    ----------
    rows : DataFrame
        Runs of Table 2.

    Returns
    -------
    DataFrame
        m, the mean of :math:`\lambda_{\min}(H_0)`, of kappa_H, of the product, of the product that belongs to the
        printed T and kappa_H, and of :math:`\log(\|e_0\|/10^{-3})`.
    """
    printed = table_two().pivot(index="m", columns="quantity", values="mean")
    rows = rows[rows["m"].isin(printed.index)]
    product = rows["T"] * rows["eta"] * rows["lambda_min_HT"]
    rows = rows.assign(product=product, needed=np.log(rows["error_0"] / 1e-3))
    means = rows.groupby("m")[["lambda_min_H0", "kappa_H", "product", "needed", "eta"]].mean()
    theirs = (printed["T"] * printed["kappa_H"]).loc[means.index] * means["lambda_min_H0"] * means["eta"]
    return pd.DataFrame({
        "$m$": means.index,
        "$\\lambda_{\\min}(H_0)$": means["lambda_min_H0"].map("{:.2f}".format),
        "$\\kappa_H$": means["kappa_H"].map("{:.2f}".format),
        "$T\\eta_w\\lambda_{\\min}(H_T)$": means["product"].map("{:.1f}".format),
        "paper": theirs.map("{:.1f}".format),
        "$\\log(\\|e_0\\|/10^{-3})$": means["needed"].map("{:.1f}".format),
    })  # fmt: skip
