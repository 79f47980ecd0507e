r"""Lemmas 2.4 and 2.5 by Monte Carlo: how often the Gram matrix of a finite width misses the population matrix.

The lemmas' widths are within reach where :math:`\lambda_{\min}(H)` is large. Three such cases:

* *cube*: the eight bad points with Wendland2 in dimension 3;
* *orthonormal*: ten orthonormal points with ReLU;
* *single*: one point and a steep ramp that is 1 with probability about ``RAMP_SHARE`` and else 0, which shows that
  Lemma 2.5 is not true as printed (errata E2).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from companion.study import Study
from twolayer.activations import relu, wendland
from twolayer.concentration import bernstein_width, chernoff_width
from twolayer.datasets import cube_vertices
from twolayer.funk_hecke import population_gram
from twolayer.initialisation import sphere_points

RAMP_SHARE = 0.05
"""Probability that the ramp is 1 on the sphere in three dimensions, where one coordinate is uniform on [-1, 1]."""

RAMP_WIDTH = 1e-5
"""Length over which the ramp climbs: continuous, with Lipschitz constant 1e5."""

FAILURES = (0.05, 0.001)
"""Failure probabilities for which the lemmas' widths are computed and tried."""

ENTRIES_AT_ONCE = 2_000_000
"""Features held in memory at once."""

EVENTS = ("lower_tail", "upper_tail", "chernoff", "bernstein", "wider_bernstein", "singular")
r"""What is counted: :math:`\lambda_{\min}(\hat H) \le \lambda_{\min}(H)/2`; :math:`\lambda_{\max}(\hat H) \ge
2\lambda_{\max}(H)`; either; :math:`\|\hat H - H\|_2 \ge \lambda_{\min}(H)/2`; the same with
:math:`\lambda_{\min}(H)`; a numerically singular :math:`\hat H`."""

SINGULAR = 1e-12
"""Share of the largest eigenvalue below which the smallest counts as zero."""


def ramp(z):
    r"""Return 0 up to :math:`1 - 2p`, then a steep line, then 1 from there on, with p = ``RAMP_SHARE``."""
    return np.clip((z - (1 - 2 * RAMP_SHARE)) / RAMP_WIDTH + 1, 0.0, 1.0)


@dataclass(frozen=True)
class Case:
    """Points, activation and population matrix of one experiment.

    Attributes
    ----------
    title : str
        What figures call it.
    points : ndarray of shape (n, d)
        Unit points as rows.
    activation : callable
        Acts entrywise.
    bound : float
        C.
    population : ndarray of shape (n, n)
        H.
    """

    title: str
    points: np.ndarray
    activation: object
    bound: float
    population: np.ndarray

    @property
    def eigenvalues(self):
        """Smallest and largest eigenvalue of H."""
        values = np.linalg.eigvalsh(self.population)
        return float(values[0]), float(values[-1])

    @property
    def row_bound(self):
        r"""The largest :math:`\|\gamma(Xw)\|^2` seen: over random directions w and the points themselves."""
        return largest_squared_feature(self.points, self.activation)


def largest_squared_feature(points, activation, directions=20_000, seed=0):
    r"""Return :math:`\max_w \sum_i \gamma(\langle x_i, w\rangle)^2` over random directions and the points.

    The lemmas bound it by :math:`nC^2`. The maximum over finitely many directions is an estimate from below of the
    supremum over the sphere.

    Parameters
    ----------
    points : ndarray of shape (n, d)
        Unit points as rows.
    activation : callable
        Acts entrywise.
    directions : int
        Number of random directions.
    seed : int
        Of the directions.

    Returns
    -------
    float
        The maximum. Cost O(n d directions).
    """
    random = sphere_points(np.random.default_rng(seed), directions, points.shape[1])
    largest = [(activation(points @ w.T) ** 2).sum(axis=0).max() for w in (random, points)]
    return float(max(largest))


@cache
def case(name):
    """Return a case by name: ``cube``, ``orthonormal`` or ``single``."""
    if name == "cube":
        points, activation = cube_vertices(), wendland(2, 3)
        return Case(
            "cube, Wendland2", points, activation, activation.bound, population_gram(points, activation)
        )
    if name == "orthonormal":
        points = np.eye(10)
        return Case("orthonormal, ReLU", points, relu(), 1.0, population_gram(points, relu()))
    if name == "single":
        # One coordinate is uniform on [-1, 1] in three dimensions: E[ramp^2] = share - (1/2)(2/3) length.
        population = np.array([[RAMP_SHARE + RAMP_WIDTH / 6]])
        return Case("one point, ramp", np.array([[0.0, 0.0, 1.0]]), ramp, 1.0, population)
    raise ValueError(f"no case is named {name!r}; choose cube, orthonormal or single")


