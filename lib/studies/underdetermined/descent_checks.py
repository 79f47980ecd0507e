r"""Checks of the Landweber formulas (4.2) to (4.4) and of Lemma A.6 on a small system, against steps really taken."""

import numpy as np
import pandas as pd

from twolayer.landweber import filter_factors, landweber_iterates, residual_curve
from twolayer.least_squares import gradient_descent, optimal_step


def closed_form_checks(seed: int, multiples, steps: int = 2000, n: int = 30, m: int = 80) -> pd.DataFrame:
    r"""Run gradient descent from zero on a Gaussian system and compare with the closed forms.

    Parameters
    ----------
    seed : int
        Of the system.
    multiples : sequence of float or None
        Steps in units of :math:`\|Z\|_2^{-2}`, ``None`` for that of Lemma 4.2.
    steps : int
        Number of steps, 200 of which are recorded.
    n, m : int
        Size of the system.

    Returns
    -------
    DataFrame
        ``multiple``, ``allowed`` (whether Lemma A.6 allows the step), ``steps``, and the largest differences over the
        records: ``iterates`` (relative to the norm of the iterate), ``residual`` (norms by the corrected (4.4),
        relative to the larger of the start and the residual), ``filter`` (:math:`f_k` from (4.3), for the step of
        Lemma 4.2 only). ``negative`` counts the records at which (4.4) as printed is the root of a negative number,
        for the singular vectors found or for their opposites, which serve as well.
    """
    rng = np.random.default_rng(seed)
    z, y = rng.standard_normal((n, m)) / np.sqrt(m), rng.standard_normal(n)
    u, sigma, _ = np.linalg.svd(z, full_matrices=False)
    c, records = u.T @ y, np.unique(np.linspace(1, steps, 200).astype(int))
    ratio = sigma**2 / (sigma[-1] ** 2 + sigma[0] ** 2)
    rows = []
    for multiple in multiples:
        eta = float(optimal_step(sigma)) if multiple is None else float(multiple / sigma[0] ** 2)
        path = gradient_descent(z, y, step=eta, iterations=steps, record_at=records)
        expected = landweber_iterates(z, y, eta, records)
        scale = np.maximum(path.residual_norms, np.linalg.norm(y))
        printed = [residual_curve(sigma, sign * c, eta, records, printed=True) for sign in (1, -1)]
        by_eigenvalues = 1 - (1 - 2 * ratio) ** records[:, None]
        rows.append(
            {
                "multiple": multiple,
                "allowed": eta * sigma[0] ** 2 < 1,
                "steps": steps,
                "iterates": float(
                    (
                        np.linalg.norm(path.iterates - expected, axis=1) / np.linalg.norm(expected, axis=1)
                    ).max()
                ),
                "residual": float(
                    (np.abs(path.residual_norms - residual_curve(sigma, c, eta, records)) / scale).max()
                ),
                "filter": (
                    float(np.abs(by_eigenvalues - filter_factors(records, eta, sigma)).max())
                    if multiple is None
                    else np.nan
                ),
                "negative": int(np.isnan(printed).any(axis=0).sum()),
            }
        )
    return pd.DataFrame(rows)
