"""Section 4: half-sided regression, and the bounds of Remark 9 on its moment matrices."""

import numpy as np
import pandas as pd

from companion.figures import COLOURS, series_styles
from twolayer.half_sided import SIDES, WeightedData, half_sided_moments, half_sided_regression


def random_data(seed: int, points: int) -> WeightedData:
    """Return a random data set: the sides have random positions, spreads and numbers of points, at least two."""
    rng = np.random.default_rng([seed, points, 9])
    left = int(rng.integers(2, points - 1))
    sides = []
    for count in (points - left, left):
        low, width = rng.lognormal(0, 0.7, size=2)
        sides.append(low + width * rng.random(count))
    x = np.concatenate([sides[0], -sides[1]])
    return WeightedData(x, rng.normal(size=points) + rng.normal() * x)


def clustered_data(points: int) -> WeightedData:
    """Return data on which Remark 9 is off by nearly two: on each side a cluster close to zero and one far point.

    Its second moment is about one and its mean small, so that both eigenvalues of the moment matrix are about equal.
    """
    side = np.append(np.full(points - 1, 0.5 / points), np.sqrt(points))
    return WeightedData(np.concatenate([side, -side]), np.zeros(2 * points))


def toy_data(seed: int) -> WeightedData:
    """Return a data set like the schematic one of Figure 3: two noisy clouds with different lines."""
    rng = np.random.default_rng([seed, 3])
    x = np.concatenate([rng.uniform(0.4, 2.6, 14), -rng.uniform(0.4, 2.6, 14)])
    y = np.where(x > 0, 0.9 - 0.45 * x, -0.5 + 0.25 * x)
    return WeightedData(x, y + 0.22 * rng.normal(size=x.size))


def draw_lines(axes, data: WeightedData) -> None:
    """Draw a data set, its two half-sided regression lines, and where they meet the axis x = 0.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw.
    data : WeightedData
        One data set.
    """
    axes.plot(data.x, data.y, "o", color="k", ms=4.5)
    styles = series_styles(["1", "-1"])
    for sign, (p, q) in zip(styles, half_sided_regression(data), strict=True):
        t = int(sign) * np.array([0, 2.8])
        label = rf"$p^{{opt}}_{{D,{sign}}}x + q^{{opt}}_{{D,{sign}}}$"
        colour = COLOURS[1] if sign == "1" else COLOURS[0]  # the paper's orange and blue
        axes.plot(t, p * t + q, styles[sign]["linestyle"], color=colour, lw=2.4, label=label)
        axes.plot(0, q, "D", color=colour, ms=6)
    axes.axvline(0, color="0.6", lw=1)
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend(loc="lower right")


def regression_error(data: WeightedData) -> float:
    """Return the largest distance of the half-sided lines from those of a general least-squares solver."""
    lines = half_sided_regression(data)
    errors = []
    for side, sign in enumerate(SIDES):
        chosen = np.sign(data.x) == sign
        design = np.stack([data.x[chosen], np.ones(chosen.sum())], axis=1)
        errors.append(np.abs(np.linalg.lstsq(design, data.y[chosen])[0] - lines[side]).max())
    return float(max(errors))


def normal_equation_error(data: WeightedData) -> float:
    r"""Return :math:`\max_\sigma \|M_{D,\sigma} v^{opt}_{D,\sigma} - \hat u^0_{D,\sigma}\|_\infty`."""
    matrices, vectors = half_sided_moments(data)
    return float(np.abs((matrices @ half_sided_regression(data)[..., None])[..., 0] - vectors).max())


def eigenvalue_bounds(data: WeightedData) -> pd.DataFrame:
    r"""Compare the eigenvalues and the determinant of :math:`M_{D,\sigma}` with Remark 9.

    Parameters
    ----------
    data : WeightedData
        One data set.

    Returns
    -------
    DataFrame
        For each ``side``: ``lower`` <= ``smallest``, ``largest`` <= ``upper``, and ``determinant_error``, the error
        of :math:`(n_\sigma/n)^2 \mathrm{Var}` relative to the product of the diagonal entries.
    """
    matrices, _ = half_sided_moments(data)
    rows = []
    for sign, matrix in zip(SIDES, matrices, strict=True):
        weights = np.where(np.sign(data.x) == sign, data.weights, 0.0)
        share = weights.sum()
        mean = (weights * data.x).sum() / share
        variance = (weights * (data.x - mean) ** 2).sum() / share
        smallest, largest = np.linalg.eigvalsh(matrix)
        rows.append(
            {
                "side": int(sign),
                "lower": share * variance / (variance + mean**2 + 1),
                "smallest": smallest,
                "largest": largest,
                "upper": share * (variance + mean**2 + 1),
                "determinant_error": abs(np.linalg.det(matrix) - share**2 * variance)
                / matrix.diagonal().prod(),
            }
        )
    return pd.DataFrame(rows)
