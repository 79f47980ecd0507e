"""Checks of arguments, with errors that say which value was bad and what to pass instead.

Every public function of the library checks its input here, so that all of them speak alike:

* a ``TypeError`` means that the value is of a kind that can never do (a string where numbers belong, complex
  numbers, a truth value for a count, a seed where a generator belongs);
* a ``ValueError`` means that the kind is right but the value is not (NaN, a wrong shape, a width of zero,
  points off the sphere).

Each message names the argument, quotes the value or the shape received, and ends with the fix. All checks are
linear in the size of the array and never change it.
"""

import operator

import numpy as np

UNIT_TOLERANCE = 1e-8
"""How far the norm of a unit vector may be from 1: far above the rounding of ``x / |x|`` in double precision,
far below any intended change of scale."""


def finite_array(x, name="x"):
    """Return the input as a float64 array without NaN or infinite entries.

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    name : str
        How messages call the argument.

    Returns
    -------
    ndarray of float64
        The same array where it was float64 already, else a converted copy. Cost O(size).

    Raises
    ------
    TypeError
        If the entries are not real numbers (text, objects, complex numbers, truth values).
    ValueError
        If the rows are ragged, or an entry is NaN or infinite.
    """
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ValueError(
            f"{name} is ragged: its rows have different lengths; pass a rectangular array"
        ) from error
    if array.dtype.kind not in "iuf":
        raise TypeError(
            f"{name} must hold real numbers, got entries of type {array.dtype}; convert them to float first"
        )
    if array.dtype != np.float64:
        with np.errstate(over="ignore"):
            array = array.astype(np.float64)
    if not np.isfinite(array).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(
            f"{name} has {int((~np.isfinite(array)).sum())} entries that are NaN or infinite, the first at "
            f"index {first}: {array[first]}; remove or replace them"
        )
    return array


def as_points(x, *, unit=False, name="x"):
    r"""Return data points as an array with one point in each row.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points as rows, n >= 1 and d >= 1. (Paper 001 writes them as columns.)
    unit : bool
        Whether every row must have Euclidean norm 1, up to ``UNIT_TOLERANCE``.
    name : str
        How messages call the argument.

    Returns
    -------
    ndarray of float64, shape (n, d)
        The points, not rescaled. Cost O(n d).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the array is not two-dimensional, has no rows or no columns, holds NaN or infinity, or (with
        ``unit``) a row does not have norm 1.
    """
    points = finite_array(x, name)
    if points.ndim != 2:
        raise ValueError(
            f"{name} must have shape (n, d), one point in each row, got shape {points.shape}; "
            f"a single point is {name}[None, :]"
        )
    if 0 in points.shape:
        raise ValueError(
            f"{name} must hold at least one point with at least one coordinate, got shape {points.shape}"
        )
    if unit:
        # The largest entry is divided out first: squares of finite entries may overflow.
        scale = np.abs(points).max(axis=1)
        norms = scale * np.linalg.norm(points / np.where(scale > 0, scale, 1.0)[:, None], axis=1)
        error = np.abs(norms - 1.0)
        worst = int(error.argmax())
        if error[worst] > UNIT_TOLERANCE:
            raise ValueError(
                f"{name} must have rows of norm 1, but row {worst} has norm {norms[worst]:.9g}; divide each "
                f"row by its norm: {name} / np.linalg.norm({name}, axis=1, keepdims=True)"
            )
    return points


def as_labels(y, n, name="y"):
    """Return labels as a vector with one entry for each point.

    Parameters
    ----------
    y : array_like of shape (n,)
        Real labels (regression targets or +-1).
    n : int
        The number of points.
    name : str
        How messages call the argument.

    Returns
    -------
    ndarray of float64, shape (n,)
        The labels. Cost O(n).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the shape is not ``(n,)`` or an entry is NaN or infinite.
    """
    labels = finite_array(y, name)
    if labels.shape != (n,):
        raise ValueError(
            f"{name} must be a vector with one label for each of the {n} points, shape ({n},), got shape "
            f"{labels.shape}"
        )
    return labels


def positive_integer(value, name, minimum=1):
    """Return a count (a width, a dimension, a number of points) as an int.

    Parameters
    ----------
    value : int
        Anything with an exact integer value type (int or a numpy integer, not a float such as 3.0).
    name : str
        How messages call the argument.
    minimum : int
        The least value allowed, 1 unless told.

    Returns
    -------
    int
        The value.

    Raises
    ------
    TypeError
        If the value is not an integer (a truth value is not a count).
    ValueError
        If the value is below the minimum.
    """
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an integer, got the truth value {value}")
    try:
        integer = operator.index(value)
    except TypeError as error:
        raise TypeError(
            f"{name} must be an integer, got {value!r} of type {type(value).__name__}; use int(...)"
        ) from error
    if integer < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {integer}")
    return integer


def real_number(value, name):
    """Return one finite real number as a float.

    Parameters
    ----------
    value : float
        A finite real scalar.
    name : str
        How messages call the argument.

    Returns
    -------
    float
        The value.

    Raises
    ------
    TypeError
        If the value is not one real number.
    ValueError
        If the value is NaN or infinite.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        # Python's integers have no bound, and NumPy takes large ones for objects.
        array = np.asarray(np.inf if abs(value) > 10**308 else float(value))
    else:
        array = np.asarray(value) if np.isscalar(value) or isinstance(value, np.ndarray) else None
    if array is None or array.ndim != 0 or array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be one real number, got {value!r} of type {type(value).__name__}")
    number = float(array)
    if not np.isfinite(number):
        raise ValueError(f"{name} must be finite and less than 1e308 in size, got {number}")
    return number


def positive_number(value, name):
    """Return one finite real number greater than zero as a float.

    Parameters
    ----------
    value : float
        A finite real scalar greater than zero.
    name : str
        How messages call the argument.

    Returns
    -------
    float
        The value.

    Raises
    ------
    TypeError
        If the value is not one real number.
    ValueError
        If the value is NaN, infinite, zero or negative.
    """
    number = real_number(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be greater than zero, got {number}")
    return number


def as_generator(rng, name="rng"):
    """Return the random generator, refusing seeds and the global state.

    Parameters
    ----------
    rng : numpy.random.Generator
        Made by the caller, for example by ``numpy.random.default_rng(0)``.
    name : str
        How messages call the argument.

    Returns
    -------
    numpy.random.Generator
        The same object.

    Raises
    ------
    TypeError
        If it is anything else.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{name} must be a numpy.random.Generator, got {rng!r} of type {type(rng).__name__}; "
            "make one from a seed with numpy.random.default_rng(seed)"
        )
    return rng
