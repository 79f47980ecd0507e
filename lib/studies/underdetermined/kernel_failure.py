r"""Failure of the ReLU kernels on the cube: tables of Theorems 3.1 and 3.2, and the exception to the second.

Theorem 3.2 says "any weights" for the tangent kernel of finite width. Weights orthogonal to a point are an exception
(errata E4): there the indicator :math:`1\{\langle w, x\rangle > 0\}` is neither of two opposite half-spaces.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR, LABELS, four_activations
from twolayer.cube import cube_spectrum
from twolayer.datasets import cube_vertices
from twolayer.funk_hecke import population_kernel
from twolayer.gram import empirical_neural_tangent_gram
from twolayer.initialisation import sphere_points
from twolayer.kernels import arccosine_kernel

PRINTED_NULL_VECTOR = np.array([1.0, 0.0, 0.0, -1.0, -1.0, 0.0, 0.0, 1.0])
r"""The vector :math:`\tilde v` of the printed proof of Theorem 3.2."""

EXCEPTIONAL = np.array([[1, -1, 0], [1, 1, 0], [1, 0, -1], [1, 0, 1], [0, 1, -1], [0, 1, 1]]) / np.sqrt(2)
"""Six weights, each orthogonal to four of the eight points and with different planes."""


def feature_kernel(name: str, dimension: int):
    r"""Return :math:`\phi` with :math:`H_{ij} = \phi(\langle x_i, x_j\rangle)` for one of the four activations.

    Parameters
    ----------
    name : str
        One of ``FOUR``.
    dimension : int
        d.

    Returns
    -------
    callable
        Closed form for ReLU, the Funk-Hecke series for the others.
    """
    if name == "relu":
        return lambda t: arccosine_kernel(t) / (2 * dimension)
    return population_kernel(four_activations(dimension)[name], dimension)


def relu_tangent_kernel(t):
    r"""Return :math:`\phi_G(t) = t(\pi - \arccos t)/(2\pi)` (errata E5: no factor 1/d)."""
    return np.asarray(t) * arccosine_kernel(t, 0) / 2


def spectra_on_the_cube(dimensions: tuple[int, ...]) -> pd.DataFrame:
    r"""Return the four eigenvalues on the cube for every activation and the tangent kernel.

    Parameters
    ----------
    dimensions : tuple of int
        Dimensions d >= 3.

    Returns
    -------
    DataFrame
        Columns ``kernel``, ``name``, ``dimension``, ``degree``, ``eigenvalue``.
    """
    kernels = [(LABELS[n], n, d, feature_kernel(n, d)) for d in dimensions for n in FOUR]
    kernels += [("ReLU tangent kernel", "tangent", d, relu_tangent_kernel) for d in dimensions]
    return pd.DataFrame(
        [
            {"kernel": label, "name": name, "dimension": d, "degree": degree, "eigenvalue": float(value)}
            for label, name, d, kernel in kernels
            for degree, value in enumerate(cube_spectrum(kernel))
        ]
    )


def indicators(x: np.ndarray, a: np.ndarray, at_zero: float = 0.0) -> np.ndarray:
    r"""Return :math:`1\{\langle w_k, x_i\rangle > 0\}`, with another value where the inner product is zero.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Points.
    a : ndarray of shape (m, d)
        Weights.
    at_zero : float
        The value at zero: 0 as the paper has it, 1 for :math:`\ge`, 1/2 for the mean of both.

    Returns
    -------
    ndarray of shape (n, m)
        Inner products below 1e-14 count as zero. Cost O(n m d).
    """
    products = x @ a.T
    return np.where(np.abs(products) < 1e-14, at_zero, products > 0)


def tangent_gram(x: np.ndarray, a: np.ndarray, at_zero: float) -> np.ndarray:
    r"""Return the tangent kernel's matrix at finite width for any value of the indicator at zero.

    Parameters
    ----------
    x, a, at_zero
        As in :func:`indicators`.

    Returns
    -------
    ndarray of shape (n, n)
        :math:`(X X^T) \circ (\tilde E \tilde E^T) / m`. Cost O(n^2 m).
    """
    e = indicators(x, a, at_zero)
    return (x @ x.T) * (e @ e.T) / len(a)


@dataclass(frozen=True)
class Orthogonal:
    """A network with some weights orthogonal to points."""

    exceptional: int
    generic: int
    seed: int


def cells(scale: str) -> list[Orthogonal]:
    """Return the networks: 0 to 64 exceptional weights among 2000 generic ones."""
    seeds = 20 if scale == "paper" else 3
    return [Orthogonal(k, 2000, seed) for k in (0, 1, 2, 4, 6, 8, 16, 32, 64) for seed in range(seeds)]


def compute(network: Orthogonal) -> list[dict]:
    """Return the smallest eigenvalue of the tangent kernel's matrix for three conventions at zero."""
    x, rng = cube_vertices(), np.random.default_rng([network.seed, 7])
    exceptional = EXCEPTIONAL[np.arange(network.exceptional) % len(EXCEPTIONAL)]
    a = np.concatenate([sphere_points(rng, network.generic, 3), exceptional.reshape(-1, 3)])
    smallest = {value: np.linalg.eigvalsh(tangent_gram(x, a, value))[0] for value in (0.0, 0.5, 1.0)}
    library = np.linalg.eigvalsh(empirical_neural_tangent_gram(x, a[: network.generic]))[0]
    return [
        {
            "smallest": float(smallest[0.0]),
            "smallest_half": float(smallest[0.5]),
            "smallest_one": float(smallest[1.0]),
            "smallest_generic": float(library),
        }
    ]


ROUNDING = Tolerance(1e-9, 1e-14)
"""Eigenvalues of matrices of norm below one."""

TANGENT_EXCEPTION = Study(
    name="underdetermined/tangent-exception",
    description="Smallest eigenvalue of the ReLU tangent kernel of finite width on the bad points, with weights "
    "orthogonal to points among generic ones.",
    compute=compute,
    cells=cells,
    tolerances=dict.fromkeys(("smallest", "smallest_half", "smallest_one", "smallest_generic"), ROUNDING),
)
