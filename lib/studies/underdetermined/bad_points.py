r"""The eight bad points at finite width: rank, distance of labels from the range, and attempts to escape.

Theorem 2.2 of the paper says that ReLU features of the cube's vertices have rank at most seven, Corollary 2.3 that
some labels cannot be fitted. Three studies try to break both: weights drawn in every way, fits at growing width, and
gradient ascent on the smallest singular value over the weights.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from companion.study import Study, Tolerance
from studies.underdetermined.activations import LABELS
from twolayer.activations import activation_by_name, relu
from twolayer.conditioning import numerical_rank
from twolayer.datasets import cube_null_vector, cube_vertices, planted_cube
from twolayer.initialisation import sphere_points
from twolayer.least_squares import least_norm_solution
from twolayer.network import feature_matrix
from twolayer.preprocessing import append_bias

LAWS = ("spherical", "Gaussian", "adversarial")
"""How hidden weights are drawn."""


def draw_weights(law: str, rng: np.random.Generator, width: int, dimension: int) -> np.ndarray:
    r"""Draw hidden weights in one of three ways.

    Parameters
    ----------
    law : str
        ``"spherical"`` (uniform on the sphere), ``"Gaussian"`` (standard normal), or ``"adversarial"``: directions of
        the lattice :math:`\{-1, 0, 1\}^3`, which are the points themselves, the normals of the planes that pass
        through them, and the axes, with lengths from 1e-3 to 1e3.
    rng : numpy.random.Generator
        Source of the randomness.
    width, dimension : int
        m and d >= 3.

    Returns
    -------
    ndarray of shape (m, d)
        Weights as rows.

    Raises
    ------
    ValueError
        If there is no such law.
    """
    if law == "spherical":
        return sphere_points(rng, width, dimension)
    if law == "Gaussian":
        return rng.standard_normal((width, dimension))
    if law != "adversarial":
        raise ValueError(f"there is no law of weights {law!r}; choose one of {', '.join(LAWS)}")
    lattice = np.array([w for w in product((-1.0, 0.0, 1.0), repeat=3) if any(w)])
    weights = np.zeros((width, dimension))
    weights[:, :3] = lattice[rng.permutation(np.arange(width) % len(lattice))]
    return weights * 10.0 ** rng.uniform(-3, 3, (width, 1))


def null_residuals(x: np.ndarray, v: np.ndarray, a: np.ndarray, activation) -> np.ndarray:
    r"""Return :math:`|\sum_i v_i\,\gamma(\langle x_i, w_k\rangle)| / \max(1, \|w_k\|)` for each neuron k.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Points.
    v : ndarray of shape (n,)
        The candidate null vector.
    a : ndarray of shape (m, d)
        Weights.
    activation : Activation
        :math:`\gamma`.

    Returns
    -------
    ndarray of shape (m,)
        Zero up to rounding if v is a left null vector of the features. Cost O(n m d).
    """
    lengths = np.maximum(1.0, np.linalg.norm(a, axis=1))
    return np.abs(v @ feature_matrix(x, a, activation, 1.0)) / lengths


@dataclass(frozen=True)
class WeightDraw:
    """Weights of one law in one dimension."""

    law: str
    dimension: int
    width: int
    seed: int


def rank_cells(scale: str) -> list[WeightDraw]:
    """Return the draws whose rank is taken."""
    widths, seeds = ((1, 7, 8, 100, 10_000), 10) if scale == "paper" else ((7, 100), 2)
    return [
        WeightDraw(law, dimension, width, seed)
        for law in LAWS
        for dimension in (3, 5, 10)
        for width in widths
        for seed in range(seeds)
    ]


def compute_rank(draw: WeightDraw) -> list[dict]:
    """Return rank, singular values and the largest entry of the image of v for one draw."""
    rng = np.random.default_rng([draw.seed, draw.width, draw.dimension, LAWS.index(draw.law)])
    x = cube_vertices(draw.dimension)
    a = draw_weights(draw.law, rng, draw.width, draw.dimension)
    singular = np.zeros(8)
    found = np.linalg.svd(feature_matrix(x, a, relu()), compute_uv=False)
    singular[: len(found)] = found
    return [
        {
            "rank": int(numerical_rank(singular)),
            "seventh": float(singular[6] / singular[0]),
            "eighth": float(singular[7] / singular[0]),
            "null_residual": float(null_residuals(x, cube_null_vector(), a, relu()).max()),
        }
    ]


ROUNDING = Tolerance(rtol=0.0, atol=1e-13)
"""For columns that are zero up to rounding, which differs between machines; they are relative to numbers of size 1."""

BAD_POINTS_RANK = Study(
    name="underdetermined/bad-points-rank",
    description="Rank and extreme singular values of ReLU features of the eight bad points, for weights of three laws.",
    compute=compute_rank,
    cells=rank_cells,
    # The seventh singular value is determined to rounding of the largest.
    tolerances={"seventh": Tolerance(1e-9, 1e-13), "eighth": ROUNDING, "null_residual": ROUNDING},
)


FEATURES = ("relu", "relu with bias", "wendland2")
"""Feature maps of the fits: ReLU with and without the bias coordinate of Remark 1, and a Wendland activation."""

BIAS = 0.3
"""The bias b of the fits; close to the best one on the bad points."""


def labellings(y: np.ndarray) -> dict[str, np.ndarray]:
    """Return three label vectors for Synthetic-2: the paper's own, and two that differ from it on the bad points only.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The paper's labels, the bad points first.

    Returns
    -------
    dict of str to ndarray
        ``"paper's own"``, ``"null vector"`` (the bad points carry v) and ``"one label flipped"`` (all bad points +1
        except for the first).
    """
    flipped, null = y.copy(), y.copy()
    flipped[0], null[:8] = -y[0], cube_null_vector()
    return {"paper's own": y, "one label flipped": flipped, "null vector": null}


@dataclass(frozen=True)
class FitDraw:
    """One draw of data and weights, for fits at all widths."""

    features: str
    seed: int


FIT_WIDTHS = (10, 20, 40, 60, 80, 90, 95, 99, 100, 101, 105, 110, 125, 150, 200, 500, 1000, 10_000)


def fit_cells(scale: str) -> list[FitDraw]:
    """Return the draws of data and weights."""
    return [FitDraw(features, seed) for features in FEATURES for seed in range(10 if scale == "paper" else 1)]


def compute_fits(draw: FitDraw) -> list[dict]:
    """Return the least residual of the last layer for each labelling and width of one draw."""
    x, y = planted_cube(np.random.default_rng([draw.seed, 1]))
    if draw.features == "relu with bias":
        x = append_bias(x, BIAS)
    activation = activation_by_name(draw.features.split()[0], x.shape[1])
    a = sphere_points(np.random.default_rng([draw.seed, 2]), FIT_WIDTHS[-1], x.shape[1])
    rows = []
    for width in FIT_WIDTHS:
        z = feature_matrix(x, a[:width], activation)
        for name, labels in labellings(y).items():
            fit = least_norm_solution(z, labels)
            overlap = abs(cube_null_vector() @ labels[:8])
            rows.append(
                {
                    "labels": name,
                    "width": width,
                    "residual": fit.residual_norm,
                    "floor": float(overlap / np.sqrt(8)),
                    "rank": fit.rank,
                }
            )
    return rows


BAD_POINTS_FIT = Study(
    name="underdetermined/bad-points-fit",
    description="Least residual of the last layer on Synthetic-2 against the width, for three label vectors.",
    compute=compute_fits,
    cells=fit_cells,
    # Labels of norm 10, rounding 1e-16, condition numbers up to 1e7: smaller residuals are noise.
    tolerances={"residual": Tolerance(1e-7, 1e-7)},
)


CONTESTANTS = ("ReLU on the bad points", "ReLU on random points", "Wendland2 on the bad points")
"""What the ascent is tried on: the case of the theorem, and two in which nothing forbids success."""


def ascend_smallest_singular_value(
    x: np.ndarray, a: np.ndarray, activation, *, steps: int, length: float
) -> np.ndarray:
    r"""Climb with the weights: gradient ascent on the smallest singular value of the features, weights on the sphere.

    With the singular vectors u, q of :math:`\sigma_n` the gradient with respect to the neuron k is :math:`q_k\sum_i u_i
    \gamma'(\langle x_i, w_k\rangle)\,x_i`. Steps have a fixed length over all weights together, so that even a
    gradient that is nothing but rounding moves them.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Unit points.
    a : ndarray of shape (m, d)
        Where to start, unit rows, m >= n.
    activation : Activation
        :math:`\gamma`, with its derivative.
    steps : int
        Number of steps.
    length : float
        Euclidean length of a step in the space of all weights; it shrinks as 1/sqrt(1 + step/50), to settle.

    Returns
    -------
    ndarray of shape (steps + 1,)
        :math:`\sigma_n/\sigma_1` before each step and after the last. Cost O(steps n m (n + d)).
    """
    a, trace = a.copy(), np.empty(steps + 1)
    for step in range(steps + 1):
        u, s, vt = np.linalg.svd(feature_matrix(x, a, activation), full_matrices=False)
        trace[step] = s[-1] / s[0]
        slopes = activation.derivative(np.clip(x @ a.T, -1, 1 - 1e-12))  # (n, m)
        gradient = vt[-1][:, None] * ((u[:, -1, None] * slopes).T @ x)
        gradient -= (gradient * a).sum(axis=1, keepdims=True) * a  # tangent to the sphere
        norm = np.linalg.norm(gradient)
        if norm > 0:
            a += length / np.sqrt(1 + step / 50) / norm * gradient
            a /= np.linalg.norm(a, axis=1, keepdims=True)
    return trace


@dataclass(frozen=True)
class Climb:
    """One ascent."""

    contestant: str
    seed: int


def climb_cells(scale: str) -> list[Climb]:
    """Return the starts of the ascents."""
    return [
        Climb(contestant, seed) for contestant in CONTESTANTS for seed in range(20 if scale == "paper" else 2)
    ]


def compute_climb(climb: Climb) -> list[dict]:
    """Return the smallest singular value along one ascent with sixteen neurons, in every tenth step."""
    rng = np.random.default_rng([climb.seed, 3])
    x = sphere_points(rng, 8, 3) if "random" in climb.contestant else cube_vertices()
    names = {label: name for name, label in LABELS.items()}
    activation = activation_by_name(names[climb.contestant.split()[0]], 3)
    trace = ascend_smallest_singular_value(x, sphere_points(rng, 16, 3), activation, steps=300, length=0.1)
    return [{"step": step, "smallest": float(trace[step])} for step in range(0, 301, 10)]


BAD_POINTS_CLIMB = Study(
    name="underdetermined/bad-points-climb",
    description="Gradient ascent on the smallest singular value of the features over all hidden weights.",
    compute=compute_climb,
    cells=climb_cells,
    # An ascent over kinks amplifies rounding: a neuron that crosses one in another step takes another path. The value
    # reached is reproducible to a fraction of itself; the values of the singular case are rounding.
    tolerances={"smallest": Tolerance(0.5, 1e-12)},
)
