r"""Checks of Lemma 4.2, Theorem 4.3 and Remark 6: gradient descent on the last layer, step by step.

Everything here is small enough to be computed live at both scales.
"""

import numpy as np
import pandas as pd

from studies.underdetermined.data import load
from twolayer.activations import wendland
from twolayer.concentration import chernoff_width, du_width
from twolayer.initialisation import sphere_points
from twolayer.kernels import relu_neural_tangent_gram
from twolayer.landweber import residual_bound
from twolayer.least_squares import contraction_rate, gradient_descent, least_norm_solution, optimal_step

LOWEST_BOUND = 1e-9
"""Below this share of the start rounding takes part in the residual, and the bound is no longer compared."""


def random_system(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a random Z of full row rank, labels and a start, of random sizes and condition number.

    Parameters
    ----------
    seed : int
        Of the draw.

    Returns
    -------
    z : ndarray of shape (n, m)
        With 2 <= n <= 40, n <= m <= 4 n, and singular values spread over up to two decades.
    y : ndarray of shape (n,)
        Standard normal labels.
    start : ndarray of shape (m,)
        A start of the size of the solution.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 41))
    m = int(rng.integers(n, 4 * n + 1))
    u = np.linalg.qr(rng.standard_normal((n, n)))[0]
    v = np.linalg.qr(rng.standard_normal((m, n)))[0]
    sigma = 10 ** (rng.uniform(0, 2) * rng.uniform(-1, 0, n)) * 10 ** rng.uniform(-1, 1)
    return (u * sigma) @ v.T, rng.standard_normal(n), rng.standard_normal(m) / sigma.mean()


def bound_curves(seeds, steps: int = 400) -> pd.DataFrame:
    r"""Run gradient descent with the step of Lemma 4.2 and compare each residual with the bound.

    Parameters
    ----------
    seeds : iterable of int
        One random system each; those with an odd seed start at a random point, the others at zero.
    steps : int
        Number of steps, all of them recorded.

    Returns
    -------
    DataFrame
        ``seed``, ``kappa`` (of :math:`ZZ^T`), ``step``, ``residual`` relative to the start, ``bound``, and ``ratio``
        of the two, for bounds above ``LOWEST_BOUND``. Cost O(n m) for each step.
    """
    tables = []
    for seed in seeds:
        z, y, start = random_system(seed)
        sigma = np.linalg.svd(z, compute_uv=False)
        path = gradient_descent(
            z,
            y,
            step=float(optimal_step(sigma)),
            iterations=steps,
            start=start if seed % 2 else None,
            record_at=range(steps + 1),
        )
        bound = residual_bound(sigma, path.steps)
        residual = path.residual_norms / path.residual_norms[0]
        table = pd.DataFrame(
            {
                "seed": seed,
                "kappa": float(sigma[0] / sigma[-1]) ** 2,
                "step": path.steps,
                "residual": residual,
                "bound": bound,
                "ratio": residual / np.maximum(bound, LOWEST_BOUND),
            }
        )
        tables.append(table[bound > LOWEST_BOUND])
    return pd.concat(tables, ignore_index=True)


def worst_start_ratio(seed: int) -> float:
    r"""Return residual over bound after some steps from the start whose residual lies along :math:`u_n`.

    It is 1: the bound of Lemma 4.2 cannot be improved for all starts. At most 50 steps, fewer where the bound falls
    below ``LOWEST_BOUND`` before.
    """
    z, y, _ = random_system(seed)
    u, sigma, vt = np.linalg.svd(z, full_matrices=False)
    start = vt.T @ ((u.T @ y + np.eye(len(y))[-1]) / sigma)  # Z start - y = u_n
    steps = int((residual_bound(sigma, range(1, 51)) > LOWEST_BOUND).sum())
    path = gradient_descent(z, y, step=float(optimal_step(sigma)), iterations=steps, start=start)
    return float(path.residual_norms[-1] / residual_bound(sigma, steps))


