"""The two reference instances of the part, and others of their kind."""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import positive_integer


@dataclass(frozen=True)
class OrthogonalInstance:
    """Labels of shape (n,), unit directions of the neurons in the coordinates of the data (m, n), and signs (m,)."""

    y: np.ndarray
    directions: np.ndarray
    signs: np.ndarray

    @property
    def active(self):
        """Which neuron is active on which point at the start, bool of shape (m, n)."""
        return self.directions > 0


def _unit_columns(rng, n, m):
    columns = rng.standard_normal((n, m))
    return np.ascontiguousarray((columns / np.linalg.norm(columns, axis=0)).T)


def positive_instance(seed=1094, n=64, m=6):
    """Draw labels that are moduli of N(0, 1), and neurons that all have a positive output weight, as in Figure 1.

    Parameters
    ----------
    seed : int
        Of the generator.
    n, m : int
        Number of points and of neurons.

    Returns
    -------
    OrthogonalInstance
        With seed 1094 all points are covered and all six neurons jump.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive integer.
    """
    n, m = positive_integer(n, "n"), positive_integer(m, "m")
    rng = np.random.default_rng(seed)
    y = np.abs(rng.standard_normal(n))
    return OrthogonalInstance(y, _unit_columns(rng, n, m), np.ones(m))


def mixed_instance(seed=8, n=16, m=12):
    """Draw labels N(0, 1) and random signs.

    Parameters
    ----------
    seed : int
        Of the generator.
    n, m : int
        Number of points and of neurons.

    Returns
    -------
    OrthogonalInstance
        With seed 8 one neuron stops just below the size at which it would jump.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive integer.
    """
    n, m = positive_integer(n, "n"), positive_integer(m, "m")
    rng = np.random.default_rng(seed)
    y = rng.standard_normal(n)
    return OrthogonalInstance(y, _unit_columns(rng, n, m), rng.choice([-1.0, 1.0], m))
