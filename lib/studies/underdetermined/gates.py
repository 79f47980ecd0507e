r"""Activations that are an argument times a gate: swish, GELU, and softplus beside them (Appendix A.2).

If :math:`g(z) + g(-z) = 1` then :math:`\gamma(z) = z\,g(z)` has the odd part z/2, exactly as ReLU, whose gate is the
step function. Softplus is the integral of such a gate and has the same odd part. All of them are singular on the cube.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.underdetermined.bad_points import null_residuals
from twolayer.activations import activation_by_name, relu, swish
from twolayer.conditioning import numerical_rank
from twolayer.cube import cube_spectrum
from twolayer.datasets import cube_null_vector, cube_vertices
from twolayer.funk_hecke import population_kernel
from twolayer.initialisation import sphere_points
from twolayer.network import feature_matrix

GATED = ("relu", "swish", "softplus", "gelu")
"""Activations whose odd part is z/2."""

CONTROLS = ("elu", "exponential", "wendland2")
"""Activations with an odd part that is no polynomial, on which the argument must fail."""


def odd_part(activation, z: np.ndarray) -> np.ndarray:
    r"""Return :math:`(\gamma(z) - \gamma(-z))/2`."""
    return (activation(z) - activation(-z)) / 2


def even_part(activation, z: np.ndarray) -> np.ndarray:
    r"""Return :math:`(\gamma(z) + \gamma(-z))/2`."""
    return (activation(z) + activation(-z)) / 2


@dataclass(frozen=True)
class GateDraw:
    """One draw of weights for one activation."""

    activation: str
    dimension: int
    width: int
    seed: int


def cells(scale: str) -> list[GateDraw]:
    """Return the draws: four gated activations and three controls."""
    widths, seeds = ((8, 100, 10_000), 10) if scale == "paper" else ((8, 100), 2)
    return [
        GateDraw(name, dimension, width, seed)
        for name in GATED + CONTROLS
        for dimension in (3, 10)
        for width in widths
        for seed in range(seeds)
    ]


def compute(draw: GateDraw) -> list[dict]:
    """Return the largest image of the null vector and the rank for one draw."""
    x = cube_vertices(draw.dimension)
    activation = activation_by_name(draw.activation, draw.dimension)
    rng = np.random.default_rng([draw.seed, draw.width, draw.dimension])
    a = sphere_points(rng, draw.width, draw.dimension)
    singular = np.linalg.svd(feature_matrix(x, a, activation), compute_uv=False)
    return [
        {
            "null_residual": float(null_residuals(x, cube_null_vector(), a, activation).max()),
            "rank": int(numerical_rank(singular)),
            "smallest": float(singular[-1] / singular[0]),
        }
    ]


GATES = Study(
    name="underdetermined/gates",
    description="Null vector and rank of gated activations on the eight bad points, with controls.",
    compute=compute,
    cells=cells,
    # Zeros are rounding of numbers of size one.
    tolerances={"null_residual": Tolerance(1e-9, 1e-13), "smallest": Tolerance(1e-6, 1e-13)},
)


def swish_spectra(betas, dimension: int) -> pd.DataFrame:
    r"""Return the eigenvalues on the cube of the swish family :math:`z/(1 + e^{-\beta z})`, and of ReLU.

    Parameters
    ----------
    betas : sequence of float
        Steepnesses; ReLU is the limit of infinite :math:`\beta`, a row with ``beta`` infinite.
    dimension : int
        d.

    Returns
    -------
    DataFrame
        Columns ``beta``, ``degree_0``, ..., ``degree_3``.
    """
    activations = [(float(beta), swish(float(beta))) for beta in betas] + [(np.inf, relu())]
    return pd.DataFrame(
        [
            {"beta": beta}
            | {
                f"degree_{k}": float(v)
                for k, v in enumerate(cube_spectrum(population_kernel(g, dimension, degree=400)))
            }
            for beta, g in activations
        ]
    )