def rate_scan(sigma: np.ndarray, multiples: np.ndarray) -> pd.DataFrame:
    r"""Return :math:`\|I-\eta ZZ^T\|_2` and its two branches for :math:`\eta` in multiples of Lemma 4.2's step.

    Parameters
    ----------
    sigma : ndarray of shape (n,)
        Singular values of Z.
    multiples : ndarray
        Positive multiples of the step.

    Returns
    -------
    DataFrame
        ``multiple``, ``rate``, ``smallest`` (:math:`1-\eta\sigma_n^2`) and ``largest`` (:math:`\eta\sigma_1^2-1`).
    """
    etas = float(optimal_step(sigma)) * np.asarray(multiples, dtype=float)
    return pd.DataFrame(
        {
            "multiple": multiples,
            "rate": [float(contraction_rate(sigma, float(eta))) for eta in etas],
            "smallest": 1 - etas * sigma.min() ** 2,
            "largest": etas * sigma.max() ** 2 - 1,
        }
    )


def best_multiple(seeds, points: int = 201) -> np.ndarray:
    """Return, for each random system, where a scan over 0.5 to 1.5 times the step of Lemma 4.2 finds the minimum."""
    multiples = np.linspace(0.5, 1.5, points)
    sigmas = [np.linalg.svd(random_system(seed)[0], compute_uv=False) for seed in seeds]
    return np.array([multiples[rate_scan(sigma, multiples)["rate"].argmin()] for sigma in sigmas])


