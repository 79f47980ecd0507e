r"""Gaussian instead of spherical hidden weights (Appendix A.1): the same conditioning, and what its lemma overlooks.

A Gaussian weight vector is a direction uniform on the sphere times an independent length with the chi distribution.
Pre-activations then leave [-1, 1], where Wendland activations are defined on the left only: beyond 1 they are
continued by their value at 1, so that they are bounded still.
"""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import roots_genlaguerre

from companion.study import Study
from studies.underdetermined.activations import FOUR, FourFeatures
from studies.underdetermined.conditioning import EXTREMES, generator, widths
from studies.underdetermined.data import load
from twolayer.activations import activation_by_name
from twolayer.conditioning import singular_values_by_width
from twolayer.funk_hecke import PopulationKernel, population_kernel
from twolayer.gram import empirical_gram_by_width
from twolayer.validation import as_points, positive_integer

DATA = "Prostate-Cancer"
LAWS = ("sphere", "gaussian")


@dataclass(frozen=True)
class PairedDraw:
    """One Gaussian draw on the prostate data, used as it is and with every neuron normalised."""

    seed: int
    largest_ratio: int


def clipped_activation(name: str, dimension: int):
    """Return one of the four activations on the whole line; a Wendland function keeps its value at 1 beyond 1.

    Parameters
    ----------
    name : str
        One of ``studies.underdetermined.activations.FOUR``.
    dimension : int
        Input dimension.

    Returns
    -------
    callable
        Acts entrywise on arrays.
    """
    activation = activation_by_name(name, dimension)
    return partial(_clipped, activation=activation) if name.startswith("wendland") else activation


def _clipped(z, *, activation):
    return activation(np.minimum(z, 1.0))


class ClippedFeatures(FourFeatures):
    """All four activations at once, the Wendland functions continued by their value at 1."""

    def __call__(self, z):
        """Return the features in the order of ``FOUR``."""
        rough, smooth, *_ = super().__call__(np.minimum(z, 1.0))
        return [rough, smooth, self._relu(z), self._swish(z)]


def compute(draw: PairedDraw) -> list[dict]:
    """Return the extreme singular values at every width under both laws of the same neurons."""
    x, _ = load(DATA)
    n, d = x.shape
    grid, rows = widths(n, draw.largest_ratio), []
    for law in LAWS:
        rng = generator("gaussian-weights", draw.seed)
        values = singular_values_by_width(x, partial(_neurons, rng, d, law), ClippedFeatures(d), grid)
        rows += [
            {
                "law": law,
                "activation": name,
                "width": width,
                "sigma_max": float(spectrum[0]),
                "sigma_min": float(spectrum[-1]),
            }
            for name, spectra in zip(FOUR, values, strict=True)
            for width, spectrum in zip(grid, spectra, strict=True)
        ]
    return rows


def _neurons(rng, dimension, law, count):
    neurons = rng.standard_normal((count, dimension))
    return neurons if law == "gaussian" else neurons / np.linalg.norm(neurons, axis=1, keepdims=True)


def gaussian_population_kernel(
    name: str, dimension: int, radii: int = 60, degree: int = 800
) -> PopulationKernel:
    r"""Return the population kernel of an activation for Gaussian weights, as a Funk-Hecke series.

    With :math:`w = ru` it is the mean over the length r of the kernels of :math:`z \mapsto \gamma(rz)` on the sphere,
    so the share of each degree is the mean of its shares. The lengths are those of Gauss-Laguerre quadrature in
    :math:`r^2/2`, which has a gamma distribution.

    Parameters
    ----------
    name : str
        One of ``studies.underdetermined.activations.FOUR``.
    dimension : int
        d >= 2.
    radii : int
        Nodes of the quadrature.
    degree : int
        Truncation degree K; the clipped functions have a kink, so the terms decay like a power of the degree.

    Returns
    -------
    PopulationKernel
        Callable on inner products; its coefficients are those of the series, square roots of mean squares.
        Cost O(radii K nodes).
    """
    halves, weights = roots_genlaguerre(positive_integer(radii, "radii"), dimension / 2 - 1)
    weights = weights / weights.sum()
    activation = clipped_activation(name, dimension)
    energies, mean_square = np.zeros(degree + 1), 0.0
    for half, weight in zip(halves, weights, strict=True):
        if weight < 1e-18:
            continue
        r = math.sqrt(2 * half)
        kinks = (1 / r,) if name.startswith("wendland") and r > 1 else ()
        kernel = population_kernel(
            partial(_scaled, activation=activation, r=r),
            dimension,
            degree=degree,
            nodes=2 * degree,
            kinks=kinks,
        )
        energies += weight * kernel.energies
        mean_square += weight * kernel.mean_square
    tail = max(0.0, (mean_square - math.fsum(energies)) / mean_square)
    return PopulationKernel(dimension, np.sqrt(energies), energies, mean_square, tail)


