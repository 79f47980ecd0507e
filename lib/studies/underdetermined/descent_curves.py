r"""Curves of gradient descent from archived spectra: residuals, numbers of steps, filter values (Figs. 2 and 3).

All functions take the table of ``studies.underdetermined.descent.SPECTRUM``, one group of rows for each draw of the
weights and activation. Steps are given as ``None`` for that of Lemma 4.2, or in units of
:math:`1/\lambda_{\max}(\hat H)`.
"""

import numpy as np
import pandas as pd

from studies.underdetermined.activations import FOUR, four_activations
from studies.underdetermined.data import load
from twolayer.funk_hecke import population_gram
from twolayer.landweber import filter_factors, iterations_to_tolerance, residual_curve
from twolayer.least_squares import optimal_step

TOLERANCES = (1e-2, 1e-3, 1e-6, 1e-8)
"""Relative residuals at which "converged" may be read; the paper names none."""


def _spectra(table):
    """Yield (activation, seed, singular values, coefficients) in the order of ``FOUR``."""
    for name in FOUR:
        for seed, group in table[table["activation"] == name].groupby("seed"):
            yield name, seed, group["sigma"].to_numpy(), group["coefficient"].to_numpy()


def _step(sigma, multiple):
    return float(optimal_step(sigma)) if multiple is None else float(multiple / sigma[0] ** 2)


def residual_curves(table: pd.DataFrame, steps, multiple: float | None = None) -> pd.DataFrame:
    r"""Return the relative residual :math:`\|Z\alpha^{(k)}-y\|/\|y\|` of every draw at given numbers of steps.

    Parameters
    ----------
    table : DataFrame
        Spectra.
    steps : array_like of int
        Numbers of steps k.
    multiple : float, optional
        The step size, see above.

    Returns
    -------
    DataFrame
        ``activation``, ``seed``, ``step``, ``residual``. Cost O(n) for each number.
    """
    steps = np.asarray(steps)
    tables = [
        pd.DataFrame(
            {
                "activation": name,
                "seed": seed,
                "step": steps,
                "residual": residual_curve(sigma, c, _step(sigma, multiple), steps) / np.linalg.norm(c),
            }
        )
        for name, seed, sigma, c in _spectra(table)
    ]
    return pd.concat(tables, ignore_index=True)


def bands(curves: pd.DataFrame, value: str = "residual", over: str = "step") -> pd.DataFrame:
    """Return the 10, 50 and 90 % quantiles over the draws in the columns ``low``, ``median`` and ``high``."""
    groups = curves.groupby(["activation", over])[value]
    table = groups.quantile([0.1, 0.5, 0.9]).unstack()
    table.columns = ["low", "median", "high"]
    table = table.reset_index()
    order = {name: k for k, name in enumerate(FOUR)}
    return table.sort_values(
        ["activation", over], key=lambda c: c.map(order) if c.name == "activation" else c
    )


def steps_to_tolerance(
    table: pd.DataFrame, multiple: float | None = None, tolerances=TOLERANCES
) -> pd.DataFrame:
    r"""Return the number of steps to each tolerance for every draw.

    Returns
    -------
    DataFrame
        ``activation``, ``seed``, ``kappa`` (of :math:`\hat H`), ``tolerance``, ``steps``. Cost O(n log k) for each.
    """
    rows = [
        {
            "activation": name,
            "seed": seed,
            "kappa": float(sigma[0] / sigma[-1]) ** 2,
            "tolerance": tolerance,
            "steps": float(iterations_to_tolerance(sigma, c, _step(sigma, multiple), tolerance)),
        }
        for name, seed, sigma, c in _spectra(table)
        for tolerance in tolerances
    ]
    return pd.DataFrame(rows)


def step_size_sweep(table: pd.DataFrame, multiples, steps: int) -> pd.DataFrame:
    """Return the relative residual after ``steps`` steps against the step size, for every draw.

    Returns
    -------
    DataFrame
        ``activation``, ``seed``, ``multiple``, ``residual``.
    """
    parts = [
        residual_curves(table, [steps], float(multiple)).assign(multiple=float(multiple))
        for multiple in multiples
    ]
    return pd.concat(parts, ignore_index=True)


