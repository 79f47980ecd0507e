"""A race for the Bayes risk: networks without initial biases against three rules that are consistent.

The network is trained neuron by neuron, whether or not its kinks cross, with the step of Remark 11 and for
``TIME_CONSTANTS`` of the slowest mode of its own reference dynamics; the rules are scikit-learn's.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer

from companion.study import Study, Tolerance
from studies.inconsistency.contests import CONTESTS, Contest, contest
from twolayer.activations import relu
from twolayer.closed_system import largest_step, neuron_moments, reference_operator
from twolayer.half_sided import WeightedData, half_sided_moments, half_sided_regression, is_degenerate
from twolayer.initialisation import he
from twolayer.line_kernel import line_tangent_kernel
from twolayer.network import network
from twolayer.sorted_descent import train_sorted

TIME_CONSTANTS = 8
"""How many e-foldings of the slowest of the four modes a network is trained for."""
MOST_STEPS = 1000
"""Largest number of steps in units of the width: for the rare start with a nearly empty side."""
RIDGE = 0.1
"""Penalty on the squared norm in the kernel's space, beside the plain sum of squares: lambda_n = 0.1 / n."""
LARGEST_KERNEL = 2048
"""Largest number of distinct points that the kernel rule is solved for: it costs n^3."""
RULES = ("network", "lines", "neighbours", "histogram", "kernel")
MISSING = float("nan")


@dataclass(frozen=True)
class RaceCell:
    """Repetitions of the race on one distribution at one sample size."""

    distribution: str
    sample_size: int
    repetitions: int
    seed: int


def width(sample_size: int) -> int:
    """Return the width of the network, twice the square root of the sample size."""
    return 2 * int(np.ceil(np.sqrt(sample_size)))


def compressed(x: np.ndarray, y: np.ndarray) -> WeightedData:
    """Return a sample with equal points merged: the mean of their labels, and their number as weight."""
    points, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return WeightedData(points, np.bincount(inverse, y) / counts, counts / x.size)


def trained_network(rng, data: WeightedData, m: int, where: np.ndarray) -> dict:
    """Train one network on the line and return what the race records of it.

    Parameters
    ----------
    rng : numpy.random.Generator
        For the initial weights.
    data : WeightedData
        The sample.
    m : int
        Width.
    where : ndarray of shape (k,)
        Points at which the trained network is evaluated.

    Returns
    -------
    dict
        ``values`` of the network and of the half-sided regression (``lines``) at the points, ``crossed``, ``steps``,
        and ``distance``, the largest difference between the two at the sample.
    """
    start = he(rng, m, 1)
    moments = neuron_moments(start.a[..., 0], start.b, start.w)
    matrices, _ = half_sided_moments(data)
    step = float(largest_step(moments, matrices))
    slowest = float(np.linalg.eigvalsh(reference_operator(moments, matrices))[0])
    steps = int(np.ceil(min(TIME_CONSTANTS / (step * max(slowest, 1e-300)), MOST_STEPS * m)))
    run = train_sorted(start, data.x, data.y, step=step, record_at=[steps], point_weights=data.weights)
    slopes, intercepts = half_sided_regression(data).T
    sides, sample_sides = np.where(where > 0, 0, 1), np.where(data.x > 0, 0, 1)
    at_sample = network(run.parameters, data.x[:, None], relu())
    return {
        "values": network(run.parameters, where[:, None], relu()),
        "lines": slopes[sides] * where + intercepts[sides],
        "crossed": bool(run.crossed),
        "steps": steps,
        "distance": float(np.abs(at_sample - slopes[sample_sides] * data.x - intercepts[sample_sides]).max()),
    }


def rule_values(x: np.ndarray, y: np.ndarray, where: np.ndarray) -> dict[str, np.ndarray | None]:
    """Return the values of the three consistent rules at points; None where the kernel rule is too dear.

    Nearest neighbours: the square root of n of them. Histogram: as many bins as that, at least 16, of equal width.
    """
    root = int(np.ceil(np.sqrt(x.size)))
    neighbours = KNeighborsRegressor(n_neighbors=root).fit(x[:, None], y)
    bins = KBinsDiscretizer(max(16, root), encode="onehot", strategy="uniform", subsample=None)
    # The ridge only gives empty bins the value zero; the others get the mean of their labels to 1e-9.
    histogram = make_pipeline(bins, Ridge(alpha=1e-9, fit_intercept=False)).fit(x[:, None], y)
    values = {rule.__class__.__name__: rule.predict(where[:, None]) for rule in (neighbours, histogram)}
    data = compressed(x, y)
    kernel = None
    if data.x.size <= LARGEST_KERNEL:
        ridge = KernelRidge(alpha=RIDGE, kernel="precomputed")
        ridge.fit(line_tangent_kernel(data.x, data.x), data.y, sample_weight=data.weights * x.size)
        kernel = ridge.predict(line_tangent_kernel(where, data.x))
    return {"neighbours": values["KNeighborsRegressor"], "histogram": values["Pipeline"], "kernel": kernel}


def _usable_sample(rng, task: Contest, n: int):
    """Draw until both sides have two distinct points, as training needs (certain but for the smallest samples)."""
    while True:
        x, y = task.draw(rng, n)
        if not is_degenerate(x, np.ones_like(x)):
            return x, y


def race(cell: RaceCell) -> list[dict]:
    """Run the repetitions of a cell: excess risks and classification errors, one row for each repetition."""
    task = contest(cell.distribution)
    label = [cell.seed, CONTESTS.index(cell.distribution), cell.sample_size]
    rows = []
    for repetition in range(cell.repetitions):
        rng = np.random.default_rng([*label, repetition, 0])
        x, y = _usable_sample(rng, task, cell.sample_size)
        net = trained_network(
            np.random.default_rng([*label, repetition, 1]),
            compressed(x, y),
            width(cell.sample_size),
            task.points,
        )
        values = {"network": net["values"], "lines": net["lines"], **rule_values(x, y, task.points)}
        row = {"repetition": repetition, "width": width(cell.sample_size)}
        row |= {key: net[key] for key in ("steps", "crossed", "distance")}
        for rule in RULES:
            missing = values[rule] is None
            row[rule] = MISSING if missing else task.excess_risk(values[rule])
            row[f"{rule}_error"] = MISSING if missing else task.classification_error(values[rule])
        rows.append(row)
    return rows


def race_cells(scale: str) -> list[RaceCell]:
    """Return the cells: sample sizes 2^5 to 2^13, 40 repetitions each; few of either at quick scale.

    On the six atoms a sample costs no more than they do, and the sizes go on to 2^17.
    """
    if scale == "quick":
        return [RaceCell(name, 2**e, 4, 0) for name in CONTESTS for e in (5, 7, 9)]
    exponents = {name: (*range(5, 14), *((15, 17) if "six" in name else ())) for name in CONTESTS}
    return [RaceCell(name, 2**e, 40, 0) for name in CONTESTS for e in exponents[name]]


# A trained network that crossed a kink depends on 10^5 steps, and where a kink passes a point on rounding.
RISK = Tolerance(rtol=1e-6, atol=1e-10)

RACE = Study(
    name="inconsistency/race",
    description="Excess risk against sample size for trained networks without initial biases, nearest neighbours, a "
    "histogram rule and ridge regression with the neural tangent kernel of a network with biases.",
    compute=race,
    cells=race_cells,
    tolerances={name: RISK for rule in RULES for name in (rule, f"{rule}_error")} | {"distance": RISK},
    may_be_nan=("kernel", "kernel_error"),
)
