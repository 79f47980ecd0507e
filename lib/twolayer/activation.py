"""What an activation is: a function with the facts that the theorems of the book need to know about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from twolayer.validation import finite_array

ROUNDING = 1e-12
"""How far outside a closed domain an argument may lie by rounding; it is moved to the boundary."""


def _total(z, out=None, *, functions):
    """Return the sum of two functions; of the module, so that a sum can be sent to another process."""
    first, second = functions
    return np.add(first(z), second(z), out=out)


@dataclass(frozen=True)
class Activation:
    r"""An activation :math:`\gamma`, called like a function: ``activation(z)``.

    Two activations are equal if their names and parameters are. The functions are given to the constructor
    unchecked; the calls check their arguments.

    Parameters
    ----------
    name : str
        The name by which ``twolayer.activations.activation_by_name`` knows it.
    label : str
        The name in figures and tables.
    formula : str
        LaTeX of :math:`\gamma(z)`.
    function, derivative_function : callable
        Entrywise functions of a float64 array; ``function`` takes ``out=`` like a NumPy ufunc if the activation is
        to be called with it. At a kink the derivative is the one from the left, as :math:`1\{z > 0\}` for ReLU.
    bound : float
        :math:`C \ge \sup |\gamma|` on [-1, 1].
    lipschitz : float
        Lipschitz constant on [-1, 1], ``inf`` if there is none.
    even_part_degree, odd_part_degree : float
        Degrees of the even and odd parts if they are polynomials (0 for the zero function), else ``inf``.
    domain : pair of float
        Closed interval on which the activation is defined.
    parameters : tuple of (str, float)
        Names and values of its parameters.
    """

    name: str
    label: str
    formula: str = field(compare=False)
    function: Callable = field(compare=False, repr=False)
    derivative_function: Callable = field(compare=False, repr=False)
    bound: float = field(compare=False)
    lipschitz: float = field(compare=False)
    even_part_degree: float = field(compare=False)
    odd_part_degree: float = field(compare=False)
    domain: tuple[float, float] = field(default=(-np.inf, np.inf), compare=False)
    parameters: tuple[tuple[str, float], ...] = ()

    def __post_init__(self):
        """Refuse facts that contradict each other."""
        for role in ("function", "derivative_function"):
            if not callable(getattr(self, role)):
                raise TypeError(f"{role} of {self.name} must be callable, got {getattr(self, role)!r}")
        for fact in ("bound", "lipschitz", "even_part_degree", "odd_part_degree"):
            if not getattr(self, fact) >= 0:
                raise ValueError(
                    f"{fact} of {self.name} must not be negative or NaN, got {getattr(self, fact)}"
                )
        low, high = self.domain
        if not low < high:
            raise ValueError(f"domain of {self.name} must be (low, high) with low < high, got {self.domain}")

    def __call__(self, z, out=None):
        r"""Evaluate the activation.

        Parameters
        ----------
        z : array_like
            Arguments of any shape, within the domain up to rounding.
        out : ndarray of float64, optional
            Where to write, of the shape of ``z``; may be ``z`` itself.

        Returns
        -------
        ndarray of float64
            :math:`\gamma(z)` entrywise. Cost O(size).

        Raises
        ------
        TypeError
            If the arguments are not real numbers.
        ValueError
            If an argument is NaN, infinite or outside the domain.
        """
        z = self._within_domain(z)
        values = self.function(z) if out is None else self.function(z, out=out)
        return values[()] if values.ndim == 0 else values

    def derivative(self, z):
        r"""Evaluate the derivative.

        Parameters
        ----------
        z : array_like
            Arguments of any shape, within the domain up to rounding.

        Returns
        -------
        ndarray of float64
            :math:`\gamma'(z)` entrywise; at a kink the derivative from the left; ``inf`` where the slope is (for
            Wendland0 at z = 1). Cost O(size).

        Raises
        ------
        TypeError
            If the arguments are not real numbers.
        ValueError
            If an argument is NaN, infinite or outside the domain.
        """
        return self.derivative_function(self._within_domain(z))[()]

    def __add__(self, other):
        """Return the sum of two activations, such as ``tanh() + relu()``.

        Parameters
        ----------
        other : Activation
            Another activation. Not both may have an even part, nor both an odd part, that is no polynomial: those
            might cancel, and the facts about the sum could not be known.

        Returns
        -------
        Activation
            With the sums of the bounds and of the Lipschitz constants, which may be larger than needed.

        Raises
        ------
        TypeError
            If the other is not an Activation.
        ValueError
            If parts that are no polynomials might cancel.
        """
        if not isinstance(other, Activation):
            return NotImplemented
        for part in ("even_part_degree", "odd_part_degree"):
            if np.isinf(getattr(self, part)) and np.isinf(getattr(other, part)):
                raise ValueError(
                    f"{part} of {self.label} + {other.label} is not known: both are infinite and might cancel; build "
                    "the Activation yourself and state the degrees"
                )
        return Activation(
            name=f"{self.name}+{other.name}",
            label=f"{self.label} + {other.label}",
            formula=f"{self.formula} + {other.formula}",
            function=partial(_total, functions=(self.function, other.function)),
            derivative_function=partial(
                _total, functions=(self.derivative_function, other.derivative_function)
            ),
            bound=self.bound + other.bound,
            lipschitz=self.lipschitz + other.lipschitz,
            even_part_degree=max(self.even_part_degree, other.even_part_degree),
            odd_part_degree=max(self.odd_part_degree, other.odd_part_degree),
            domain=(max(self.domain[0], other.domain[0]), min(self.domain[1], other.domain[1])),
            parameters=self.parameters + other.parameters,
        )

    @property
    def even_part_is_polynomial(self):
        """Whether the even part is a polynomial."""
        return np.isfinite(self.even_part_degree)

    @property
    def odd_part_is_polynomial(self):
        """Whether the odd part is a polynomial."""
        return np.isfinite(self.odd_part_degree)

    @property
    def singular_on_cube(self):
        """Whether random features are singular on the cube's vertices at every width.

        So they are if the odd part is linear (paper 001, Theorem 2.2 and Appendix A.2): the cubic kills it. They are
        also if the even part is constant, tanh and sine for instance: antipodal points then have dependent features.
        """
        return self.odd_part_degree <= 1 or self.even_part_degree <= 1

    @property
    def strictly_positive_definite(self):
        """Whether the population kernel is so on all distinct unit points in dimension three or more.

        By Theorem 3.3 of paper 001: neither part is a polynomial. In exact arithmetic: the kernel of an analytic
        activation may still be singular to rounding.
        """
        return not (self.even_part_is_polynomial or self.odd_part_is_polynomial)

    def _within_domain(self, z):
        z = finite_array(z, "z")
        low, high = self.domain
        if z.size and (np.isfinite(low) or np.isfinite(high)):
            least, most = z.min(), z.max()
            if least < low - ROUNDING or most > high + ROUNDING:
                raise ValueError(
                    f"{self.label} is defined for z in [{low:g}, {high:g}] only, got z = "
                    f"{least if least < low - ROUNDING else most:.9g}; with unit points, unit weights and no biases "
                    "z is an inner product in [-1, 1]"
                )
            if least < low or most > high:
                z = np.clip(z, low, high)
        return z