def early_residuals(table: pd.DataFrame, steps: int = 20) -> pd.DataFrame:
    r"""Return what the first component does to the residual after a few steps (errata E14).

    Parameters
    ----------
    table : DataFrame
        Spectra.
    steps : int
        Number k of steps.

    Returns
    -------
    DataFrame
        For each draw: ``activation``, ``seed``, ``first_share`` (:math:`|u_1^Ty|/\|y\|`), and relative residuals:
        ``optimal`` (step of Lemma 4.2), ``without_first`` (the same without the component along :math:`u_1`),
        ``conservative`` (:math:`\eta = 1/\lambda_{\max}`), ``near_edge`` (:math:`1.9/\lambda_{\max}`).
    """
    rows = []
    for name, seed, sigma, c in _spectra(table):
        norm = np.linalg.norm(c)
        kept = np.where(np.arange(len(c)) == 0, 0.0, c)
        best = _step(sigma, None)
        rows.append(
            {
                "activation": name,
                "seed": seed,
                "first_share": float(c[0] / norm),
                "optimal": float(residual_curve(sigma, c, best, steps) / norm),
                "without_first": float(residual_curve(sigma, kept, best, steps) / norm),
                "conservative": float(residual_curve(sigma, c, _step(sigma, 1.0), steps) / norm),
                "near_edge": float(residual_curve(sigma, c, _step(sigma, 1.9), steps) / norm),
            }
        )
    return pd.DataFrame(rows)


def filter_values(table: pd.DataFrame, steps: int = 20, multiple: float | None = None) -> pd.DataFrame:
    r"""Return eigenvalues of :math:`\hat H` and filter values :math:`f_k(\sigma_j)` for every draw and index.

    Returns
    -------
    DataFrame
        ``activation``, ``seed``, ``index``, ``eigenvalue``, ``share`` (:math:`\lambda_j/\lambda_1`), ``filter``.
    """
    tables = [
        pd.DataFrame(
            {
                "activation": name,
                "seed": seed,
                "index": np.arange(1, len(sigma) + 1),
                "eigenvalue": sigma**2,
                "share": (sigma / sigma[0]) ** 2,
                "filter": filter_factors(steps, _step(sigma, multiple), sigma),
            }
        )
        for name, seed, sigma, _ in _spectra(table)
    ]
    return pd.concat(tables, ignore_index=True)


def resolved_components(values: pd.DataFrame, levels=(0.5, 0.9)) -> pd.DataFrame:
    r"""Count, for every draw, the components with a filter value above each level.

    Returns
    -------
    DataFrame
        ``activation``, ``seed``, ``level``, ``count``.
    """
    groups = values.groupby(["activation", "seed"])["filter"]
    tables = [
        groups.agg(lambda f, level=level: int((f > level).sum()))
        .rename("count")
        .reset_index()
        .assign(level=level)
        for level in levels
    ]
    return pd.concat(tables, ignore_index=True)


def population_eigenvalues(data: str) -> dict[str, np.ndarray]:
    r"""Return the eigenvalues of the population matrix H for each activation, descending (dashed in Fig. 3).

    Eigenvalues below about 1e-13 of the largest one would be rounding; the smallest of Prostate-Cancer, with swish,
    is 2e-10 of it. Cost O(n^2 K) for K = 400 terms of the Funk-Hecke series.
    """
    x, _ = load(data)
    return {
        name: np.linalg.eigvalsh(population_gram(x, activation))[::-1]
        for name, activation in four_activations(x.shape[1]).items()
    }


def deviation_from_population(values: pd.DataFrame, population: dict[str, np.ndarray]) -> pd.DataFrame:
    r"""Return quantiles of the ratio of each eigenvalue of :math:`\hat H` to that of H over the draws.

    Returns
    -------
    DataFrame
        ``activation``, ``index``, ``low``, ``median``, ``high``.
    """
    limit = pd.concat(
        pd.DataFrame({"activation": name, "index": np.arange(1, len(v) + 1), "limit": v})
        for name, v in population.items()
    )
    merged = values.merge(limit, on=["activation", "index"])
    return bands(merged.assign(ratio=merged["eigenvalue"] / merged["limit"]), value="ratio", over="index")
