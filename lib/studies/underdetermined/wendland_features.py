"""Wendland functions as activations (section 3.4): parity, smoothness, definiteness, and the width as a dial."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR
from studies.underdetermined.data import load
from twolayer.activations import activation_by_name, wendland
from twolayer.conditioning import (
    NUMERICALLY_SINGULAR,
    condition_number,
    numerical_rank,
    singular_values_by_width,
)
from twolayer.datasets import cube_vertices
from twolayer.funk_hecke import population_gram
from twolayer.initialisation import sphere_points
from twolayer.wendland import wendland_function


def parts(activation, z):
    r"""Return the even and the odd part of an activation.

    Parameters
    ----------
    activation : callable
        :math:`\gamma`.
    z : ndarray
        Arguments, with their opposites in the activation's domain.

    Returns
    -------
    even, odd : ndarray
        :math:`(\gamma(z) \pm \gamma(-z))/2`.
    """
    above, below = activation(z), activation(-z)
    return (above + below) / 2, (above - below) / 2


def printed_parts(smoothness, dimension, zeta, z):
    r"""Return the even and the odd part by the piecewise formula in the proof of Theorem 3.4.

    Parameters
    ----------
    smoothness, dimension : int
        k and d.
    zeta : float
        Width, for which the formula holds if :math:`\zeta \le \sqrt 2`.
    z : ndarray
        Arguments in [-1, 1].

    Returns
    -------
    even, odd : ndarray
        Zero for :math:`|z| < 1 - \zeta^2/2`.
    """
    outside = np.abs(z) >= 1 - zeta**2 / 2
    radius = np.sqrt(np.maximum(2 - 2 * np.abs(z), 0)) / zeta
    half = np.where(outside, wendland_function(radius, smoothness, dimension), 0.0) / 2
    return half, np.sign(z) * half


def readings(smoothness, dimension, zeta, z):
    r"""Return the activation by the three formulas that the paper prints (errata E12).

    Parameters
    ----------
    smoothness, dimension : int
        k and d.
    zeta : float
        Width.
    z : ndarray
        Arguments in [-1, 1].

    Returns
    -------
    dict of str to ndarray
        ``(3.7)``: z itself as the radius; its negative values, which are no radii, are taken to their absolute
        values. ``Theorem 3.4``: :math:`\phi_{d,k,\zeta}` of :math:`\sqrt{2-2z}/\zeta`, which divides by
        :math:`\zeta` twice. ``Table 1``: :math:`\phi_{d,k}(\sqrt{2-2z}/\zeta)`.
    """
    radius = np.sqrt(np.maximum(2 - 2 * z, 0))
    return {
        "(3.7)": wendland_function(np.abs(z) / zeta, smoothness, dimension),
        "Theorem 3.4": wendland_function(radius / zeta**2, smoothness, dimension),
        "Table 1": wendland_function(radius / zeta, smoothness, dimension),
    }


def slopes_at_one(dimension, steps):
    r"""Return the difference quotients :math:`(\gamma(1) - \gamma(1-h))/h` of the four activations.

    Parameters
    ----------
    dimension : int
        d.
    steps : array_like of shape (k,)
        Numbers h in (0, 1].

    Returns
    -------
    DataFrame
        Columns ``h`` and the names of the four activations.
    """
    h = np.asarray(steps, dtype=np.float64)
    quotients = {}
    for name in FOUR:
        activation = activation_by_name(name, dimension)
        quotients[name] = (activation(1.0) - activation(1 - h)) / h
    return pd.DataFrame({"h": h, **quotients})


def power_series_in_radius(smoothness, dimension, zeta=1.0):
    r"""Return the coefficients of :math:`\phi_{d,k}(r/\zeta)` on its support as a polynomial in r, constant first.

    The first odd power is :math:`r^{2k+1}`: as a function of :math:`z = 1 - r^2/2` the activation has a half-integer
    power of 1 - z there, and so have its even and its odd part, for every :math:`\zeta > 0`.

    Parameters
    ----------
    smoothness, dimension : int
        k and d.
    zeta : float
        Width.

    Returns
    -------
    ndarray of float64
        Coefficients.
    """
    polynomial = np.polynomial.Polynomial
    exponent = dimension // 2 + (1 if smoothness == 0 else 5)
    series = polynomial([1.0, -1.0]) ** exponent
    if smoothness == 2:
        series = series * polynomial([3.0, 3.0 * exponent, exponent**2 - 1.0])
    return series.coef / zeta ** np.arange(len(series.coef))


def definiteness_table(seed):
    r"""Return :math:`\lambda_{\min}(H)` and the condition number for the four activations on several point sets.

    Parameters
    ----------
    seed : int
        Of the uniform sets; Synthetic-2 is the book's.

    Returns
    -------
    DataFrame
        Columns ``points``, ``n``, ``d``, ``activation``, ``smallest``, ``relative`` (over the largest eigenvalue).
    """
    rng = np.random.default_rng(seed)
    sets = {
        "bad points, $d=3$": cube_vertices(3),
        "bad points, $d=10$": cube_vertices(10),
        "Synthetic-2": load("Synthetic-2")[0],
        "uniform, $d=3$": sphere_points(rng, 50, 3),
        "uniform, $d=8$": sphere_points(rng, 50, 8),
        "uniform, $d=10$": sphere_points(rng, 50, 10),
    }
    rows = []
    for title, x in sets.items():
        for name in FOUR:
            values = np.linalg.eigvalsh(population_gram(x, activation_by_name(name, x.shape[1])))
            rows.append(
                {
                    "points": title,
                    "n": len(x),
                    "d": x.shape[1],
                    "activation": name,
                    "smallest": float(values[0]),
                    "relative": float(values[0] / values[-1]),
                }
            )
    return pd.DataFrame(rows)


def rank_by_width(x, widths, seed):
    """Return the numerical ranks of the four activations' features at nested widths.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Unit points.
    widths : sequence of int
        Increasing.
    seed : int
        Of the weights.

    Returns
    -------
    DataFrame
        A column ``width`` and one for each activation.
    """
    a = sphere_points(np.random.default_rng(seed), widths[-1], x.shape[1])
    tested = [activation_by_name(name, x.shape[1]) for name in FOUR]
    ranks = numerical_rank(singular_values_by_width(x, a, tested, widths))
    return pd.DataFrame({"width": list(widths), **dict(zip(FOUR, ranks.tolist(), strict=True))})


@dataclass(frozen=True)
class ZetaCell:
    """One width zeta of a Wendland activation on one data set, with several draws of the hidden weights."""

    data: str
    smoothness: int
    zeta: float
    points: int
    ratio: int
    draws: int
    seed: int


def zeta_rows(cell):
    r"""Return :math:`\kappa(H)`, and :math:`\kappa(\hat H)` and the number of dead points at a finite width.

    A point is dead if no neuron is active there: its row of Z is zero, and no label but zero can be fitted.
    Condition numbers of the finite network are capped where they mean no more than "numerically singular".
    """
    x = load(cell.data)[0][: cell.points]
    n, dimension = x.shape
    activation = wendland(cell.smoothness, dimension, cell.zeta)
    kink = 1 - cell.zeta**2 / 2
    population = population_gram(x, activation, kinks=(kink,) if abs(kink) > 1e-9 else ())
    spectrum = np.linalg.eigvalsh(population)
    kappas, dead = [], []
    for draw in range(cell.draws):
        a = sphere_points(np.random.default_rng((cell.seed, draw)), cell.ratio * n, dimension)
        values = singular_values_by_width(x, a, [activation], [len(a)])[0, 0]
        kappas.append(float(condition_number(values)))
        dead.append(int(((x @ a.T).max(axis=1) <= kink).sum()))
    quantiles = np.quantile(np.minimum(kappas, NUMERICALLY_SINGULAR), (0.1, 0.5, 0.9))
    return [
        {
            "n": n,
            "kappa_population": float(spectrum[-1] / spectrum[0]) if spectrum[0] > 0 else float("inf"),
            "mean_square": float(population[0, 0]),
            **{name: float(q) for name, q in zip(("low", "median", "high"), quantiles, strict=True)},
            "dead": float(np.mean(dead)),
        }
    ]


ZETAS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 2**0.5, 1.5, 1.6, 1.7, 1.8, 1.9)


def zeta_cells(scale):
    """Return the grid of widths zeta for both Wendland activations on two data sets."""
    points, draws, zetas = (100, 30, ZETAS) if scale == "paper" else (40, 3, ZETAS[3::3])
    return [
        ZetaCell(data, smoothness, zeta, points, 10, draws, 4)
        for data in ("Synthetic-2", "Prostate-Cancer")
        for smoothness in (0, 2)
        for zeta in zetas
    ]


ZETA = Study(
    name="underdetermined/wendland-zeta",
    description="Conditioning of Wendland features against the width zeta of their support.",
    compute=zeta_rows,
    cells=zeta_cells,
    # Condition numbers up to 1e10 from eigenvalues are known to 1e-5; up to 1e16 from singular values, to 1e-7.
    tolerances={
        "kappa_population": Tolerance(1e-4),
        "mean_square": Tolerance(1e-9),
        **{name: Tolerance(1e-6) for name in ("low", "median", "high")},
    },
    timeout=600.0,
)
