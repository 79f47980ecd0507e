r"""Both layers trained at once, over eight ratios of their rates (Theorem 2.3 of paper 002), to convergence.

The rates are half of what the linearisation at the start allows: with :math:`r = \eta_z/\eta_w`,
:math:`\eta_w = 1/\lambda_{\max}(H_0 + rG_0)`; for :math:`r = \infty` only the output layer is trained, at
:math:`\eta_z = 1/\lambda_{\max}(G_0)`.
"""

import math
from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.convergence.instances import Instance, draw
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import extreme_eigenvalues, hidden_layer_gram, output_layer_gram

RATIOS = (0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, math.inf)
"""Values of r: the first layer alone, six mixtures, the second layer alone."""

SIZES = {"paper": ((50, 100, 800), (50, 200, 400)), "quick": ((20, 20, 160), (20, 40, 80))}
"""(n, m, S) for each scale; both have m < S, the second ones by a factor of two only."""

RUNS = {"paper": 5, "quick": 1}
"""Draws for each size and ratio; all ratios of a run share theirs."""

LONGEST_RUN = 2_000_000
"""Steps after which a run is given up."""

TOLERANCE = 1e-3
"""Norm of the error that counts as convergence, as in section 4."""


def kernels(start: Instance):
    """Return H_0 and G_0 of an instance. Cost O(m^2 (S + n))."""
    return hidden_layer_gram(start.x, start.a, start.w), output_layer_gram(start.x, start.a)


def half_of_the_limit(hidden, output, ratio: float) -> tuple[float, float]:
    r"""Return the rates :math:`(\eta_w, \eta_z)` of ratio r at half the stability limit of the start.

    Parameters
    ----------
    hidden, output : ndarray of shape (m, m)
        H_0 and G_0.
    ratio : float
        :math:`r \ge 0`; infinite for the output layer alone.

    Returns
    -------
    tuple of two floats
        Cost 4/3 m^3.
    """
    if math.isinf(ratio):
        return 0.0, 1.0 / extreme_eigenvalues(output)[1]
    rate = 1.0 / extreme_eigenvalues(hidden + ratio * output)[1]
    return rate, ratio * rate


def frozen_steps(kernel, error, tolerance: float = TOLERANCE) -> int:
    r"""Return the first step at which the linearised descent :math:`e \leftarrow (I - K)e` is below the tolerance.

    Parameters
    ----------
    kernel : ndarray of shape (m, m)
        :math:`K = \eta_wH_0 + \eta_zG_0`, with eigenvalues in (0, 1].
    error : ndarray of shape (m,)
        e at the start.
    tolerance : float
        For the norm.

    Returns
    -------
    int
        Cost O(m^3).

    Raises
    ------
    ValueError
        If an eigenvalue lies outside (0, 1] by more than rounding, so that the norm is no decreasing function of time
        or never gets there.
    """
    values, vectors = np.linalg.eigh(kernel)
    if values[0] <= 0 or values[-1] > 1 + 1e-9:
        raise ValueError(f"eigenvalues must lie in (0, 1], they reach from {values[0]:g} to {values[-1]:g}")
    decay = np.log1p(-np.minimum(values, 1.0 - 1e-15))
    coefficients = vectors.T @ error

    def norm(steps):
        return np.linalg.norm(np.exp(steps * decay) * coefficients)

    low, high = 0, 1
    while norm(high) >= tolerance:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if norm(middle) >= tolerance else (low, middle)
    return 0 if norm(0) < tolerance else high


@dataclass(frozen=True)
class Cell:
    """One training; ``run`` seeds the draw together with the sizes."""

    n: int
    m: int
    S: int
    ratio: float
    run: int


def compute(cell):
    """Train both layers to convergence; return one row."""
    start = draw(cell.S, cell.m, cell.run, n=cell.n)
    hidden, output = kernels(start)
    rates = half_of_the_limit(hidden, output, cell.ratio)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=rates, monotone=False)
    frozen = frozen_steps(rates[0] * hidden + rates[1] * output, descent.error)
    descent.advance(LONGEST_RUN)
    norms, gradients = descent.error_norms, descent.gradient_norms
    end = Instance(start.x, descent.a, descent.w, start.y)
    spectra = {}
    for when, pair in (("0", (hidden, output)), ("T", kernels(end))):
        for name, gram in zip("HG", pair, strict=True):
            spectra[f"lambda_min_{name}{when}"], spectra[f"lambda_max_{name}{when}"] = extreme_eigenvalues(
                gram
            )
    return [
        {
            "eta_w": rates[0],
            "eta_z": rates[1],
            "T": descent.step,
            "outcome": descent.outcome,
            "T_frozen": frozen,
            "upward_steps": int((np.diff(norms) > 0).sum()),
            "error_0": float(norms[0]),
            "error_T": float(norms[-1]),
            **spectra,
            "dW_F": float(np.linalg.norm(descent.a - start.a)),
            "dz": float(np.linalg.norm(descent.w - start.w)),
            "path_w": float(rates[0] * gradients[:, 0].sum()),
            "path_z": float(rates[1] * gradients[:, 1].sum()),
            "flips": int(descent.ever_changed.sum()),
            "net_flips": int((descent.active != descent.initially_active).sum()),
        }
    ]


def cells(scale):
    """Return the trainings of a scale, those with a fast second layer first: they take longest."""
    return [
        Cell(n, m, S, ratio, run)
        for n, m, S in reversed(SIZES[scale])
        for ratio in reversed(RATIOS)
        for run in range(RUNS[scale])
    ]


_MEASURED = Tolerance(rtol=5e-3)  # one activation that changes a step earlier shifts what follows a little

TWO_RATES = Study(
    name="convergence/two-rates",
    description="Gradient descent on both layers at eight ratios of their rates, at half the stability limit, to "
    "an error of 0.001: steps, movement, activation changes, both tangent kernels at the start and at the end.",
    compute=compute,
    cells=cells,
    tolerances={
        **dict.fromkeys(("T", "flips", "net_flips", "upward_steps"), Tolerance(rtol=0.02, atol=3.0)),
        "T_frozen": Tolerance(rtol=1e-6, atol=1.0),
        **dict.fromkeys(("eta_w", "eta_z", "lambda_max_H0", "lambda_max_G0"), Tolerance(rtol=1e-8)),
        **dict.fromkeys(("lambda_min_H0", "lambda_min_G0"), Tolerance(rtol=1e-7)),
        **dict.fromkeys(("lambda_min_HT", "lambda_max_HT", "lambda_min_GT", "lambda_max_GT"), _MEASURED),
        **dict.fromkeys(("dW_F", "dz", "path_w", "path_z"), _MEASURED),
        # the last error is that of one step: 10^-3, or less by up to the factor of a step
        "error_T": Tolerance(rtol=0.2),
    },
)
