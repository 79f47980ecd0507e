"""Appendix C: the limit kernels and their matrices, the kernels of finite width, and how often property (29) fails."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.convergence.instances import draw
from twolayer.kernels import relu_gram, relu_neural_tangent_gram
from twolayer.limit_kernel_series import hidden_layer_kernel, output_layer_kernel
from twolayer.two_rate_kernels import extreme_eigenvalues, hidden_layer_gram, output_layer_gram

CHERNOFF_DIMENSION = 20


def monte_carlo(seed, t, samples):
    r"""Estimate both limit kernels by averages over Gaussian weights in the plane of two points.

    Parameters
    ----------
    seed : int
        Seed of the weights, the same for all t.
    t : array_like of shape (k,)
        Inner products of the two points.
    samples : int
        Number of weights.

    Returns
    -------
    DataFrame
        Columns t, w, w_error, z, z_error: means and standard errors; exact_w, exact_z. Cost O(k samples).
    """
    w = np.random.default_rng(seed).standard_normal((2, samples))
    rows = []
    for gamma in np.asarray(t, dtype=np.float64):
        second = gamma * w[0] + np.sqrt(1 - gamma**2) * w[1]
        values = {
            "w": gamma * ((w[0] > 0) & (second > 0)),
            "z": np.maximum(w[0], 0) * np.maximum(second, 0),
        }
        row = {"t": gamma}
        for name, sample in values.items():
            row |= {name: sample.mean(), name + "_error": sample.std() / np.sqrt(samples)}
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.assign(exact_w=hidden_layer_kernel(table["t"]), exact_z=output_layer_kernel(table["t"]))


@dataclass(frozen=True)
class SpectrumCell:
    """One draw of m points in n dimensions."""

    n: int
    m: int
    run: int


def compute_spectrum(cell):
    """Return the extreme eigenvalues of both limit matrices; the points are those of the draw of width m."""
    x = draw(1, cell.m, cell.run, cell.n).x
    row = {}
    for name, gram in (("w", relu_neural_tangent_gram(x)), ("z", relu_gram(x, weights="gaussian"))):
        row[f"{name}_min"], row[f"{name}_max"] = extreme_eigenvalues(gram)
    return [row]


def spectrum_cells(scale):
    """Return n = 100 with growing m, and growing n with m = n and m = n^2."""
    if scale == "quick":
        sizes = [(100, m) for m in (50, 100, 200, 400)] + [(n, n**p) for p in (1, 2) for n in (8, 12, 16, 20)]
        return [SpectrumCell(*size, run) for size in sizes for run in range(2)]
    sizes = [(100, m) for m in (2000, 1000, 800, 500, 300, 200, 50)]
    # (100, 100) is among those with m = n.
    sizes += [(n, n**2) for n in (32, 24, 16, 12, 8)] + [(n, n) for n in (800, 400, 200, 100, 50, 25, 12)]
    return [SpectrumCell(*size, run) for size in sizes for run in range(3)]


SPECTRA = Study(
    name="convergence/limit-spectra",
    description="Extreme eigenvalues of the limit matrices H^w and H^z of uniform points.",
    compute=compute_spectrum,
    cells=spectrum_cells,
    tolerances={name: Tolerance(rtol=1e-7) for name in ("w_min", "w_max", "z_min", "z_max")},
)


@dataclass(frozen=True)
class WidthCell:
    """One instance with n = 100."""

    S: int
    m: int
    run: int


def compute_width(cell):
    """Return the smallest eigenvalues over S of both kernels at initialisation, and of their limits."""
    start = draw(cell.S, cell.m, cell.run)
    grams = {
        "hidden": hidden_layer_gram(start.x, start.a, start.w) / cell.S,
        "output": output_layer_gram(start.x, start.a) / cell.S,
        "hidden_limit": relu_neural_tangent_gram(start.x),
        "output_limit": relu_gram(start.x, weights="gaussian"),
    }
    return [{name: max(extreme_eigenvalues(gram)[0], 0.0) for name, gram in grams.items()}]


def width_cells(scale):
    """Return widths for several numbers of points."""
    if scale == "quick":
        return [WidthCell(S, m, 0) for m in (50, 100, 200) for S in (100, 200, 400, 800)]
    widths = (4000, 2000, 1000, 500, 200, 100)
    return [WidthCell(S, m, run) for m in (1000, 500, 300, 200, 100, 50) for S in widths for run in range(3)]


WIDTHS = Study(
    name="convergence/kernel-widths",
    description="Smallest eigenvalues of the tangent kernels of both layers at initialisation over the width, and of "
    "their limits.",
    compute=compute_width,
    cells=width_cells,
    # Where m exceeds S the second kernel is singular and its smallest eigenvalue is rounding.
    tolerances={
        name: Tolerance(rtol=1e-7, atol=1e-10)
        for name in ("hidden", "output", "hidden_limit", "output_limit")
    },
)


def chernoff_points(seed, m, n=CHERNOFF_DIMENSION):
    """Return the points for which the weights are drawn many times."""
    x = np.random.default_rng([seed, n, m]).standard_normal((m, n))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def smallest_output_eigenvalues(seed, m, S, draws, n=CHERNOFF_DIMENSION):
    r"""Draw W_0 many times for the same points; return :math:`\lambda_{\min}(G_0)/S`, and that of the limit.

    Parameters
    ----------
    seed : int
        The points depend on it, on n and m, and the weights on S as well.
    m, S, draws, n : int
        Numbers of points, of neurons, of draws, and the dimension.

    Returns
    -------
    values : ndarray of shape (draws,)
        One for each draw. Cost O(draws (S m (n + m) + m^3)).
    limit : float
        :math:`\lambda_{\min}(H^z)`.
    """
    x = chernoff_points(seed, m, n)
    rng = np.random.default_rng([seed, n, m, S])
    values = []
    block = max(1, min(draws, 4_000_000 // (S * max(m, n))))
    for first in range(0, draws, block):
        weights = rng.standard_normal((min(block, draws - first), S, n))
        features = np.maximum(weights @ x.T, 0.0)
        values.append(np.linalg.eigvalsh(features.transpose(0, 2, 1) @ features / S)[:, 0])
    return np.concatenate(values), extreme_eigenvalues(relu_gram(x, weights="gaussian"))[0]


@dataclass(frozen=True)
class ChernoffCell:
    """Draws of the weights for one set of points; ``ratio`` is S/m."""

    m: int
    ratio: int
    draws: int
    seed: int


def compute_chernoff(cell):
    """Return how often the smallest eigenvalue lies below a half of its limit, and below a quarter."""
    values, limit = smallest_output_eigenvalues(cell.seed, cell.m, cell.m * cell.ratio, cell.draws)
    return [
        {
            "limit": limit,
            "median": float(np.median(values)),
            "norm": float(np.linalg.norm(chernoff_points(cell.seed, cell.m), 2)),
            "half": int((values <= limit / 2).sum()),
            "quarter": int((values <= limit / 4).sum()),
        }
    ]


def chernoff_cells(scale):
    """Return ratios S/m for three numbers of points in twenty dimensions; beyond the largest failures are too rare."""
    if scale == "quick":
        return [ChernoffCell(m, ratio, 600, 29) for m in (10, 20) for ratio in (2, 4, 6, 8, 10)]
    sizes = ((10, 12, 8_000), (20, 9, 4_000), (40, 6, 2_000))
    return [ChernoffCell(m, ratio, draws, 29) for m, most, draws in sizes for ratio in range(most, 1, -1)]


CHERNOFF = Study(
    name="convergence/gram-failures",
    description="How often the smallest eigenvalue of the output layer's kernel falls below a half of its limit, "
    "n = 20.",
    compute=compute_chernoff,
    cells=chernoff_cells,
    tolerances={"half": Tolerance(rtol=0.0, atol=1.0), "quarter": Tolerance(rtol=0.0, atol=1.0)},
)
