"""What the fast paths of this part save: each measured against the obvious way, in one process and one after the other.

The times belong to the machine and are not audited; the results that both ways must agree on are.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FourFeatures, four_activations
from studies.underdetermined.conditioning import generator, widths
from studies.underdetermined.data import load
from twolayer.conditioning import condition_number, gram_condition_number, singular_values_by_width
from twolayer.gram import empirical_gram
from twolayer.initialisation import sphere_points
from twolayer.landweber import residual_curve
from twolayer.least_squares import gradient_descent, optimal_step, residual_gradient_descent

REPEATS = 3
"""Each way is timed so often, and the best time counts: disturbances only ever add."""


@dataclass(frozen=True)
class Comparison:
    """An experiment, its largest width over n, and its number of gradient steps (0 where there are none)."""

    experiment: str
    ratio: int
    steps: int


def timed(work: Callable[[], float]) -> tuple[float, float]:
    """Return the best wall time of a few runs in seconds, and what the work returned."""
    best = np.inf
    for _ in range(REPEATS):
        began = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - began)
    return best, float(result)


def widths_ways(ratio: int) -> dict[str, Callable[[], float]]:
    """Return two ways to the whole grid of widths of one draw on the prostate data, for all four activations."""
    x, _ = load("Prostate-Cancer")
    n, d = x.shape
    grid = widths(n, ratio)

    def spectra(wanted):
        rng = generator("costs", "widths")
        return singular_values_by_width(
            x, lambda count: sphere_points(rng, count, d), FourFeatures(d), wanted
        )

    def summary(values):
        return np.log(condition_number(values)).sum()

    return {
        "nested widths": lambda: summary(spectra(grid)),
        "a new draw for each width": lambda: sum(summary(spectra([width])) for width in grid),
    }


def singular_value_ways(ratio: int) -> dict[str, Callable[[], float]]:
    """Return three ways to the condition number of swish features on Synthetic-1, features included."""
    x, _ = load("Synthetic-1")
    n, d = x.shape
    activation = four_activations(d)["swish"]
    weights = sphere_points(generator("costs", "singular values"), ratio * n, d)

    def factor():
        return condition_number(singular_values_by_width(x, weights, activation, [len(weights)])[0, 0])

    def decomposition():
        return condition_number(np.linalg.svd(activation(x @ weights.T), compute_uv=False))

    return {
        "triangular factor, block by block": factor,
        "eigenvalues of the Gram matrix": lambda: gram_condition_number(
            empirical_gram(x, weights, activation)
        ),
        "singular values of all features": decomposition,
    }


def descent_ways(ratio: int, steps: int) -> dict[str, Callable[[], float]]:
    """Return three ways to the residual after many gradient steps with ReLU features on the prostate data."""
    x, y = load("Prostate-Cancer")
    n, d = x.shape
    weights = sphere_points(generator("costs", "descent"), ratio * n, d)
    z = four_activations(d)["relu"](x @ weights.T) / np.sqrt(len(weights))
    step = float(optimal_step(np.linalg.svd(z, compute_uv=False)))

    def spectrum():
        directions, values, _ = np.linalg.svd(z, full_matrices=False)
        return residual_curve(values, directions.T @ y, step, [steps])[0]

    return {
        "formula, from the spectrum": spectrum,
        "iteration of the residual": lambda: residual_gradient_descent(
            z, y, step=step, iterations=steps
        ).residual_norms[-1],
        "iteration of the weights": lambda: gradient_descent(
            z, y, step=step, iterations=steps
        ).residual_norms[-1],
    }


def compute(cell: Comparison) -> list[dict]:
    """Return one row for each way: its time, and the number that all ways should agree on."""
    if cell.experiment == "widths":
        ways = widths_ways(cell.ratio)
    elif cell.experiment == "singular values":
        ways = singular_value_ways(cell.ratio)
    elif cell.experiment == "descent":
        ways = descent_ways(cell.ratio, cell.steps)
    else:
        raise ValueError(f"there is no experiment {cell.experiment!r}: widths, singular values or descent")
    rows = []
    for way, work in ways.items():
        seconds, result = timed(work)
        rows.append({"way": way, "seconds": seconds, "result": result})
    return rows


def cells(scale: str) -> list[Comparison]:
    """Return the three comparisons, at the widths of the paper or at small ones."""
    if scale == "paper":
        return [
            Comparison("widths", 200, 0),
            Comparison("singular values", 20, 0),
            Comparison("descent", 200, 2000),
        ]
    return [Comparison("widths", 10, 0), Comparison("singular values", 2, 0), Comparison("descent", 10, 500)]


COSTS = Study(
    name="underdetermined/costs",
    description="Wall times of the fast paths against the obvious ways, measured in one process: nested widths, "
    "singular values without a Gram matrix, gradient descent from the spectrum.",
    compute=compute,
    cells=cells,
    # Results of different algorithms: the Gram matrix of swish is good to some 1e-6 at a condition number of 1e8, and
    # the sum of forty logarithms contains those at m = n, the least certain.
    tolerances={"result": Tolerance(rtol=1e-5)},
    unaudited=("seconds",),
    measures_time=True,
    timeout=1800.0,
)
