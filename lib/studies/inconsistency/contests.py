"""The distributions of the consistency race, each with what an exact excess risk needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from twolayer.example_distributions import cosine_distribution, interval_labels
from twolayer.half_sided import half_sided_risk
from twolayer.half_sided_datasets import six_points

NOISE = 0.5
"""Standard deviation of the labels of the noisy six points."""


@dataclass(frozen=True)
class Contest:
    r"""A distribution to learn from samples.

    Attributes
    ----------
    name : str
        As tables call it.
    draw : callable
        (rng, n) -> x, y.
    points, probabilities, target : ndarray of shape (k,)
        Where an excess risk is integrated, with which weights, and :math:`f^*` there.
    plateau : float
        :math:`\inf_{F_{hsal}} R_P - R_P^*`, what a function affine on each side of zero cannot get below.
    """

    name: str
    draw: Callable
    points: np.ndarray
    probabilities: np.ndarray
    target: np.ndarray
    plateau: float

    def excess_risk(self, values: np.ndarray) -> float:
        """Return the excess risk of a function with these values at the points (paper 000, Remark 20)."""
        return float(0.5 * (self.probabilities * (values - self.target) ** 2).sum())

    def classification_error(self, values: np.ndarray) -> float:
        """Return the probability that the sign of the function is not the sign of the target."""
        return float(self.probabilities[np.sign(values) != np.sign(self.target)].sum())


def _six(name: str, noise: float) -> Contest:
    atoms = six_points()

    def draw(rng, n):
        chosen = rng.choice(atoms.x.size, n, p=atoms.weights)
        return atoms.x[chosen], atoms.y[chosen] + noise * rng.standard_normal(n)

    return Contest(name, draw, atoms.x, atoms.weights, atoms.y, float(half_sided_risk(atoms)))


def _continuous(name: str, distribution) -> Contest:
    x, p = distribution.quadrature()
    plateau = distribution.affine_risk() - distribution.bayes_risk
    return Contest(name, distribution.sample, x, p, distribution.regression(x), plateau)


@cache
def contest(name: str) -> Contest:
    """Return a distribution by name.

    Parameters
    ----------
    name : str
        One of ``CONTESTS``.

    Raises
    ------
    ValueError
        For any other name.
    """
    if name == "six points":
        return _six(name, 0.0)
    if name == "noisy six points":
        return _six(name, NOISE)
    if name == "intervals":
        return _continuous(name, interval_labels())
    if name == "cosine":
        return _continuous(name, cosine_distribution().without_intercepts())
    raise ValueError(f"there is no distribution {name!r}; choose from {CONTESTS}")


CONTESTS = ("six points", "noisy six points", "intervals", "cosine")
