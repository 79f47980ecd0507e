r"""Numerical counterparts of Appendix A.1's statements: condition (A.3), the width (A.5), and Theorem A.5."""

import math

import numpy as np
import pandas as pd

from studies.underdetermined.activations import LABELS
from studies.underdetermined.conditioning import generator
from studies.underdetermined.gaussian_weights import clipped_activation
from twolayer.conditioning import condition_number
from twolayer.least_squares import gradient_descent, least_norm_solution, optimal_step
from twolayer.validation import as_points, positive_integer, positive_number


def linear_growth(name: str, dimension: int, reach: float = 12.0, points: int = 200_001) -> float:
    r"""Return the least C with :math:`|\gamma(x)| \le C|x|` (condition (A.3)) on a grid of [-reach, reach].

    Parameters
    ----------
    name : str
        One of ``studies.underdetermined.activations.FOUR``; Wendland functions keep their value at 1 beyond 1.
    dimension : int
        Input dimension.
    reach : float
        Half the length of the interval.
    points : int
        Points of the grid.

    Returns
    -------
    float
        The largest quotient; an activation with :math:`\gamma(0) \ne 0` has none. Cost O(points).
    """
    x = np.linspace(-reach, reach, points)
    x = x[x != 0]
    return float((np.abs(clipped_activation(name, dimension)(x)) / np.abs(x)).max())


def sufficient_gaussian_width(n, growth, largest_singular_value, smallest_eigenvalue, failure, *, corrected):
    r"""Return the width of (A.5) up to its absolute constant, as printed or with the right homogeneity.

    Printed: :math:`(2n + \log(2/\delta))\, C^2 \sigma_1^2 / \lambda_{\min}^2`. Corrected (errata E8):
    :math:`(2n + \log(2/\delta))\, C^4 \sigma_1^4 / \lambda_{\min}^2`, which does not change when the activation is
    multiplied by a constant, as :math:`\|\hat H - H\| < \lambda_{\min}/2` does not.

    Parameters
    ----------
    n : int
        Number of points.
    growth : float
        C of (A.3).
    largest_singular_value : float
        :math:`\sigma_1(X)`.
    smallest_eigenvalue : float
        :math:`\lambda_{\min}(H)`.
    failure : float
        :math:`\delta`, between 0 and 1.
    corrected : bool
        Which of the two.

    Returns
    -------
    float
        The width.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a positive number, or the failure probability is not below 1.
    """
    points = positive_integer(n, "n")
    size = (
        positive_number(growth, "growth") * positive_number(largest_singular_value, "largest_singular_value")
    ) ** 2
    least = positive_number(smallest_eigenvalue, "smallest_eigenvalue")
    if positive_number(failure, "failure") >= 1:
        raise ValueError(f"failure must be a probability below 1, got {failure}")
    return (2 * points + math.log(2 / failure)) * (size**2 if corrected else size) / least**2


def descend_with_gaussian_weights(x, y, names, width: int, seed: int, halvings: float = 40.0) -> pd.DataFrame:
    r"""Run gradient descent on the last layer of networks with Gaussian weights, against the least-norm solution.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points.
    y : ndarray of shape (n,)
        Labels.
    names : sequence of str
        Activations, from ``studies.underdetermined.activations.FOUR``.
    width : int
        m >= n.
    seed : int
        Of the weights.
    halvings : float
        The number of steps is this many times :math:`\kappa \log(2) / 2`, after which the slowest component has been
        halved so many times.

    Returns
    -------
    DataFrame
        ``activation``, ``kappa``, ``steps``, ``distance`` (of the last iterate to the least-norm solution, relative to
        the norm of the latter) and ``residual`` (relative to the labels). Cost O(n m) a step.
    """
    points = as_points(x, unit=True)
    neurons = generator("theorem-a5", seed).standard_normal((width, points.shape[1]))
    rows = []
    for name in names:
        z = clipped_activation(name, points.shape[1])(points @ neurons.T) / math.sqrt(width)
        least = least_norm_solution(z, y)
        kappa = float(condition_number(least.singular_values))
        steps = math.ceil(halvings * math.log(2) * kappa / 2)
        path = gradient_descent(z, y, step=float(optimal_step(least.singular_values)), iterations=steps)
        distance = np.linalg.norm(path.iterates[-1] - least.solution) / np.linalg.norm(least.solution)
        residual = float(path.residual_norms[-1] / np.linalg.norm(y))
        rows.append({"activation": LABELS[name], "kappa": kappa, "steps": steps, "distance": distance})
        rows[-1]["residual"] = residual
    return pd.DataFrame(rows)