def _scaled(z, *, activation, r):
    return activation(r * z)


def gaussian_population_gram(x, name: str, radii: int = 60) -> np.ndarray:
    r"""Return the population Gram matrix (A.1) of Gaussian weights.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points.
    name : str
        One of ``studies.underdetermined.activations.FOUR``.
    radii : int
        Nodes of the quadrature of the length.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric. Cost :math:`O(\mathrm{radii}\, K\, \mathrm{nodes} + n^2 K)`.
    """
    points = as_points(x, unit=True)
    kernel = gaussian_population_kernel(name, points.shape[1], radii)
    gram = kernel(np.clip(points @ points.T, -1.0, 1.0))
    return (gram + gram.T) / 2


def projections_of_orthonormal_data(seed: int, sizes, draws: int) -> pd.DataFrame:
    r"""Measure :math:`\langle h, z\rangle` for ReLU, orthonormal data X = I and :math:`z = (1, ..., 1)/\sqrt n`.

    Here :math:`\sigma_1(X) = C = 1`, so Lemma A.2 promises one sub-Gaussian parameter for all n. Up to constants that
    parameter is the largest of :math:`(E|\cdot|^p)^{1/p} / \sqrt p`, estimated here over p = 1, 2, 4, 6.

    Parameters
    ----------
    seed : int
        Of the draws.
    sizes : sequence of int
        Numbers n of points.
    draws : int
        Neurons for each n.

    Returns
    -------
    DataFrame
        ``n``, ``mean``, ``deviation``, ``predicted`` (:math:`\sqrt{n/2\pi}`), ``parameter`` and
        ``centred_parameter`` (after subtraction of the mean). Cost O(draws) times the sum of the sizes.
    """
    rows = []
    for n in sizes:
        rng = generator("orthonormal", seed, n)
        values = np.array([np.maximum(rng.standard_normal(n), 0).sum() for _ in range(draws)]) / math.sqrt(n)
        rows.append(
            {
                "n": n,
                "mean": values.mean(),
                "deviation": values.std(),
                "predicted": math.sqrt(n / (2 * math.pi)),
                "parameter": _moment_growth(values),
                "centred_parameter": _moment_growth(values - values.mean()),
            }
        )
    return pd.DataFrame(rows)


def _moment_growth(values):
    return max((np.abs(values) ** p).mean() ** (1 / p) / math.sqrt(p) for p in (1, 2, 4, 6))


def gram_deviations(x, name: str, grid, draws: int, seed: int) -> pd.DataFrame:
    r"""Return :math:`\|\hat H - H\|_2` with Gaussian weights, for several draws at nested widths.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points.
    name : str
        One of ``studies.underdetermined.activations.FOUR``.
    grid : sequence of int
        Increasing widths.
    draws : int
        Independent draws of the weights.
    seed : int
        Of the draws.

    Returns
    -------
    DataFrame
        ``draw``, ``width``, ``deviation``. Cost O(n^2 m draws) for the largest width.
    """
    points = as_points(x, unit=True)
    activation = clipped_activation(name, points.shape[1])
    population = gaussian_population_gram(points, name)
    rows = []
    for draw in range(draws):
        rng = generator("gram-deviations", name, seed, draw)
        neurons = rng.standard_normal((max(grid), points.shape[1]))
        grams = empirical_gram_by_width(points, neurons, activation, grid)
        deviations = np.abs(np.linalg.eigvalsh(grams - population)).max(axis=-1)
        rows += [{"draw": draw, "width": w, "deviation": v} for w, v in zip(grid, deviations, strict=True)]
    return pd.DataFrame(rows)


def cells(scale: str) -> list[PairedDraw]:
    """Return 100 draws up to 200 n, or four narrow ones."""
    count, ratio = (100, 200) if scale == "paper" else (4, 5)
    return [PairedDraw(seed, ratio) for seed in range(count)]


GAUSSIAN_WEIGHTS = Study(
    name="underdetermined/gaussian-weights",
    description="Extreme singular values of random features on the prostate data against the width, for Gaussian "
    "weights and for the same weights normalised: 100 draws.",
    compute=compute,
    cells=cells,
    tolerances=EXTREMES,
    timeout=1800.0,
)
