"""Section 4 with random labels beside the tables of the paper: means and ranges, agreement, rates, exponents."""

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import chi2

from studies.convergence.instances import DIMENSION
from studies.convergence.paper_tables import QUANTITIES
from twolayer.range_test import compare, critical_value, p_value, range_moments
from twolayer.statistics import fit_power_law

FAMILY_LEVEL = 0.05
"""Probability of a false alarm anywhere in a table."""

TOLERANCES = {"T": 0.04, "kappa_H": 0.02, "flips": 0.04, "dW_F": 0.05}
"""The plain criterion: largest difference of two means, of kappa_H absolute, else relative."""

_AT_100_POINTS = 0.1  # instead of the relative ones: the spread from run to run is larger there


def densities(rows: pd.DataFrame) -> pd.DataFrame:
    r"""Return the rows with :math:`\kappa_D`, :math:`\kappa_W` and the variable :math:`m/(nS)`."""
    pairs = rows["m"] * rows["S"]
    return rows.assign(
        kappa_D=rows["flips"] / pairs,
        kappa_W=rows["dW_F"] / np.sqrt(rows["m"]),
        load=rows["m"] / (DIMENSION * rows["S"]),
    )


def summarise(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return mean, standard error (NaN for a single run), least and largest value of a column for each S and m."""
    grouped = densities(rows).groupby(["S", "m"])
    table = grouped[column].agg(["count", "mean", "std", "min", "max"]).reset_index()
    table["error"] = table["std"] / np.sqrt(table["count"])
    return table.assign(load=table["m"] / (DIMENSION * table["S"]))


def printed_densities(printed: pd.DataFrame) -> pd.DataFrame:
    r"""Return the printed means of kappa_H, kappa_D and kappa_W, one row for each S and m, with :math:`m/(nS)`."""
    return densities(printed.pivot(index=["S", "m"], columns="quantity", values="mean").reset_index())


def cell_level(printed: pd.DataFrame) -> float:
    """Return the level of one comparison that keeps the false alarms of a whole table below FAMILY_LEVEL."""
    return FAMILY_LEVEL / int(printed["mean"].notna().sum())


def score_limit(printed: pd.DataFrame) -> float:
    """Return the largest absolute score that counts as agreement: about 3.6 for Table 1 and 3.0 for Table 2."""
    return float(-ndtri(cell_level(printed) / 2))


def agreement(rows: pd.DataFrame, printed: pd.DataFrame, columns=None) -> pd.DataFrame:
    """Compare measured runs with a table of the paper, cell by cell.

    Parameters
    ----------
    rows : DataFrame
        Runs, with the columns of the study ``convergence/random-labels``.
    printed : DataFrame
        From :mod:`studies.convergence.paper_tables`.
    columns : mapping of str to str, optional
        Columns of the rows to take for a quantity instead of the one of its name.

    Returns
    -------
    DataFrame
        One row for each printed entry of which there are runs: S, m, quantity; ``count``, ``mean``, ``min``, ``max`` of
        the runs; ``printed_mean`` and so on; ``score`` and ``p`` (see :func:`twolayer.range_test.compare`; NaN where
        there is no spread to compare with), ``detectable`` (the difference of the means at which p is the level of a
        cell), ``error`` (standard error of the difference, with that of rounding), ``agrees`` and ``close``, the plain
        criterion.
    """
    grouped, records = rows.groupby(["S", "m"]), []
    for entry in printed.dropna().itertuples():
        if (entry.S, entry.m) not in grouped.groups:
            continue
        values = grouped.get_group((entry.S, entry.m))[(columns or {}).get(entry.quantity, entry.quantity)]
        values = values.to_numpy(dtype=float)
        record = {"S": entry.S, "m": entry.m, "quantity": entry.quantity, "count": values.size}
        record |= {what: float(getattr(values, what)()) for what in ("mean", "min", "max")}
        record |= {f"printed_{what}": getattr(entry, what) for what in ("mean", "min", "max")}
        record |= {"printed_count": entry.runs, "score": np.nan, "p": np.nan}
        record |= {"detectable": np.nan, "error": np.nan}
        if max(values.size, entry.runs) > 1:
            record |= _compared(values, entry, cell_level(printed))
        records.append(record | {"close": _close(record)})
    table = pd.DataFrame(records)
    return table.assign(agrees=table["score"].abs() <= score_limit(printed))


def _compared(values, entry, level):
    result = compare(values, entry.mean, entry.max - entry.min, entry.runs, entry.unit)
    scale = result.deviation * np.sqrt(1 / values.size + 1 / entry.runs)
    limit = critical_value(level, values.size, entry.runs) * scale + entry.unit / 2
    return {
        "score": result.score,
        "p": result.p,
        "detectable": limit,
        "error": np.hypot(scale, entry.unit / 12**0.5),
    }


def _close(record):
    allowed = TOLERANCES[record["quantity"]]
    if record["quantity"] != "kappa_H":
        allowed = (_AT_100_POINTS if record["m"] == 100 else allowed) * record["printed_mean"]
    # Printed means of kappa_H have two digits: half a unit of the last one is rounding.
    rounding = 0.005 if record["quantity"] == "kappa_H" else 0.0
    return bool(abs(record["mean"] - record["printed_mean"]) <= allowed + rounding)


def single_run_scores(rows: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Compare the last row of a table, a single run, with ours by the relative spread of all rows.

    That the relative spread is the same in all rows is an assumption; it makes up for the few runs of the last one.

    Returns
    -------
    DataFrame
        For each quantity: ``spread`` (relative, of one run, pooled over rows), ``freedom``, ``count`` (runs in the last
        row), ``printed_mean``, ``mean``, ``min`` and ``max`` of ours, ``difference`` (relative) and the ``score``.
    """
    last, records = printed["m"].max() if (rows["m"] == printed["m"].max()).any() else rows["m"].max(), []
    for entry in printed[printed["m"] == last].itertuples():
        values = rows[entry.quantity] / rows.groupby("m")[entry.quantity].transform("mean")
        freedom = len(values) - rows["m"].nunique()
        spread = float(np.sqrt(((values - 1) ** 2).sum() / max(freedom, 1)))
        own = rows.loc[rows["m"] == last, entry.quantity]
        gap = max(abs(entry.mean / own.mean() - 1) - entry.unit / 2 / own.mean(), 0.0)
        t = gap / (max(spread, 1e-12) * np.sqrt(1 + 1 / len(own)))
        score = -ndtri(max(p_value(t, max(freedom, 1) + 1, 1), 1e-300) / 2)
        records.append({
            "quantity": entry.quantity, "spread": spread, "freedom": freedom, "count": len(own),
            "printed_mean": entry.mean, "mean": own.mean(), "min": own.min(), "max": own.max(),
            "difference": float(entry.mean / own.mean() - 1), "score": float(score),
        })  # fmt: skip
    return pd.DataFrame(records)


def by_column(table: pd.DataFrame) -> pd.DataFrame:
    """Return, for each quantity, tests of the whole column.

    Under equality the scores of a column are independent standard normal variables (or smaller, by the caution about
    rounding): their sum over the root of their number, ``bias``, is one too, and the sum of their squares is
    chi-squared.

    Returns
    -------
    DataFrame
        ``quantity``, ``cells``, ``outside`` (cells that do not agree), ``worst`` (largest absolute score), ``bias``,
        ``chi_squared`` with its ``p``, ``detectable`` (median, relative to the printed mean), and ``close``, the share
        of cells within the plain criterion.
    """
    records = []
    for quantity in QUANTITIES:
        part = table[(table["quantity"] == quantity) & table["score"].notna()]
        squares = float((part["score"] ** 2).sum())
        records.append({
            "quantity": quantity,
            "cells": len(part),
            "outside": int((~part["agrees"]).sum()),
            "worst": float(part["score"].abs().max()),
            "bias": float(part["score"].sum() / np.sqrt(len(part))),
            "chi_squared": squares,
            "p": float(chi2.sf(squares, len(part))),
            "detectable": float((part["detectable"] / part["printed_mean"]).median()),
            "close": float(part["close"].mean()),
        })  # fmt: skip
    return pd.DataFrame(records)


def mean_difference(table: pd.DataFrame, quantity: str) -> tuple[float, float]:
    """Return the mean over cells of (ours - printed) and its standard error, with rounding as a uniform error.

    Sharper than the scores for a column that is rounded coarsely, since errors of rounding average out.
    """
    part = table[(table["quantity"] == quantity) & table["error"].notna()]
    difference = part["mean"] - part["printed_mean"]
    return float(difference.mean()), float(np.sqrt((part["error"] ** 2).sum()) / len(part))


def worst_scores(table: pd.DataFrame, S: int) -> dict:
    """Return the largest absolute score of each quantity at a width."""
    part = table[table["S"] == S]
    return {q: float(part.loc[part["quantity"] == q, "score"].abs().max()) for q in QUANTITIES}


def spread_ratio(table: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return, for each quantity, the spread that a printed range shows over that of the runs, in geometric mean."""
    deviations = rows.groupby(["S", "m"])[list(QUANTITIES)].std()
    ratios = {}
    for quantity, part in table[table["printed_count"] > 1].groupby("quantity", sort=False):
        theirs = [range_moments(k).root_mean_square for k in part["printed_count"]]
        own = np.array([deviations.loc[(S, m), quantity] for S, m in zip(part["S"], part["m"], strict=True)])
        squares = ((part["printed_max"] - part["printed_min"]) / theirs / own) ** 2
        ratios[quantity] = float(np.exp(0.5 * np.log(squares[squares > 0]).mean()))
    return pd.Series(ratios)


def standardised_residuals(rows: pd.DataFrame, quantity: str) -> np.ndarray:
    """Return deviations of runs from the mean of their cell over a spread that follows a power law of m at each S."""
    pieces = []
    for _, part in rows.groupby("S"):
        cells = part.groupby("m")[quantity]
        count = cells.transform("size")
        table = cells.std()
        residual = (part[quantity] - cells.transform("mean")) * np.sqrt(count / (count - 1))
        if len(table) < 3:  # no law can be fitted
            pieces.append(residual / table.mean())
        else:
            law = fit_power_law(table.index.to_numpy(dtype=float), table.to_numpy())
            pieces.append(residual / law(part["m"]))
    residuals = np.concatenate(pieces)
    return residuals / residuals.std()


def false_alarm_rate(residuals: np.ndarray, level: float, rng: np.random.Generator, trials=200_000, runs=10):
    """Return how often the test of equal means rejects at a level when all runs are drawn from given residuals."""
    own, other = (rng.choice(residuals, (trials, runs)) for _ in range(2))
    moments = range_moments(runs)
    total = own.var(axis=1, ddof=1) * (runs - 1)
    total += moments.freedom * (np.ptp(other, axis=1) / moments.root_mean_square) ** 2
    scale = np.sqrt(total / (runs - 1 + moments.freedom) * 2 / runs)
    return float(
        (abs(own.mean(axis=1) - other.mean(axis=1)) / scale > critical_value(level, runs, runs)).mean()
    )


def rates(rows: pd.DataFrame) -> pd.DataFrame:
    r"""Return, for each S, m and rate, the outcomes, T of the runs that converged, and :math:`2/\lambda_{\max}(H_0)`.

    Returns
    -------
    DataFrame
        S, m, eta, ``count``, ``converged``, ``T`` (mean, NaN if none converged), ``last_abort`` (largest T of the
        others) and ``limit``, ``limit_min``, ``limit_max``.
    """
    rows = rows.assign(limit=2 / rows["lambda_max_H0"], good=rows["outcome"] == "converged")
    rows = rows.assign(good_T=rows["T"].where(rows["good"]), bad_T=rows["T"].where(~rows["good"]))
    table = rows.groupby(["S", "m", "eta"]).agg(
        count=("T", "size"), converged=("good", "sum"), T=("good_T", "mean"), last_abort=("bad_T", "max"),
        limit=("limit", "mean"), limit_min=("limit", "min"), limit_max=("limit", "max"),
    )  # fmt: skip
    return table.reset_index()


def exponents(rows: pd.DataFrame, column: str = "kappa_D") -> pd.DataFrame:
    """Return the exponent of the mean of a column in m, fitted for each width with the errors of the means."""
    records = []
    for S, part in summarise(rows, column).groupby("S"):
        law = fit_power_law(part["m"], part["mean"], part["error"] / part["mean"])
        scatter = np.sqrt(
            (((part["mean"] - law(part["m"])) / part["error"]) ** 2).sum() / max(len(part) - 2, 1)
        )
        records.append({"S": S, "exponent": law.exponent, "error": law.standard_error, "misfit": scatter})
    return pd.DataFrame(records)


def local_exponents(table: pd.DataFrame) -> pd.DataFrame:
    """Return the exponents of a column between neighbouring m, from a table with the columns m and mean."""
    table = table.sort_values("m")
    steps = np.diff(np.log(table["mean"])) / np.diff(np.log(table["m"]))
    return pd.DataFrame(
        {"from": table["m"][:-1].to_numpy(), "to": table["m"][1:].to_numpy(), "exponent": steps}
    )


def eigenvalue_loss(rows: pd.DataFrame) -> dict:
    r"""Fit :math:`1-\kappa_H \approx C\,m^a S^{-b}` to the means of the cells in which at least one per cent is lost.

    Returns
    -------
    dict
        ``a``, ``b`` with ``a_error``, ``b_error`` from the scatter, and ``scatter``, relative.
    """
    means = rows.groupby(["S", "m"])["kappa_H"].mean().reset_index().query("kappa_H < 0.99")
    design = np.column_stack([np.ones(len(means)), np.log(means["m"]), -np.log(means["S"])])
    target = np.log(1 - means["kappa_H"])
    coefficients = np.linalg.lstsq(design, target, rcond=None)[0]
    variance = float(((target - design @ coefficients) ** 2).sum() / max(len(means) - 3, 1))
    errors = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))
    _, a, b = (float(value) for value in coefficients)
    return {"a": a, "b": b, "a_error": errors[1], "b_error": errors[2], "scatter": float(np.sqrt(variance))}
