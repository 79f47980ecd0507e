r"""Gradient descent on the last layer for the Prostate-Cancer data: spectra and real iterations (Figs. 2 and 3).

The whole curve follows from the singular values of Z and the coefficients :math:`u_j^Ty`, at any number of steps.
What is archived is these numbers for many draws of the weights; and, for three of the draws, gradient descent that was
really carried out, against which the formula is checked.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR, FourFeatures
from studies.underdetermined.data import load
from twolayer.initialisation import sphere_points
from twolayer.landweber import filter_factors, residual_curve
from twolayer.least_squares import gradient_descent, optimal_step, residual_gradient_descent

DATA = "Prostate-Cancer"
"""The data set of Fig. 2."""

RATIO = 200
"""Width over the number of points in Fig. 2."""

BLOCK = 2000
"""Neurons whose features are evaluated at once."""


@dataclass(frozen=True)
class Draw:
    """One draw of the hidden weights, ``ratio`` times as many neurons as points."""

    seed: int
    ratio: int


@dataclass(frozen=True)
class Descent:
    """Gradient descent for one draw and activation, ``direct`` steps in full and ``reduced`` in residual space."""

    seed: int
    ratio: int
    activation: str
    direct: int
    reduced: int


def random_features(x: np.ndarray, seed: int, width: int) -> list[np.ndarray]:
    r"""Return :math:`Z = m^{-1/2}\gamma(XA^T)` for the four activations, with the same weights on the sphere.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Unit points.
    seed : int
        Of the weights.
    width : int
        Number m of neurons.

    Returns
    -------
    list of ndarray of shape (n, m)
        In the order of ``FOUR``. Cost O(n m d).
    """
    weights = sphere_points(np.random.default_rng(seed), width, x.shape[1])
    features = FourFeatures(x.shape[1])
    blocks = [features(x @ weights[k : k + BLOCK].T) for k in range(0, width, BLOCK)]
    return [np.concatenate(parts, axis=1) / np.sqrt(width) for parts in zip(*blocks, strict=True)]


def spectral_data(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the singular values of Z, descending, and :math:`U^Ty`, by way of :math:`Z^T = QR`.

    The small matrix :math:`R^T` has the same singular values and left singular vectors as Z, and is found with
    backward error of the order of the rounding of Z. Cost O(n^2 m).
    """
    u, s, _ = np.linalg.svd(np.linalg.qr(z.T, mode="r").T)
    return s, u.T @ y


def spectrum_rows(draw: Draw) -> list[dict]:
    r"""Return :math:`\sigma_j` and :math:`|u_j^Ty|` for the four activations (signs of singular vectors are free)."""
    x, y = load(DATA)
    rows = []
    for name, z in zip(FOUR, random_features(x, draw.seed, draw.ratio * len(x)), strict=True):
        sigma, coefficients = spectral_data(z, y)
        rows += [
            {"activation": name, "index": j + 1, "sigma": float(s), "coefficient": float(abs(c))}
            for j, (s, c) in enumerate(zip(sigma, coefficients, strict=True))
        ]
    return rows


def spectrum_cells(scale: str) -> list[Draw]:
    """Return the draws: 20 at the paper's width, or 3 narrow ones."""
    return [Draw(seed, RATIO) for seed in range(20)] if scale == "paper" else [Draw(s, 20) for s in range(3)]


def recorded_steps(last: int) -> list[int]:
    """Return 0, 1, 2, 5, 10, 20, 50, ... up to the last."""
    return [0, *(k for e in range(9) for k in (10**e, 2 * 10**e, 5 * 10**e) if k <= last)]


def descent_rows(cell: Descent) -> list[dict]:
    r"""Carry gradient descent out, in two ways, and compare with the closed form.

    ``method`` "coefficients" iterates :math:`\alpha` itself, "residuals" the n-dimensional recursion
    :math:`r \leftarrow (I-\eta ZZ^T)r`. ``residual`` is :math:`\|Z\alpha^{(k)}-y\|/\|y\|` of the iterate,
    ``closed_form`` the same from (4.4), and ``deviation`` the norm of the difference between the iterate and its
    closed form (Lemma A.6), relative to :math:`\|\alpha^{(k)}\|` or :math:`\|y\|`.
    """
    x, y = load(DATA)
    z = random_features(x, cell.seed, cell.ratio * len(x))[FOUR.index(cell.activation)]
    u, sigma, vt = np.linalg.svd(z, full_matrices=False)
    coefficients, norm = u.T @ y, np.linalg.norm(y)
    step = float(optimal_step(sigma))
    rows = []
    for method, last in (("coefficients", cell.direct), ("residuals", cell.reduced)):
        steps = recorded_steps(last)
        factors = filter_factors(steps, step, sigma)
        if method == "coefficients":
            path = gradient_descent(z, y, step=step, iterations=last, record_at=steps)
            expected = (factors * coefficients / sigma) @ vt
            scales = np.maximum(np.linalg.norm(expected, axis=1), np.finfo(float).tiny)
        else:
            path = residual_gradient_descent(z, y, step=step, iterations=last, record_at=steps)
            expected = ((factors - 1) * coefficients) @ u.T
            scales = np.full(len(steps), norm)
        deviations = np.linalg.norm(path.iterates - expected, axis=1) / scales
        curve = residual_curve(sigma, coefficients, step, steps)
        rows += [
            {
                "method": method,
                "step": int(k),
                "residual": float(r / norm),
                "closed_form": float(c / norm),
                "deviation": float(v),
            }
            for k, r, c, v in zip(steps, path.residual_norms, curve, deviations, strict=True)
        ]
    return rows


def descent_cells(scale: str) -> list[Descent]:
    """Return three draws with the paper's width, or one narrow and short."""
    seeds, ratio, direct, reduced = (
        (range(3), RATIO, 2000, 200_000) if scale == "paper" else ((0,), 20, 50, 2000)
    )
    return [Descent(seed, ratio, name, direct, reduced) for seed in seeds for name in FOUR]


SPECTRUM = Study(
    name="underdetermined/descent-spectrum",
    description="Singular values of the features and coefficients of the labels in the left singular vectors: "
    "Prostate-Cancer, m = 200 n, 20 draws of the weights (Figs. 2 and 3).",
    compute=spectrum_rows,
    cells=spectrum_cells,
    tolerances={
        # A singular value is known to about 1e-14 times the largest one, and swish has values of 1e-5 of it.
        "sigma": Tolerance(rtol=1e-7),
        # Singular vectors turn by rounding over the gap to the next singular value: 1e-14 / 1e-7 for swish.
        "coefficient": Tolerance(rtol=1e-5, atol=1e-5),
    },
    timeout=600.0,
)

ITERATIONS = Study(
    name="underdetermined/descent-iterations",
    description="Gradient descent really carried out on Prostate-Cancer, m = 200 n, against its closed form: 2,000 "
    "steps in the coefficients, 200,000 in the residuals.",
    compute=descent_rows,
    cells=descent_cells,
    tolerances={
        # Residuals fall to rounding of the labels, 1e-15, where only the order of magnitude is the machine's.
        "residual": Tolerance(rtol=1e-6, atol=1e-10),
        "closed_form": Tolerance(rtol=1e-6, atol=1e-10),
        # This column is rounding itself: that it is small is what must be reproduced.
        "deviation": Tolerance(atol=1e-8),
    },
    timeout=1200.0,
)