def sufficient_widths(name, failure):
    """Return the widths of Lemmas 2.4 and 2.5 for a case: a dict of label to integer."""
    here = case(name)
    n, bound, (smallest, largest) = len(here.points), here.bound, here.eigenvalues
    widths = {
        "chernoff": chernoff_width(n, bound, smallest, failure),
        "chernoff, exact constant": chernoff_width(n, bound, smallest, failure, constant="exact"),
        "chernoff, sharper row bound": chernoff_width(n, bound, smallest, failure, row_bound=here.row_bound),
        "bernstein, printed": bernstein_width(n, bound, smallest, largest, failure, printed=True),
        "bernstein, corrected": bernstein_width(n, bound, smallest, largest, failure),
    }
    return {label: int(np.ceil(width)) for label, width in widths.items()}


@dataclass(frozen=True)
class FailureCell:
    """Independent draws of all hidden weights at one width."""

    case: str
    width: int
    draws: int
    seed: int


def failure_rows(cell):
    """Count in how many draws the conclusions of Lemmas 2.4 and 2.5 fail."""
    here = case(cell.case)
    n, dimension = here.points.shape
    smallest, largest = here.eigenvalues
    rng = np.random.default_rng((cell.seed, cell.width))
    counts = np.zeros(len(EVENTS), dtype=int)
    block = max(1, ENTRIES_AT_ONCE // (n * cell.width))
    for start in range(0, cell.draws, block):
        a = sphere_points(rng, cell.width, dimension, (min(block, cell.draws - start),))
        features = here.activation(here.points @ np.swapaxes(a, -1, -2))  # (block, n, m)
        grams = features @ np.swapaxes(features, -1, -2) / cell.width
        low, high = np.linalg.eigvalsh(grams)[:, [0, -1]].T
        deviation = np.abs(np.linalg.eigvalsh(grams - here.population)).max(axis=-1)
        too_low, too_high = low <= smallest / 2, high >= 2 * largest
        far, farther = deviation >= smallest / 2, deviation >= smallest
        events = (too_low, too_high, too_low | too_high, far, farther, low <= SINGULAR * high)
        counts += np.array([event.sum() for event in events])
    return [dict(zip(EVENTS, counts.tolist(), strict=True))]


WIDTHS = {
    "cube": (10, 20, 30, 50, 70, 100, 150, 200, 250, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 5000),
    "orthonormal": (10, 20, 30, 50, 70, 100, 150, 200, 300, 400, 500, 700, 1000, 2000, 5000),
    "single": (20, 50, 100, 150, 300, 400, 1000),
}


def failure_cells(scale):
    """Return the widths of the grid and, for every case, the widths of the lemmas, each in batches of draws."""
    batches, draws, step, widest = (4, 1000, 1, np.inf) if scale == "paper" else (1, 40, 5, 25_000)
    cells = []
    for name, grid in WIDTHS.items():
        failures = FAILURES if name == "single" else FAILURES[:1]
        bounds = {width for failure in failures for width in sufficient_widths(name, failure).values()}
        # One point is cheap, and to tell a failure rate of 0.008 from 0.001 takes many draws.
        repeat = 10 if name == "single" else 1
        cells += [
            FailureCell(name, width, repeat * draws, seed)
            for width in sorted({*grid[::step], *bounds})
            for seed in range(1, batches + 1)
            if width <= widest
        ]
    return cells


FAILURE = Study(
    name="underdetermined/finite-width",
    description="How often the Gram matrix of a finite width violates the conclusions of Lemmas 2.4 and 2.5.",
    compute=failure_rows,
    cells=failure_cells,
    # Counts compare exactly: an eigenvalue within rounding of its threshold has probability below 1e-9.
    timeout=1800.0,
)


def failure_counts(table):
    """Add up the batches of draws: one row for each case and width, with the events and the number of draws.

    Parameters
    ----------
    table : DataFrame
        Rows of ``FAILURE``.

    Returns
    -------
    DataFrame
        Columns ``case``, ``width``, ``draws`` and ``EVENTS``, the widths increasing.
    """
    return table.groupby(["case", "width"], sort=True)[["draws", *EVENTS]].sum().reset_index()


def width_for_failure(widths, failures, draws, level=0.05):
    r"""Return the width at which the failure rate falls to a level, between the grid's widths.

    Interpolates the logarithm of the rate linearly in the width, across the first step on which the rate falls
    from above the level to below it; a count of zero is taken as half an event.

    Parameters
    ----------
    widths, failures : array_like of int, shape (k,)
        Increasing widths and the number of failed draws at each.
    draws : array_like of int
        Number of draws at each width.
    level : float
        The rate sought.

    Returns
    -------
    float
        The width.

    Raises
    ------
    ValueError
        If the rate does not fall through the level on the grid.
    """
    widths = np.asarray(widths, dtype=np.float64)
    rates = np.maximum(np.asarray(failures, dtype=np.float64), 0.5) / np.asarray(draws)
    falls = np.flatnonzero((rates[:-1] > level) & (rates[1:] <= level))
    if len(falls) == 0:
        raise ValueError(f"the failure rate does not fall through {level} on the grid of widths")
    i = falls[0]
    share = np.log(rates[i] / level) / np.log(rates[i] / rates[i + 1])
    return float(widths[i] + share * (widths[i + 1] - widths[i]))
