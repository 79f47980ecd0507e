r"""Which sets are bad, and how bad is nearly bad (beyond the paper).

The nullity p - r of p antipodal pairs that span r dimensions, counted on many sets, and the smallest eigenvalues of the
features' and of the tangent kernel's matrices as one point leaves a bad set.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from twolayer.activations import relu
from twolayer.antipodal import move_point, relu_null_space
from twolayer.conditioning import numerical_rank
from twolayer.datasets import antipodal_pairs, cube_vertices, hexagon
from twolayer.gram import empirical_neural_tangent_gram
from twolayer.initialisation import sphere_points
from twolayer.kernels import relu_gram, relu_neural_tangent_gram
from twolayer.network import feature_matrix

SINGULAR = 1e-12
"""Eigenvalues below this share of the largest count as zero; the others that occur are above 1e-9."""

WIDTH = 2000
"""Neurons of the finite networks whose nullity is counted."""


@dataclass(frozen=True)
class PairsOf:
    """Sets of antipodal pairs in one subspace, with further points that have no partner."""

    subspace_dimension: int
    dimension: int
    unpaired: int
    seed: int


def nullity_cells(scale: str) -> list[PairsOf]:
    """Return the kinds of sets."""
    subspaces, seeds = ((2, 3, 4, 5), 5) if scale == "paper" else ((2, 3), 1)
    return [
        PairsOf(r, d, unpaired, seed)
        for r in subspaces
        for d in sorted({r, r + 2, 10})
        for unpaired in (0, 5)
        for seed in range(seeds)
    ]


def count_nullity(eigenvalues: np.ndarray) -> int:
    """Return how many eigenvalues are zero up to rounding."""
    return int((eigenvalues <= SINGULAR * eigenvalues.max()).sum())


def compute_nullity(kind: PairsOf) -> list[dict]:
    """Return the nullities of H, G and a finite network for 1 to 8 pairs of one kind."""
    r, d = kind.subspace_dimension, kind.dimension
    rows = []
    for pairs in range(1, 9):
        rng = np.random.default_rng([kind.seed, pairs, r, d, kind.unpaired])
        x = antipodal_pairs(rng, pairs, r, d)
        if kind.unpaired:
            x = np.concatenate([x, sphere_points(rng, kind.unpaired, d)])
        features, tangent = (np.linalg.eigvalsh(gram(x)) for gram in (relu_gram, relu_neural_tangent_gram))
        z = feature_matrix(x, sphere_points(rng, WIDTH, d), relu())
        nullity = count_nullity(features)
        rows.append(
            {
                "pairs": pairs,
                "predicted": max(pairs - r, 0),
                "features": nullity,
                "tangent": count_nullity(tangent),
                "finite_width": len(x) - int(numerical_rank(np.linalg.svd(z, compute_uv=False))),
                "read_off": relu_null_space(x).shape[1],
                "largest_zero": float(np.abs(features[:nullity]).max(initial=0.0) / features[-1]),
                "smallest_other": float(features[nullity] / features[-1]),
            }
        )
    return rows


NULLITY = Study(
    name="underdetermined/nullity",
    description="Nullity of ReLU's matrices H and G and of features of finite width on antipodal pairs.",
    compute=compute_nullity,
    cells=nullity_cells,
    # The zeros are rounding; the other eigenvalues are known to rounding of the largest, which is the unit here.
    tolerances={"largest_zero": Tolerance(0.0, 1e-13), "smallest_other": Tolerance(1e-6, 1e-14)},
)


BAD_SETS = {
    "cube": (cube_vertices(3), np.array([1.0, -1.0, 0.0]) / np.sqrt(2)),
    "cube, out of its space": (cube_vertices(4), np.array([0.0, 0.0, 0.0, 1.0])),
    "hexagon": (hexagon(), np.array([0.0, 1.0])),
}
"""Bad sets whose first point moves, with the direction in which it moves."""

ANGLES = tuple(10.0 ** (k / 2) for k in range(-10, -1))
"""Angles of the move, from 1e-5 to 0.1: two in a decade."""


@dataclass(frozen=True)
class Move:
    """A moving point: infinitely wide (width 0) or one draw of finite width."""

    points: str
    width: int
    seed: int


def move_cells(scale: str) -> list[Move]:
    """Return the moves."""
    population = [Move(name, 0, 0) for name in BAD_SETS]
    draws = 200 if scale == "paper" else 10
    return population + [Move("cube", 1000, seed) for seed in range(draws)]


def compute_move(move: Move) -> list[dict]:
    """Return the smallest eigenvalues of both matrices for each angle of one move."""
    points, tangent = BAD_SETS[move.points]
    a = sphere_points(np.random.default_rng([move.seed, 4]), move.width or 1, points.shape[1])
    rows = []
    for angle in ANGLES:
        x = move_point(points, 0, tangent, angle)
        if move.width:
            features = np.linalg.svd(feature_matrix(x, a, relu()), compute_uv=False)[-1] ** 2
            tangent_gram = empirical_neural_tangent_gram(x, a)
        else:
            features = np.linalg.eigvalsh(relu_gram(x))[0]
            tangent_gram = relu_neural_tangent_gram(x)
        smallest = float(np.linalg.eigvalsh(tangent_gram)[0])
        rows.append({"angle": angle, "features": float(features), "tangent": smallest})
    return rows


MOVED_POINT = Study(
    name="underdetermined/moved-point",
    description="Smallest eigenvalues of ReLU's matrices as one point leaves a bad set, at infinite and finite width.",
    compute=compute_move,
    cells=move_cells,
    # Eigenvalues of 8 x 8 matrices with entries of at most 1/2: rounding is below 1e-15.
    tolerances={"features": Tolerance(1e-6, 1e-14), "tangent": Tolerance(1e-9, 1e-14)},
)