def small_features(seed: int, n: int = 12, m: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Return Wendland2 features of random points on the sphere in three dimensions, and random labels."""
    rng = np.random.default_rng(seed)
    x, weights = sphere_points(rng, n, 3), sphere_points(rng, m, 3)
    return wendland(2, 3)(x @ weights.T) / np.sqrt(m), rng.standard_normal(n)


def step_size_paths(z: np.ndarray, y: np.ndarray, multiples, steps: int) -> pd.DataFrame:
    r"""Run gradient descent from zero with several steps and measure the distance to the least-norm solution.

    Parameters
    ----------
    z : ndarray of shape (n, m)
        Features of full row rank.
    y : ndarray of shape (n,)
        Labels.
    multiples : sequence of float
        Steps in units of :math:`1/\lambda_{\max}(\hat H)`; 0 stands for the step of Remark 6.
    steps : int
        Number of steps; a path that diverges is followed for a tenth of them.

    Returns
    -------
    DataFrame
        ``multiple``, ``step``, ``error`` (:math:`\|\alpha_{ln}-\alpha^{(\ell)}\|/\|\alpha_{ln}\|`), ``bound`` (that of
        Theorem 4.3, in the same unit) and ``rate`` (:math:`\max_j|1-\eta\lambda_j|`). Cost O(n m) for each step.
    """
    solved = least_norm_solution(z, y)
    sigma, size = solved.singular_values, np.linalg.norm(solved.solution)
    tables = []
    for multiple in multiples:
        eta = multiple / sigma[0] ** 2 if multiple else float(optimal_step(sigma))
        rate = float(contraction_rate(sigma, float(eta)))
        last = steps if rate < 1 else steps // 10
        recorded = sorted({int(k) for k in np.linspace(0, last, 161)})
        path = gradient_descent(z, y, step=float(eta), iterations=last, record_at=recorded)
        error = np.linalg.norm(path.iterates - solved.solution, axis=1) / size
        table = {"multiple": multiple, "step": path.steps, "error": error, "rate": rate}
        table["bound"] = np.linalg.norm(y) / sigma[-1] / size * rate ** path.steps.astype(float)
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)


def fitted_slopes(paths: pd.DataFrame) -> pd.DataFrame:
    r"""Fit the slope of the logarithm of the error in the second half of each path, where one component is left.

    Returns
    -------
    DataFrame
        ``multiple``, ``rate``, ``slope`` (fitted), ``theory`` (:math:`\log\max_j|1-\eta\lambda_j|`), ``final`` (the
        last error). Points within 1e-12 of the solution are left out.
    """
    rows = []
    for multiple, path in paths.groupby("multiple", sort=False):
        used = path[path["error"] > 1e-12]
        used = used[used["step"] >= used["step"].max() / 2]
        slope = np.polyfit(used["step"], np.log(used["error"]), 1)[0]
        rows.append(
            {
                "multiple": multiple,
                "rate": path["rate"].iloc[0],
                "slope": slope,
                "theory": np.log(path["rate"].iloc[0]),
                "final": path["error"].iloc[-1],
            }
        )
    return pd.DataFrame(rows)


def limits_of_starts(z: np.ndarray, y: np.ndarray, seeds, steps: int) -> pd.DataFrame:
    r"""Run gradient descent from random starts and compare the end with :math:`\alpha_{ln}+(I-Z^+Z)\alpha^{(0)}`.

    Returns
    -------
    DataFrame
        ``seed`` (-1 for the start at zero), ``residual`` (relative to the labels), ``norm`` (of the end, over that of
        the least-norm solution), ``to_least_norm`` and ``to_prediction`` (distances in the same unit).
    """
    solved = least_norm_solution(z, y)
    _, sigma, vt = np.linalg.svd(z, full_matrices=False)
    size, rows = np.linalg.norm(solved.solution), []
    for seed in (-1, *seeds):
        start = np.random.default_rng(seed).standard_normal(z.shape[1]) if seed >= 0 else np.zeros(z.shape[1])
        start *= size / max(np.linalg.norm(start), 1e-300)
        path = gradient_descent(z, y, step=float(optimal_step(sigma)), iterations=steps, start=start)
        end, predicted = path.iterates[0], solved.solution + start - vt.T @ (vt @ start)
        rows.append(
            {
                "seed": seed,
                "residual": path.residual_norms[0] / np.linalg.norm(y),
                "norm": np.linalg.norm(end) / size,
                "to_least_norm": np.linalg.norm(end - solved.solution) / size,
                "to_prediction": np.linalg.norm(end - predicted) / size,
            }
        )
    return pd.DataFrame(rows)


def width_comparison(spectra: pd.DataFrame, failure: float = 0.05) -> pd.DataFrame:
    r"""Return the widths of Theorem 4.3 and of Du et al. on the data sets, from the rows of the population spectra.

    Parameters
    ----------
    spectra : DataFrame
        Columns ``data``, ``activation``, ``n``, ``bound``, ``smallest`` and ``largest`` (eigenvalues of H), as in the
        study ``underdetermined/population-spectrum``.
    failure : float
        The failure probability :math:`\delta`.

    Returns
    -------
    DataFrame
        One row for each data set: ``data``, ``n``, ``tangent`` (:math:`\lambda_{\min}(G)`, 0 when rounding), ``du``,
        ``du_printed`` (with the misprinted factor 1/d in G), and the width of Theorem 4.3 for each activation in a
        column of its name. Widths are infinite where the matrix is numerically singular. Cost O(n^3).
    """
    rows = []
    for data, group in spectra.groupby("data", sort=False):
        n = int(group["n"].iloc[0])
        x = load(data)[0][:n]
        eigenvalues = np.linalg.eigvalsh(relu_neural_tangent_gram(x))
        regular = eigenvalues[0] > n * np.finfo(float).eps * eigenvalues[-1]
        row = {
            "data": data,
            "n": n,
            "tangent": float(eigenvalues[0]) if regular else 0.0,
            "du": float(du_width(n, eigenvalues[0], failure)) if regular else np.inf,
            "du_printed": float(du_width(n, eigenvalues[0] / x.shape[1], failure)) if regular else np.inf,
        }
        for item in group.itertuples():
            sound = item.smallest > 1e-15 * item.largest
            row[item.activation] = (
                float(chernoff_width(n, item.bound, item.smallest, failure)) if sound else np.inf
            )
        rows.append(row)
    return pd.DataFrame(rows)
