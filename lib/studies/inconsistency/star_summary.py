r"""Probabilities, horizons and spectra of the star experiment, from its table and from small live computations."""

import numpy as np
import pandas as pd

from studies.inconsistency.star import NEVER
from twolayer.crossing import simulate_crossings
from twolayer.half_sided_datasets import six_points
from twolayer.star import (
    STEP_RULES,
    star_networks,
    step_sizes,
    tangent_gram,
    train_on_star,
    weighted_spectrum,
)
from twolayer.star_data import POINTS, RADII, star_points
from twolayer.star_reference import train_plainly
from twolayer.statistics import wilson_interval

RADIAL = sum(r**2 for r in RADII) / len(RADII)
"""Mean square of the radius, a factor of every eigenvalue of the limit."""

LIMITS = {
    "constant": RADIAL * 2 / np.pi**2,
    "first harmonics": RADIAL / 8,
    "radial": (3 / 2 + 1 / 242) * (1 - 1 / RADIAL),
}
r"""For wide networks and large samples: the largest eigenvalues of K / (n m), and the twelfth of K / n."""


def probabilities(table: pd.DataFrame, horizons, event: str = "kink") -> pd.DataFrame:
    """Count the networks in which an event happened by given steps.

    Parameters
    ----------
    table : DataFrame
        Rows of ``studies.inconsistency.star.STAR``.
    horizons : sequence of int
        Numbers of steps, at most the horizon of the table.
    event : {"kink", "low"}
        Which.

    Returns
    -------
    DataFrame
        One row for each rule, width and horizon: ``networks``, ``count``, ``probability`` and the ends ``low_end``,
        ``high_end`` of its 95 % Wilson interval. Cost O(rows * horizons).

    Raises
    ------
    ValueError
        For a horizon beyond that of the table.
    """
    if max(horizons) > table["horizon"].min():
        raise ValueError(
            f"horizons up to {max(horizons)}: the networks were trained for {table['horizon'].min()} steps only"
        )
    rows = []
    for (rule, m), group in table.groupby(["rule", "m"], sort=True):
        steps = group[event].to_numpy()
        for horizon in horizons:
            count = int(((steps != NEVER) & (steps <= horizon)).sum())
            low, high = wilson_interval(count, len(steps))
            rows.append(
                (rule, int(m), int(horizon), len(steps), count, count / len(steps), float(low), float(high))
            )
    columns = ["rule", "m", "horizon", "networks", "count", "probability", "low_end", "high_end"]
    return pd.DataFrame(rows, columns=columns)


def final_losses(table: pd.DataFrame) -> pd.DataFrame:
    """Summarise the ends: neurons that crossed, and how far above the best arm-wise affine loss the networks stop.

    Parameters
    ----------
    table : DataFrame
        Rows of the study.

    Returns
    -------
    DataFrame
        For each rule and width: how many networks ``stayed`` (no crossing), how many ``crossed`` without falling below
        the threshold, ``largest_stayed`` and ``least_stayed``, the extreme excess losses of the former (NaN without
        any), and ``mean_neurons``, the mean number of neurons that have crossed. Cost O(rows).
    """
    rows = []
    for (rule, m), group in table.groupby(["rule", "m"], sort=True):
        stayed = group[group["kink"] == NEVER]
        rows.append(
            {
                "rule": rule,
                "m": int(m),
                "networks": len(group),
                "stayed": len(stayed),
                "crossed only": int(((group["kink"] != NEVER) & (group["low"] == NEVER)).sum()),
                "low": int((group["low"] != NEVER).sum()),
                "least_stayed": float(stayed["excess"].min()),
                "largest_stayed": float(stayed["excess"].max()),
                "mean_neurons": float(group["crossed"].mean()),
            }
        )
    return pd.DataFrame(rows)


