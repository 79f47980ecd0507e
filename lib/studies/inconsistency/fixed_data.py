"""One data set and ever wider networks: Corollary 12 on the six points of Example 1, and poisoned data."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from twolayer.activations import relu
from twolayer.adversarial import with_adversarial_points
from twolayer.closed_system import largest_step, neuron_moments
from twolayer.crossing import simulate_crossings
from twolayer.half_sided import WeightedData, half_sided_moments, half_sided_regression, half_sided_risk
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he
from twolayer.line_descent import descent_on_line
from twolayer.network import network
from twolayer.sorted_descent import train_sorted
from twolayer.statistics import wilson_interval

RANGE_EXPONENTS = (0.0, 0.125, 0.25)
"""Values of the exponent gamma_data of Theorem 10 at which kinks are watched."""

CAP = 10**8
"""Steps after which a training would count as unfinished; the certificate ends it long before."""

RISK_STEPS = 40
"""How many losses of a single run are recorded, evenly on a logarithmic scale."""


@dataclass(frozen=True)
class WidthCell:
    """Trainings of networks of one width."""

    width: int
    trials: int
    seed: int


@dataclass(frozen=True)
class RangeCell:
    """Trainings of networks of one width, watched at the distance m to the power of minus an exponent."""

    width: int
    range_exponent: float
    trials: int
    seed: int


GHOST_WEIGHT = 1e-200
"""Weight of a point that is watched but not learned from: far below rounding of everything it is added to."""


def watched_at(data: WeightedData, distance: float) -> WeightedData:
    """Return the data with two points at the given distance from zero that weigh nothing.

    The simulation stops at kinks that reach the nearest point; these points bring the watch closer to zero and change
    no moment of the data.
    """
    x, y = np.append(data.x, [-distance, distance]), np.append(data.y, [0.0, 0.0])
    return WeightedData(x, y, np.append(data.weights, [GHOST_WEIGHT, GHOST_WEIGHT]))


def tent() -> tuple[np.ndarray, np.ndarray]:
    r"""Return twelve points that networks learn: :math:`y = \operatorname{sgn}(x)\,\min(2|x|, 7 - 2|x|)`.

    Both half-sided lines are constant, 2 and -2: with intercepts as large as the labels the kinks do move.
    """
    t = np.arange(1, 7) / 2
    labels = np.minimum(2 * t, 7 - 2 * t)
    return np.concatenate([-t[::-1], t]), np.concatenate([-labels[::-1], labels])


def try_adversarial(count: int, seed: int) -> pd.DataFrame:
    """Add the points of Lemma J.1 to random data sets of every kind.

    Parameters
    ----------
    count : int
        Number of data sets, shared by the kinds.
    seed : int
        Of the data sets.

    Returns
    -------
    DataFrame
        Columns ``kind``, ``added`` (number of points) and ``relative_intercept`` (the larger one of the two sides
        afterwards, in units of the largest label).
    """
    rng = np.random.default_rng(seed)
    rows = []
    for index in range(count):
        kind = ADVERSARIAL_KINDS[index % len(ADVERSARIAL_KINDS)]
        x = rng.normal(size=rng.integers(2, 30))
        if kind == "an empty side":
            x = np.abs(x)
        elif kind == "one point":
            x = x[:1]
        elif kind == "a repeated point":
            x = np.where(x > 0, x, -1.0)
        longer, labels = with_adversarial_points(x, rng.normal(size=x.size))
        lines = half_sided_regression(WeightedData(longer, labels))
        relative = float(np.abs(lines[:, 1]).max() / np.abs(labels).max())
        rows.append({"kind": kind, "added": longer.size - x.size, "relative_intercept": relative})
    return pd.DataFrame(rows)


ADVERSARIAL_KINDS = ("both sides", "an empty side", "one point", "a repeated point")


def poisoned_tent() -> WeightedData:
    """Return the tent with the points of Lemma J.1 added."""
    return WeightedData(*with_adversarial_points(*tent()))


def _counts(data: WeightedData, cell: WidthCell | RangeCell) -> dict:
    ended = simulate_crossings(data, cell.width, range(cell.trials), cell.seed, cap=CAP)
    names = {name: ended.count(name) for name in ("crossed", "certified", "unfinished")}
    others = cell.trials - sum(names.values())
    return names | {"other": others, "mean_steps": float(ended.step.mean())}


def compute_fixed(cell: RangeCell) -> list[dict]:
    """Train networks on Example 1's six points until a kink comes as far as the watch or none ever can."""
    data = six_points()
    if cell.range_exponent:
        data = watched_at(data, cell.width**-cell.range_exponent)
    return [_counts(data, cell)]


def compute_poisoning(cell: WidthCell) -> list[dict]:
    """Train the same networks on the tent, with and without the added points.

    With them, a certificate tells which kinks never cross. Without them all kinks cross, and ``CLEAN_TRIALS``
    networks are trained neuron by neuron for 1000 m steps: what part of the half-sided risk is left in the end.
    """
    row = _counts(poisoned_tent(), cell) | {"clean_trials": 0, "clean_crossed": 0}
    row |= {f"clean_{name}": float("nan") for name in ("low", "median", "high")}
    if cell.width <= CLEAN_WIDTH:
        x, y = tent()
        data = WeightedData(x, y)
        trials = min(cell.trials, CLEAN_TRIALS)
        start = he(np.random.default_rng([cell.seed, cell.width, 1]), cell.width, 1, (trials,))
        step = largest_step(neuron_moments(start.a[..., 0], start.b, start.w), half_sided_moments(data)[0])
        run = train_sorted(start, x, y, step=step, record_at=[1000 * cell.width])
        left = run.losses[:, 0] / float(half_sided_risk(data))
        low, median, high = np.quantile(left, [0.1, 0.5, 0.9])
        row |= {"clean_trials": trials, "clean_crossed": int(run.crossed.sum())}
        # Losses of interpolating networks are rounding, of either sign.
        row |= {"clean_low": max(low, 0.0), "clean_median": max(median, 0.0), "clean_high": max(high, 0.0)}
    return [row]


