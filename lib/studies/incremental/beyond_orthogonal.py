r"""Training on points that are not quite orthogonal, beside Algorithm 1 and beside the process with returning points.

Labels, signs and directions are those of ``mixed_instance``; the directions are coordinates in the orthonormal frame
nearest to the points, so that draws of different correlation can be compared.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.instances import mixed_instance
from studies.incremental.norm_of_algorithm import mild_width
from twolayer.correlated_descent import correlated_descent, gram_of, symmetric_root
from twolayer.jump_process import jump_process, least_squared_norm
from twolayer.returning_points import returning_process

STEP = 0.02
"""Rate times the largest possible rate of growth: jump times are late by less than its half."""

STOP_LOSS = 1e-8
LONGEST = 40.0
"""In units of L: ten times the first jump is for labels that are next to nothing."""

CLOSE = 0.03
"""Two times are the same if they differ by less than this part."""

POINTS, WIDTH = 32, 24


def gaussian_gram(seed, points, ratio):
    """Return inner products of points drawn uniformly from the sphere in ``ratio`` times as many dimensions.

    Parameters
    ----------
    seed : int
        Of the generator, together with the ratio.
    points : int
        Number of points.
    ratio : int
        Dimension over number of points.

    Returns
    -------
    ndarray of shape (points, points)
    """
    rng = np.random.default_rng([seed, ratio, 3])
    return gram_of(rng.standard_normal((points, points * ratio)))


def normal_gram(seed, points, correlation):
    """Return the identity plus ``correlation`` times a symmetric matrix of N(0, 1) off the diagonal.

    Parameters
    ----------
    seed : int
        Of the generator; the matrix does not depend on the size of the correlation.
    points : int
        Number of points.
    correlation : float
        Standard deviation of the inner products.

    Returns
    -------
    ndarray of shape (points, points)
    """
    upper = np.triu(np.random.default_rng([seed, points, 5]).standard_normal((points, points)), 1)
    return np.eye(points) + correlation * (upper + upper.T)


@dataclass(frozen=True)
class CorrelatedRun:
    """One training, and predictions: ``straight`` is without sliding. Times are in units of L, infinite for never."""

    path: object
    returning: object
    straight: object
    algorithm: object
    rate: float
    length: float
    instance: object

    @property
    def times(self):
        """When the output at each point passes half of its label, shape (n,)."""
        epochs = self.path.fit_epochs
        return np.where(epochs >= 0, epochs * self.rate / self.length, np.inf)

    def predicted(self, process):
        """When a process fits each point, shape (n,)."""
        return np.append(process.times, np.inf)[process.fitted_by]


def compare(instance, gram, length, *, step=STEP, records=800):
    """Train on a Gram matrix, and predict.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions and signs.
    gram : ndarray of shape (n, n)
        Inner products.
    length : float
        L.
    step : float
        Rate times the largest possible rate of growth.
    records : int
        About how many epochs to record.

    Returns
    -------
    CorrelatedRun
        Algorithm 1 gets the patterns that the points give at the start.
    """
    arguments = (instance.directions, instance.signs, instance.y, -length)
    returning = returning_process(gram, *arguments)
    straight = returning_process(gram, *arguments, sliding=False)
    active = instance.directions @ symmetric_root(gram) > 0
    algorithm = jump_process(active, instance.signs, instance.y, ties="first")
    rate = step * instance.y.size / float(np.linalg.norm(instance.y))
    last = min(max(returning.times[-1], 0.5 * algorithm.times[-1]), LONGEST) * length / rate
    path = correlated_descent(
        gram,
        *arguments,
        rate=rate,
        stop_loss=STOP_LOSS,
        epochs=int(1.25 * last),
        record_every=int(last / records) + 1,
    )
    return CorrelatedRun(path, returning, straight, algorithm, rate, length, instance)


def order_kept(times, predicted):
    """Return the part of the pairs of points, clearly apart in training, that a prediction has in the same order."""
    a, b = (np.minimum(t, 1e9) for t in (times, predicted))
    apart = a[:, None] > (1 + CLOSE) * a
    return float((b[:, None] > b)[apart].mean()) if apart.any() else 1.0


def staircase_error(comparison, process):
    """Return the mean distance of the loss from a predicted staircase, over the loss at the start."""
    path = comparison.path
    times = path.epochs * comparison.rate / comparison.length
    shown = times <= 1.05 * max(comparison.returning.times[-1], process.times[-1])
    steps = process.losses[np.searchsorted(process.times, times[shown], side="right")]
    gap = np.abs(path.losses[shown] - steps)
    return float(np.trapezoid(gap, times[shown]) / (times[shown][-1] * process.losses[0]))


def measure(comparison):
    """Return what is kept of a comparison, as a dictionary of scalars."""
    times, y, signs = comparison.times, comparison.instance.y, comparison.instance.signs
    first = times < times.min() * (1 + CLOSE / 6)
    path, optimum = comparison.path, least_squared_norm(y)
    leader = signs[int(np.argmax(path.log_norms[np.searchsorted(path.epochs, path.fit_epochs[first].max())]))]
    row = {
        "outcome": path.outcome,
        "loss": float(path.losses[-1]),
        "norm": path.squared_norm / optimum,
        "jumps": int((path.output_weights**2 > 0.02).sum()),
        "first_time": float(times.min()),
        "first_share": float(first.sum() / (y * leader > 0).sum()),
        "unfitted": int(np.isinf(times).sum()),
        "straight_first": float(times.min() / comparison.straight.times[0] - 1),
    }
    for name, process in (("returning", comparison.returning), ("algorithm", comparison.algorithm)):
        predicted = comparison.predicted(process)
        with np.errstate(invalid="ignore"):
            same = (times == predicted) | (np.abs(predicted - times) < CLOSE * times)
        row |= {
            f"{name}_first": float(times.min() / process.times[0] - 1),
            f"{name}_set": bool(((process.fitted_by == 0) == first).all()),
            f"{name}_points": float(same.mean()),
            f"{name}_order": order_kept(times, predicted),
            f"{name}_loss": staircase_error(comparison, process),
            f"{name}_norm": process.squared_norm / optimum,
            f"{name}_jumps": process.times.size,
            f"{name}_unfitted": int((process.fitted_by < 0).sum()),
        }
    return row


@dataclass(frozen=True)
class GaussianCell:
    """One training on random points in ``ratio`` times as many dimensions."""

    points: int
    width: int
    length: float
    ratio: int
    seed: int


def compute_gaussian(cell):
    """Train and predict on one draw of random points; return one row."""
    instance = mixed_instance(cell.seed, cell.points, cell.width)
    gram = gaussian_gram(cell.seed, cell.points, cell.ratio)
    return [measure(compare(instance, gram, cell.length))]


def gaussian_cells(scale):
    """Return the draws: 24 for each ratio of dimension to number, up to 1024."""
    ratios, seeds = ((4, 64), 2) if scale == "quick" else ((1, 2, 4, 8, 16, 32, 64, 256, 1024), 24)
    return [GaussianCell(POINTS, WIDTH, 300.0, ratio, seed) for ratio in ratios for seed in range(seeds)]


@dataclass(frozen=True)
class VanishingCell:
    r"""One training with correlations of the size :math:`\lambda^\gamma`."""

    points: int
    width: int
    length: float
    power: float
    seed: int


def compute_vanishing(cell):
    """Train and predict with correlations of one size; return one row."""
    instance = mixed_instance(cell.seed, cell.points, cell.width)
    gram = normal_gram(cell.seed, cell.points, float(np.exp(-cell.power * cell.length)))
    return [measure(compare(instance, gram, cell.length))]


def vanishing_cells(scale):
    """Return the draws: correlations from one per cent to less than the scale of the start."""
    powers, seeds = (0.0125, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2), 20
    if scale == "quick":
        powers, seeds = (0.05, 0.6, 1.1), 2
    return [VanishingCell(POINTS, WIDTH, 400.0, power, seed) for power in powers for seed in range(seeds)]


@dataclass(frozen=True)
class LimitCell:
    """The two processes on one draw with correlations of one part in a thousand million."""

    points: int
    width: int
    seed: int


def compute_limit(cell):
    """Run both processes, without training; return one row."""
    instance = mixed_instance(cell.seed, cell.points, cell.width)
    gram = normal_gram(cell.seed, cell.points, 1e-9)
    start = (instance.directions, instance.signs, instance.y)
    returning = returning_process(gram, *start, -1e4, sliding=False)
    algorithm = jump_process(instance.active, instance.signs, instance.y, ties="first")
    optimum = least_squared_norm(instance.y)
    return [
        {
            "norm": returning.squared_norm / optimum,
            "algorithm_norm": algorithm.squared_norm / optimum,
            "jumps": returning.times.size,
            "algorithm_jumps": algorithm.times.size,
            "unfitted": int((returning.fitted_by < 0).sum()),
            "algorithm_unfitted": int((algorithm.fitted_by < 0).sum()),
        }
    ]


def limit_cells(scale):
    """Return the draws: mild width for 16 to 512 points."""
    sizes = {16: 8, 64: 4} if scale == "quick" else {16: 200, 32: 120, 64: 80, 128: 40, 256: 20, 512: 10}
    return [LimitCell(n, mild_width(n), seed) for n, seeds in sizes.items() for seed in range(seeds)]


# Rounding moves an epoch at which something is decided by one at most, and sizes only a little.
_TOLERANCES = dict.fromkeys(
    ("loss", "norm", "first_time", "returning_norm", "algorithm_norm", "returning_loss", "algorithm_loss"),
    Tolerance(1e-4, 1e-9),
) | dict.fromkeys(("returning_first", "straight_first", "algorithm_first"), Tolerance(0.0, 1e-4))

GAUSSIAN_INPUTS = Study(
    name="incremental/gaussian-inputs",
    description="Training on random points in r n dimensions beside Algorithm 1 and the process with returning points.",
    compute=compute_gaussian,
    cells=gaussian_cells,
    tolerances=_TOLERANCES,
    timeout=600,
)

VANISHING_CORRELATION = Study(
    name="incremental/vanishing-correlation",
    description="The same for inner products of the size of a power of the scale of the start.",
    compute=compute_vanishing,
    cells=vanishing_cells,
    tolerances=_TOLERANCES,
    timeout=600,
)

RETURNING_NORMS = Study(
    name="incremental/returning-norms",
    description="Squared norms and jumps of Algorithm 1 and of the process with returning points, at mild width.",
    compute=compute_limit,
    cells=limit_cells,
    tolerances={name: Tolerance(1e-6) for name in ("norm", "algorithm_norm")},
    timeout=600,
)
