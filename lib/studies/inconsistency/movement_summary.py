r"""What the table of movements says: fitted exponents, and the drawings of Theorem 10's page."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from companion.figures import series_styles
from studies.inconsistency.movement import NO_INTERCEPT, Movements, simulate
from twolayer.statistics import PowerLaw, fit_power_law

THEORY = {"a": -1.5, "b": -1.5, "w": -1.0, "c": -1.0, "kappa": -1.0, "kink": -0.5}
r"""Exponents of m in Theorem 10 (i)-(iv) and Prop. G.6 for :math:`\gamma_\psi = 0`, without :math:`\varepsilon`.

That of the farthest kink is an estimate of ours: the smallest :math:`|a_i|` is of the order 1/m.
"""

# How pages write the quantities. No docstring: the reference would show the formulas as they are typed.
SYMBOLS = {
    "a": r"$|a_{i,k}-a_{i,0}|$",
    "b": r"$|b_{i,k}-b_{i,0}|$",
    "w": r"$|w_{i,k}-w_{i,0}|$",
    "c": r"$|c_k-c_0|$",
    "kink": "kinks",
    "kappa": r"$\kappa_u$",
}


def largest_normal(width) -> np.ndarray:
    """Return the median of the largest of m independent absolute standard normal numbers, about sqrt(2 log m)."""
    return norm.ppf((1 + 0.5 ** (1 / np.asarray(width, dtype=np.float64))) / 2)


def fits(table: pd.DataFrame, per_normal: bool = False) -> dict[str, PowerLaw]:
    """Fit power laws in m to the medians of each quantity.

    Parameters
    ----------
    table : DataFrame
        Rows of ``inconsistency/movement``, of one panel.
    per_normal : bool
        Whether the medians are divided by :func:`largest_normal` first.

    Returns
    -------
    dict of str to PowerLaw
        Weighted by the errors of the medians.
    """
    laws = {}
    for name, rows in table.groupby("quantity", sort=False):
        width = rows["width"].to_numpy()
        medians = rows["median"].to_numpy() / (largest_normal(width) if per_normal else 1.0)
        laws[name] = fit_power_law(width, medians, rows["relative_error"].to_numpy())
    return laws


def exponents(table: pd.DataFrame) -> pd.DataFrame:
    """Return the exponents of all quantities, as fitted and after division by the largest of m normal numbers.

    Parameters
    ----------
    table : DataFrame
        Rows of one panel.

    Returns
    -------
    DataFrame
        ``quantity``, ``theory``, ``exponent``, ``error``, ``corrected``, ``corrected_error``.
    """
    plain, corrected = fits(table), fits(table, per_normal=True)
    return pd.DataFrame(
        [
            {
                "quantity": name,
                "theory": THEORY.get(name, np.nan),
                "exponent": law.exponent,
                "error": law.standard_error,
                "corrected": corrected[name].exponent,
                "corrected_error": corrected[name].standard_error,
            }
            for name, law in plain.items()
        ]
    )


def plus_minus(values: pd.Series, errors: pd.Series, index: pd.Index | None = None) -> list[str]:
    """Write exponents with their standard errors; a dash stands for each entry of the index without a value."""
    index = values.index if index is None else index
    return [
        f"{values[i]:.3f} ± {errors[i]:.3f}".replace("-", "\N{MINUS SIGN}") if i in values.index else "–"
        for i in index
    ]


def draw_movements(axes, table: pd.DataFrame, names: tuple[str, ...]) -> None:
    """Draw medians and 10-90 % bands of some quantities against the width, with their fitted laws dashed.

    Parameters
    ----------
    axes : matplotlib axes
        The panel.
    table : DataFrame
        Rows of one panel of the study.
    names : tuple of str
        Quantities.
    """
    laws, styles = fits(table), series_styles(names, markers=True)
    for name in names:
        rows = table[table["quantity"] == name]
        colour, marker = styles[name]["color"], styles[name]["marker"]
        axes.fill_between(rows["width"], rows["low"], rows["high"], color=colour, alpha=0.15, lw=0)
        axes.loglog(rows["width"], rows["median"], marker, color=colour, label=SYMBOLS[name])
        axes.loglog(rows["width"], laws[name](rows["width"]), "--", color=colour, lw=1.2)
    axes.set_xscale("log", base=2)
    axes.set_xlabel("width $m$")
    axes.legend()


def step_table(width: int, trials: int, multiples: tuple[float, ...]) -> pd.DataFrame:
    r"""Measure what the step size does: runs as in the study with multiples of :math:`\lambda_{\max}(H)^{-1}`.

    Parameters
    ----------
    width, trials : int
        m, and the number of networks.
    multiples : tuple of float
        Of the step that Remark 11 allows.

    Returns
    -------
    DataFrame
        ``multiple``, the share of runs that ``crossed``, and the medians over the others of the suprema ``a``, ``w``
        and ``kappa``.
    """
    rows = []
    for multiple in multiples:
        runs = simulate(Movements(width, NO_INTERCEPT, False, trials, 2), multiple)
        kept = ~runs.crossed
        medians = {
            name: float(np.median(getattr(runs, name)[kept])) if kept.any() else np.nan
            for name in ("a", "w", "kappa")
        }
        rows.append({"multiple": multiple, "crossed": float(runs.crossed.mean()), **medians})
    return pd.DataFrame(rows)


def intercept_table(table: pd.DataFrame) -> pd.DataFrame:
    r"""Summarise the panel of intercepts :math:`\psi_q = m^{\gamma_\psi - 1}`.

    Parameters
    ----------
    table : DataFrame
        All rows of the study.

    Returns
    -------
    DataFrame
        For each ``gamma``: ``narrow`` and ``wide``, the shares of runs that crossed at the least and the largest width;
        ``b``, ``c`` and ``kappa``, fitted exponents of the frozen activation pattern, with ``..._error``.
    """
    rows = []
    for gamma, panel in table[table["gamma_psi"] != NO_INTERCEPT].groupby("gamma_psi"):
        shares = panel[~panel["frozen"]].groupby("width")[["crossed", "trials"]].first()
        crossed = (shares["crossed"] / shares["trials"]).to_numpy()
        laws = fits(panel[panel["frozen"]])
        row = {"gamma": gamma, "narrow": crossed[0], "wide": crossed[-1]}
        for name in ("b", "c", "kappa"):
            row |= {name: laws[name].exponent, f"{name}_error": laws[name].standard_error}
        rows.append(row)
    return pd.DataFrame(rows)