CLEAN_TRIALS = 60
CLEAN_WIDTH = 256


def fixed_cells(scale: str) -> list[RangeCell]:
    """Return widths 16 to 2^13 and 10^4, 10 000 networks each; up to 256 with 300 networks at quick scale.

    Watched at the data (distance 1) and, for Remark 13, at distances that shrink with the width.
    """
    widths, trials = (*(2**e for e in range(4, 14)), 10_000), 10_000
    if scale == "quick":
        widths, trials = (16, 64, 256), 300
    return [RangeCell(m, exponent, trials, 0) for exponent in RANGE_EXPONENTS for m in widths]


def poisoning_cells(scale: str) -> list[WidthCell]:
    """Return widths 16 to 4096 by factors of four, 2000 networks each; few at quick scale."""
    if scale == "quick":
        return [WidthCell(m, 8 if m > 16 else 200, 1) for m in (16, 32)]
    return [WidthCell(m, 2000, 1) for m in (16, 64, 256, 1024, 4096)]


def with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Add the share of trainings in which a kink crossed, and its Wilson interval of 95 %."""
    low, high = wilson_interval(table["crossed"], table["trials"])
    return table.assign(share=table["crossed"] / table["trials"], low=low, high=high)


def growth_of_share(table: pd.DataFrame, fit_from: int = 0) -> tuple[float, float]:
    """Fit the share of crossings by a power of the width; return exponent and standard error.

    Weighted least squares in logarithms, with binomial errors. Widths without a crossing are left out, and those below
    ``fit_from`` where three others remain.
    """
    wide = table[table["width"] >= fit_from]
    table = wide if len(wide) >= 3 else table
    seen = table[table["crossed"] > 0]
    share = seen["crossed"] / seen["trials"]
    weights = seen["crossed"] / (1 - share)
    x, y = np.log(seen["width"]), np.log(share)
    centred = x - np.average(x, weights=weights)
    spread = (weights * centred**2).sum()
    return float((weights * centred * y).sum() / spread), float(spread**-0.5)


def risk_paths(m: int, seeds, last: int) -> pd.DataFrame:
    """Train networks on the six points neuron by neuron and return their losses along the way.

    Parameters
    ----------
    m : int
        Width.
    seeds : sequence of int
        One network for each.
    last : int
        Last step.

    Returns
    -------
    DataFrame
        Columns ``seed``, ``step``, ``risk``, ``crossed`` (whether a kink ever reaches a data point in the run).
    """
    data = six_points()
    steps = np.unique(np.geomspace(1, last, RISK_STEPS).astype(int))
    tables = []
    for seed in seeds:
        start = he(np.random.default_rng([seed, m, 2]), m, 1)
        h = float(largest_step(neuron_moments(start.a[:, 0], start.b, start.w), half_sided_moments(data)[0]))
        path = descent_on_line(start, data.x, data.y, step=h, record_at=[0, *steps])
        crossed = train_sorted(start, data.x, data.y, step=h, record_at=[last]).crossed
        tables.append(
            pd.DataFrame({"seed": seed, "step": path.steps, "risk": path.losses, "crossed": bool(crossed)})
        )
    return pd.concat(tables, ignore_index=True)


def tent_functions(m: int, seed: int, points: int = 301) -> pd.DataFrame:
    """Train one network on the tent and, from the same start, on the poisoned tent; return both as functions.

    Columns ``x``, ``clean``, ``poisoned`` and ``lines``, the half-sided regression of the poisoned data.
    """
    poisoned = poisoned_tent()
    x, y = tent()
    start = he(np.random.default_rng([seed, m, 3]), m, 1)
    where = np.linspace(1.1 * poisoned.x.min(), 1.1 * poisoned.x.max(), points)
    table = pd.DataFrame({"x": where})
    for name, data in (("clean", WeightedData(x, y)), ("poisoned", poisoned)):
        h = largest_step(neuron_moments(start.a[:, 0], start.b, start.w), half_sided_moments(data)[0])
        run = train_sorted(start, data.x, data.y, step=float(h), record_at=[1000 * m])
        table[name] = network(run.parameters, where[:, None], relu())
    slopes, intercepts = half_sided_regression(poisoned).T
    side = np.where(where > 0, 0, 1)
    return table.assign(lines=slopes[side] * where + intercepts[side])


FIXED_DATA = Study(
    name="inconsistency/fixed-data",
    description="Does a kink ever cross one of the six points of Example 1? Widths far beyond the sample size, no "
    "resampling.",
    compute=compute_fixed,
    cells=fixed_cells,
)

# Training through crossings: 10^5 steps of a map with corners, so the last digits depend on rounding.
LEFT = Tolerance(rtol=1e-4, atol=1e-9)

POISONING = Study(
    name="inconsistency/poisoning",
    description="Twelve points that networks learn, and the same points with the adversarial points of Lemma J.1.",
    compute=compute_poisoning,
    cells=poisoning_cells,
    tolerances={f"clean_{name}": LEFT for name in ("low", "median", "high")},
    may_be_nan=tuple(f"clean_{name}" for name in ("low", "median", "high")),
)
