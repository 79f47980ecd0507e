r"""The parameters of an ensemble of two-layer networks, as one value."""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import finite_array, positive_integer, real_number


@dataclass(frozen=True)
class Parameters:
    """The weights and biases of an ensemble of networks, or derivatives with respect to them.

    Parameters
    ----------
    a : array_like of shape (..., m, d)
        Hidden weights, one neuron in each row.
    b : array_like of shape (..., m)
        Hidden biases.
    w : array_like of shape (..., m)
        Output weights.
    c : array_like of shape (...)
        Output biases.

    Raises
    ------
    TypeError
        If entries are not real numbers.
    ValueError
        If shapes do not fit together, m or d is zero, or an entry is NaN or infinite.
    """

    a: np.ndarray
    b: np.ndarray
    w: np.ndarray
    c: np.ndarray

    def __post_init__(self):
        """Convert to float64 and check the shapes."""
        for name in ("a", "b", "w", "c"):
            object.__setattr__(self, name, finite_array(getattr(self, name), f"parameter {name}"))
        if self.a.ndim < 2 or 0 in self.a.shape[-2:]:
            raise ValueError(f"a must have shape (..., m, d) with m, d >= 1, got shape {self.a.shape}")
        for name, shape in (("b", self.a.shape[:-1]), ("w", self.a.shape[:-1]), ("c", self.a.shape[:-2])):
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"{name} must have shape {shape} to go with a of shape {self.a.shape}, got shape "
                    f"{getattr(self, name).shape}"
                )

    @property
    def ensemble(self):
        """The leading axes, a tuple: one entry for each combination is one network."""
        return self.a.shape[:-2]

    @property
    def width(self):
        """The number m of hidden neurons."""
        return self.a.shape[-2]

    @property
    def dimension(self):
        """The input dimension d."""
        return self.a.shape[-1]

    def plus(self, other, scale=1.0):
        """Return ``self + scale * other``: a gradient step is ``parameters.plus(gradient, -step)``.

        Parameters
        ----------
        other : Parameters
            Of the same shapes.
        scale : float
            Factor of the other.

        Returns
        -------
        total : Parameters
            The sum. Cost O(size).

        Raises
        ------
        TypeError
            If the other is not Parameters or the scale not a number.
        ValueError
            If the shapes differ or the sum overflows.
        """
        if not isinstance(other, Parameters):
            raise TypeError(f"other must be Parameters, got {other!r}")
        if other.a.shape != self.a.shape:
            raise ValueError(f"shapes of a differ: {self.a.shape} and {other.a.shape}")
        scale = real_number(scale, "scale")
        with np.errstate(over="ignore", invalid="ignore"):
            return Parameters(*(getattr(self, k) + scale * getattr(other, k) for k in ("a", "b", "w", "c")))

    def vector(self):
        """Return all entries as the last axis of one array: rows of a, then b, w and c.

        Returns
        -------
        ndarray of shape (..., m (d + 2) + 1)
            The entries. Cost O(size). :func:`parameters_from_vector` is the inverse.
        """
        a = self.a.reshape(*self.ensemble, -1)
        return np.concatenate([a, self.b, self.w, self.c[..., None]], axis=-1)


def parameters_from_vector(vector, width, dimension):
    """Return the Parameters whose ``vector()`` is given.

    Parameters
    ----------
    vector : array_like of shape (..., m (d + 2) + 1)
        Entries in the order of :meth:`Parameters.vector`.
    width, dimension : int
        m and d.

    Returns
    -------
    parameters : Parameters
        The parameters. Cost O(size).

    Raises
    ------
    TypeError
        If entries are not real numbers, or m or d no integers.
    ValueError
        If the length of the last axis does not fit.
    """
    vector = finite_array(vector, "vector")
    m, d = positive_integer(width, "width"), positive_integer(dimension, "dimension")
    if vector.ndim == 0 or vector.shape[-1] != m * (d + 2) + 1:
        raise ValueError(
            f"vector must have shape (..., {m * (d + 2) + 1}) for m = {m} and d = {d}, got shape {vector.shape}"
        )
    a, b, w, c = np.split(vector, [m * d, m * d + m, m * d + 2 * m], axis=-1)
    return Parameters(a.reshape(*vector.shape[:-1], m, d), b, w, c[..., 0])
