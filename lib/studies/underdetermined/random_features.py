r"""The last layer as a linear system: least-norm solutions, the limit of infinite width, and what H is not.

Sections 2.1 and 2.1.1 of the paper. Three studies: four ways to the minimum-norm solution (2.5); the distance of the
empirical matrix (2.6) from its mean (2.7); and the law of a random network's output, Gaussian only in the limit.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR, four_activations
from studies.underdetermined.data import load
from twolayer.conditioning import condition_number
from twolayer.funk_hecke import population_gram
from twolayer.gegenbauer import sphere_quadrature
from twolayer.gram import empirical_gram_by_width
from twolayer.initialisation import sphere_points
from twolayer.least_squares import least_norm_solution
from twolayer.network import feature_matrix
from twolayer.wendland import wendland_function


@dataclass(frozen=True)
class Draw:
    """One activation with one draw of weights on the prostate data."""

    activation: str
    seed: int


def normal_equations(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    r"""Solve (2.5) as it is printed: :math:`\hat\alpha = Z^T(ZZ^T)^{-1}y`.

    Parameters
    ----------
    z : ndarray of shape (n, m)
        Features of full row rank.
    y : ndarray of shape (n,)
        Labels.

    Returns
    -------
    ndarray of shape (m,)
        The solution; digits are lost in proportion to :math:`\kappa(ZZ^T) = \kappa(Z)^2`. Cost O(n^2 m).
    """
    return z.T @ scipy.linalg.solve(z @ z.T, y, assume_a="sym")


def compare_solutions(z: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    r"""Compare four ways to the minimum-norm solution, and that solution with other interpolants.

    Parameters
    ----------
    z : ndarray of shape (n, m)
        Features of full row rank, m > n.
    y : ndarray of shape (n,)
        Labels.
    rng : numpy.random.Generator
        Draws the element of the null space that makes another interpolant.

    Returns
    -------
    dict of str to float
        ``condition`` (:math:`\kappa(Z)^2`); ``loss`` of the solution by singular values and ``loss_printed`` of (2.5),
        both :math:`\|Z\alpha - y\|^2`; relative distances ``printed``, ``pinv``, ``lstsq`` to the former;
        ``other_loss`` and ``norm_ratio``, loss and norm of another interpolant relative to the least.
    """
    solution = least_norm_solution(z, y)
    best, size = solution.solution, np.linalg.norm(solution.solution)
    printed = normal_equations(z, y)
    others = {
        "pinv": np.linalg.pinv(z) @ y,
        "lstsq": np.linalg.lstsq(z, y, rcond=None)[0],
        "printed": printed,
    }
    direction = rng.standard_normal(z.shape[1])
    direction -= np.linalg.lstsq(z, z @ direction, rcond=None)[0]  # its part in the null space of Z
    other = best + 0.5 * size * direction / np.linalg.norm(direction)
    return {
        "condition": float(condition_number(solution.singular_values)),
        "loss": float(np.linalg.norm(z @ best - y) ** 2),
        "loss_printed": float(np.linalg.norm(z @ printed - y) ** 2),
        **{name: float(np.linalg.norm(value - best) / size) for name, value in others.items()},
        "other_loss": float(np.linalg.norm(z @ other - y) ** 2),
        "norm_ratio": float(np.linalg.norm(other) / size),
    }


def solution_cells(scale: str) -> list[Draw]:
    """Return the draws whose solutions are compared."""
    return [Draw(name, seed) for name in FOUR for seed in range(20 if scale == "paper" else 2)]


def compute_solutions(draw: Draw) -> list[dict]:
    """Return the comparison for one draw of 20 n = 1940 neurons."""
    x, y = load("Prostate-Cancer")
    rng = np.random.default_rng([draw.seed, 5])
    activation = four_activations(x.shape[1])[draw.activation]
    z = feature_matrix(x, sphere_points(rng, 20 * len(x), x.shape[1]), activation)
    return [compare_solutions(z, y, rng)]


LEAST_NORM = Study(
    name="underdetermined/least-norm",
    description="The minimum-norm solution (2.5) by four ways, on the prostate data at m = 20 n.",
    compute=compute_solutions,
    cells=solution_cells,
    # kappa of 1e10 is known to 1e-6; losses and differences are rounding, known to their order of magnitude only.
    tolerances={
        "condition": Tolerance(1e-4),
        "norm_ratio": Tolerance(1e-6),
        **{name: Tolerance(100.0, 1e-18) for name in ("loss", "loss_printed", "other_loss")},
        **{name: Tolerance(100.0, 1e-12) for name in ("printed", "pinv", "lstsq")},
    },
)


LIMIT_WIDTHS = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


def limit_cells(scale: str) -> list[Draw]:
    """Return the draws whose empirical matrices are compared with H."""
    return [Draw(name, seed) for name in FOUR for seed in range(20 if scale == "paper" else 2)]


def compute_limit(draw: Draw) -> list[dict]:
    """Return the relative Frobenius distance of the empirical matrix from H for each width of one draw."""
    x, _ = load("Prostate-Cancer")
    activation = four_activations(x.shape[1])[draw.activation]
    population = population_gram(x, activation, degree=None if draw.activation == "relu" else 200)
    a = sphere_points(np.random.default_rng([draw.seed, 6]), LIMIT_WIDTHS[-1], x.shape[1])
    grams = empirical_gram_by_width(x, a, activation, LIMIT_WIDTHS)
    size = np.linalg.norm(population)
    return [
        {"width": width, "distance": float(np.linalg.norm(gram - population) / size)}
        for width, gram in zip(LIMIT_WIDTHS, grams, strict=True)
    ]


INFINITE_WIDTH = Study(
    name="underdetermined/infinite-width",
    description="Relative Frobenius distance of the empirical matrix from its mean H against the width, prostate data.",
    compute=compute_limit,
    cells=limit_cells,
)


def feature_moments(activation, dimension: int) -> tuple[float, float]:
    r"""Return :math:`E\gamma(w_1)^2` and the ratio :math:`E\gamma(w_1)^4 / (E\gamma(w_1)^2)^2` for uniform weights.

    The ratio is at least one. It is the number of neurons over which a feature's energy is spread thin: the excess
    kurtosis of the output of m neurons with Gaussian output weights is exactly :math:`3(\text{ratio} - 1)/m`.

    Parameters
    ----------
    activation : Activation
        :math:`\gamma`.
    dimension : int
        d.

    Returns
    -------
    tuple of float
        Mean square and ratio, by quadrature.
    """
    t, weights = sphere_quadrature(dimension)
    squares = activation(t) ** 2, activation(-t) ** 2
    second = float(weights @ (squares[0] + squares[1]))
    fourth = float(weights @ (squares[0] ** 2 + squares[1] ** 2))
    return second, fourth / second**2


@dataclass(frozen=True)
class Outputs:
    """Outputs of random networks of one width at one point."""

    activation: str
    dimension: int
    width: int
    networks: int
    seed: int


BATCHES = 40
"""Networks are drawn in batches; the scatter of the batches gives the standard error."""


def output_cells(scale: str) -> list[Outputs]:
    """Return the ensembles of random networks; widths grow by factors of four."""
    widths, networks = ((8, 32, 128, 512), 2000) if scale == "paper" else ((8, 32), 200)
    return [Outputs(name, 3, width, networks, 0) for name in FOUR for width in widths]


def compute_outputs(cell: Outputs) -> list[dict]:
    r"""Return the excess kurtosis of the output :math:`m^{-1/2}\sum_k\alpha_k\gamma(w_{k1})`, with standard error.

    Given W the output is Gaussian with the variance :math:`V = m^{-1}\sum_k\gamma(w_{k1})^2`, so its excess kurtosis is
    :math:`3\,\mathrm{Var}(V)/E(V)^2`, which needs no draws of the output weights.
    """
    activation = four_activations(cell.dimension)[cell.activation]
    rng = np.random.default_rng([cell.seed, cell.width, cell.dimension, FOUR.index(cell.activation)])
    mean, _ = feature_moments(activation, cell.dimension)
    batches = []
    for _ in range(BATCHES):
        first = sphere_points(rng, cell.networks * cell.width, cell.dimension)[:, 0]
        variances = (activation(first) ** 2).reshape(cell.networks, cell.width).mean(axis=1)
        batches.append(3 * np.mean((variances / mean - 1) ** 2))
    return [
        {
            "excess_kurtosis": float(np.mean(batches)),
            "standard_error": float(np.std(batches, ddof=1) / np.sqrt(BATCHES)),
        }
    ]


GAUSSIAN_LIMIT = Study(
    name="underdetermined/gaussian-limit",
    description="Excess kurtosis of the output of random networks against the width: the Gaussian process limit.",
    compute=compute_outputs,
    cells=output_cells,
)


def wendland_kernel_matrix(x: np.ndarray, smoothness: int) -> np.ndarray:
    r"""Return the kernel matrix :math:`\phi_{d,k}(\|x_i - x_j\|/\sqrt2)` that H is mistaken for (Remark 2).

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Unit points.
    smoothness : int
        k, 0 or 2.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric positive definite, with diagonal 1 or 3. Cost O(n^2 d).
    """
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)
    return wendland_function(distances / np.sqrt(2), smoothness, x.shape[1])