def spectra(widths, count: int, seed: int) -> pd.DataFrame:
    r"""Return the spectrum of the tangent kernel at initialisation, and the step sizes, averaged over networks.

    Parameters
    ----------
    widths : sequence of int
        Widths m.
    count, seed : int
        Networks for each width, and their seed.

    Returns
    -------
    DataFrame
        For each width: ``largest`` and ``harmonics``, the largest and the mean of the next two eigenvalues of
        :math:`\sqrt\omega K_0 \sqrt\omega / m`; ``angular``, the eleventh, divided by m;
        ``radial`` and ``slowest``, the twelfth and the 22nd (not divided by m); ``null``, the
        largest of the eleven others relative to the top; ``stated`` and ``published``, m h under both rules, and
        ``ratio``, the mean quotient. Cost O(count (m + 33^3)) for each.
    """
    rows = []
    for m in widths:
        networks = star_networks(seed, m, 0, count)
        values = weighted_spectrum(networks)
        steps = {rule: step_sizes(networks, rule) for rule in STEP_RULES}
        rows.append(
            {
                "m": m,
                "largest": float(values[:, 0].mean() / m),
                "error": float(values[:, 0].std(ddof=1) / m / np.sqrt(count)),
                "harmonics": float(values[:, 1:3].mean() / m),
                "angular": float(values[:, 10].mean() / m),
                "radial": float(values[:, 11].mean()),
                "slowest": float(values[:, 21].mean()),
                "null": float((np.abs(values[:, 22:]).max(axis=1) / values[:, 0]).max()),
                "stated": float(m * steps["stated"].mean()),
                "published": float(m * steps["published"].mean()),
                "ratio": float((steps["stated"] / steps["published"]).mean()),
                # What a million steps leave of the slowest component in the linear theory.
                "left": float(np.exp(-1e6 * steps["stated"] * values[:, 21]).mean()),
                "left_published": float(np.exp(-1e6 * steps["published"] * values[:, 21]).mean()),
            }
        )
    return pd.DataFrame(rows)


def kernel_rank(m: int, seed: int) -> int:
    """Return the rank of the tangent kernel of one network of width m at the 33 points, at relative tolerance 1e-12."""
    return int(
        np.linalg.matrix_rank(tangent_gram(star_networks(seed, m, 0, 1))[0], rtol=1e-12, hermitian=True)
    )


def agreement(width: int, count: int, horizon: int, seed: int, rule: str = "stated") -> dict:
    """Train networks by the engine and neuron by neuron, and compare.

    Parameters
    ----------
    width, count, horizon, seed : int
        Networks and steps.
    rule : {"stated", "published"}
        Step rule.

    Returns
    -------
    dict
        ``networks``; ``crossed`` among them; ``equal``, in how many both events come at the same steps; ``difference``,
        the largest between entries of neurons at the end. Cost O(33 count m horizon), for the plain simulator.
    """
    networks = star_networks(seed, width, 0, count)
    step = step_sizes(networks, rule)
    fast = train_on_star(networks, step, horizon, neurons=True)
    plain = [
        train_plainly(a, w, weights, h, horizon)
        for a, w, weights, h in zip(networks.a, networks.w, networks.weights, step, strict=True)
    ]
    same = [r["kink"] == k and r["low"] == low for r, k, low in zip(plain, fast.kink, fast.low, strict=True)]
    ended = [np.abs(r["neurons"] - n).max() for r, n in zip(plain, fast.neurons, strict=True) if r["low"] < 0]
    return {
        "networks": count,
        "crossed": int((fast.kink > 0).sum()),
        "equal": int(sum(same)),
        "difference": float(max(ended)),
    }


def line_probabilities(widths, trials: int, seed: int) -> pd.DataFrame:
    """Return the crossing probability on the line (Section 9.1, gradient descent with the largest step).

    Parameters
    ----------
    widths : sequence of int
        Widths m.
    trials, seed : int
        Trainings for each width, and their seed.

    Returns
    -------
    DataFrame
        ``m``, ``count``, ``networks``, ``probability``, ``low_end``, ``high_end``. Cost some 200 m steps a training.
    """
    rows = []
    for m in widths:
        count = simulate_crossings(six_points(), m, range(trials), seed, sample_size=m**2).count("crossed")
        low, high = wilson_interval(count, trials)
        rows.append((m, count, trials, count / trials, float(low), float(high)))
    return pd.DataFrame(rows, columns=["m", "count", "networks", "probability", "low_end", "high_end"])


def points_table() -> pd.DataFrame:
    """Return the 33 points of Figure 7 with their labels."""
    x, y = star_points()
    return pd.DataFrame({"arm": np.arange(POINTS) // 3, "x1": x[:, 0], "x2": x[:, 1], "y": y})
