r"""What the cosine of two unit vectors says about their coordinates, with sharp constants.

Let u and v be unit vectors with :math:`\langle u, v\rangle \ge 1 - \varepsilon`. Proposition 7 of paper 003 gives
:math:`|u_i - v_i| \le \sqrt{2\varepsilon}`, which two vectors with coordinates of opposite signs attain. If
:math:`v_i` is known, there is a better constant; and Corollary 2, on the coordinates of
:math:`v - \langle u, v\rangle u`, has a sharp one too.
"""

import numpy as np

from twolayer.validation import finite_array


def _check_gap(epsilon):
    epsilon = finite_array(epsilon, "epsilon")
    if (epsilon < 0).any() or (epsilon > 1).any():
        raise ValueError(
            f"epsilon must lie in [0, 1], the range of 1 - cosine for angles up to a right one, got "
            f"{epsilon.min():g} to {epsilon.max():g}"
        )
    return epsilon


def coordinate_bound(epsilon):
    r"""Return :math:`\sqrt{2\varepsilon}`, the sharp bound of :math:`|u_i - v_i|` if nothing else is known.

    Parameters
    ----------
    epsilon : array_like
        :math:`\varepsilon \ge 1 - \langle u, v\rangle`, in [0, 1].

    Returns
    -------
    ndarray
        The bound (paper 003, Proposition 7).

    Raises
    ------
    TypeError, ValueError
        If an entry is not in [0, 1].
    """
    return np.sqrt(2.0 * _check_gap(epsilon))


def coordinate_bound_at(epsilon, coordinate):
    r"""Return the largest :math:`|u_i - v_i|` over all unit vectors u, for a given coordinate :math:`v_i`.

    With :math:`|v_i| = \cos\beta` and :math:`1 - \varepsilon = \cos\varphi`, both angles at most right, the farthest
    coordinate is :math:`\cos(\beta + \varphi)`, and the maximum
    :math:`\varepsilon|v_i| + \sqrt{\varepsilon(2 - \varepsilon)}\sqrt{1 - v_i^2}`; attained in dimension two or more.

    Parameters
    ----------
    epsilon : array_like
        :math:`\varepsilon` in [0, 1].
    coordinate : array_like
        :math:`v_i` in [-1, 1].

    Returns
    -------
    ndarray
        Of the common shape.

    Raises
    ------
    TypeError, ValueError
        If an entry is out of range.
    """
    epsilon, v = _check_gap(epsilon), np.abs(finite_array(coordinate, "coordinate"))
    if (v > 1).any():
        raise ValueError(
            f"coordinate must lie in [-1, 1], as that of a unit vector, got one of modulus {v.max():g}"
        )
    return epsilon * v + np.sqrt(epsilon * (2.0 - epsilon)) * np.sqrt(1.0 - v**2)


def tangent_bound(epsilon):
    r"""Return :math:`\sqrt{\varepsilon(2 - \varepsilon)}`, the sharp bound of :math:`|v_i - \langle u, v\rangle u_i|`.

    Parameters
    ----------
    epsilon : array_like
        :math:`\varepsilon \ge 1 - \langle u, v\rangle`, in [0, 1].

    Returns
    -------
    ndarray
        The sine of the angle (Corollary 2 of paper 003, whose own constant is lost in the text at hand).

    Raises
    ------
    TypeError, ValueError
        If an entry is not in [0, 1].
    """
    epsilon = _check_gap(epsilon)
    return np.sqrt(epsilon * (2.0 - epsilon))
