r"""Spectra of kernels on the vertices of the cube, exactly: four eigenvalues, one for each degree.

The eight vertices are a group, :math:`\{\pm 1\}^3` up to the factor :math:`1/\sqrt 3`, and a kernel
:math:`\phi(\langle x, y\rangle)` on them is a convolution. Its eigenvectors are the characters, the monomials in the
signs: one of degree 0, three of degree 1 (:math:`s_a`), three of degree 2 (:math:`s_a s_b`) and one of degree 3
(:math:`s_1 s_2 s_3`, the null vector v of paper 001).
"""

import numpy as np

from twolayer.datasets import CUBE_SIGNS
from twolayer.gram import activation_values

CUBE_MULTIPLICITIES = (1, 3, 3, 1)
"""How often the eigenvalues of degree 0, 1, 2 and 3 occur."""

CUBE_INNER_PRODUCTS = np.array([1.0, 1 / 3, -1 / 3, -1.0])
"""The inner products of two vertices, by the number of coordinates in which they differ."""

_KRAWTCHOUK = np.array([[1, 3, 3, 1], [1, 1, -1, -1], [1, -1, -1, 1], [1, -3, 3, -1]], dtype=np.float64)


def cube_spectrum(kernel):
    r"""Return the eigenvalues of :math:`\phi(X X^T)` on the cube's vertices, by degree (for Theorem 3.1 of paper 001).

    .. math::

        \lambda_0 &= \phi(1) + 3\phi(1/3) + 3\phi(-1/3) + \phi(-1), &
        \lambda_1 &= \phi(1) + \phi(1/3) - \phi(-1/3) - \phi(-1), \\
        \lambda_2 &= \phi(1) - \phi(1/3) - \phi(-1/3) + \phi(-1), &
        \lambda_3 &= \phi(1) - 3\phi(1/3) + 3\phi(-1/3) - \phi(-1).

    The last is the third difference of :math:`\phi` with step 2/3: it vanishes for quadratic functions and for
    even ones.

    Parameters
    ----------
    kernel : callable
        :math:`\phi`, entrywise on arrays of inner products in [-1, 1].

    Returns
    -------
    ndarray of shape (4,)
        :math:`\lambda_0, \dots, \lambda_3` with the multiplicities 1, 3, 3, 1. Cost O(1).

    Raises
    ------
    TypeError
        If the kernel is not callable or does not return real numbers.
    ValueError
        If it does not act entrywise, or returns NaN or infinity.
    """
    return _KRAWTCHOUK @ activation_values(kernel, CUBE_INNER_PRODUCTS)


def cube_characters():
    r"""Return the eigenvectors that all kernels share on the cube's vertices.

    Returns
    -------
    ndarray of shape (8, 8)
        Columns of norm :math:`\sqrt 8` with entries :math:`\pm 1`: the constant, :math:`s_1, s_2, s_3`, then
        :math:`s_1 s_2, s_1 s_3, s_2 s_3`, then :math:`s_1 s_2 s_3`, for the points in the order of
        :func:`twolayer.datasets.cube_vertices`.
    """
    s = CUBE_SIGNS.T
    pairs = [s[0] * s[1], s[0] * s[2], s[1] * s[2]]
    return np.column_stack([np.ones(8), *s, *pairs, s.prod(axis=0)])
