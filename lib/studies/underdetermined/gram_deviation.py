r"""How fast the Gram matrix of a finite width approaches the population matrix: :math:`\|\hat H - H\|_2` against m."""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR
from twolayer.activations import activation_by_name
from twolayer.funk_hecke import population_gram
from twolayer.gram import empirical_gram
from twolayer.initialisation import sphere_points


@dataclass(frozen=True)
class DeviationCell:
    """Independent draws of all hidden weights at the widths 100, 200, ..., 100 * 2^doublings, on uniform points."""

    activation: str
    points: int
    dimension: int
    doublings: int
    draws: int
    seed: int


def deviation_rows(cell):
    r"""Mean of :math:`\|\hat H - H\|_2` at doubling widths, with its standard error, from independent weights.

    The widths are not nested: every width has its own weights, so that the means are independent.
    """
    points = sphere_points(np.random.default_rng((cell.seed, 0)), cell.points, cell.dimension)
    activation = activation_by_name(cell.activation, cell.dimension)
    population = population_gram(points, activation)
    rows = []
    for width in [100 * 2**k for k in range(cell.doublings + 1)]:
        rng = np.random.default_rng((cell.seed, width))
        norms = [
            np.linalg.norm(
                empirical_gram(points, sphere_points(rng, width, cell.dimension), activation) - population, 2
            )
            for _ in range(cell.draws)
        ]
        rows.append(
            {
                "width": width,
                "population_norm": float(np.linalg.norm(population, 2)),
                "mean": float(np.mean(norms)),
                "standard_error": float(np.std(norms, ddof=1) / np.sqrt(cell.draws)),
                "q10": float(np.quantile(norms, 0.1)),
                "q90": float(np.quantile(norms, 0.9)),
            }
        )
    return rows


def deviation_cells(scale):
    """Return one cell for each of the four activations: forty uniform points in three dimensions."""
    doublings, draws = (8, 200) if scale == "paper" else (4, 20)
    return [DeviationCell(name, 40, 3, doublings, draws, 2) for name in FOUR]


DEVIATION = Study(
    name="underdetermined/gram-deviation",
    description="How the distance between the Gram matrix of a finite width and the population matrix decays.",
    compute=deviation_rows,
    cells=deviation_cells,
    tolerances={c: Tolerance(1e-8) for c in ("population_norm", "mean", "standard_error", "q10", "q90")},
)
