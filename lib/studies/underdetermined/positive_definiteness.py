r"""When is the population kernel strictly positive definite? Predictions of Theorem 3.3 and their checks (section 3.3).

On p antipodal pairs the features split: even part and odd part act on p points each, so the rank is the sum of their
ranks. A part that is not a polynomial has rank p; a polynomial part of degree D sees only the polynomials of its
parity up to degree D, which on the sphere in three dimensions span (D + 1)(D + 2) / 2 dimensions.
"""

import math

import numpy as np
import pandas as pd

from twolayer import activations as library
from twolayer.conditioning import condition_number, numerical_rank, singular_values_by_width
from twolayer.datasets import antipodal_pairs, cube_vertices
from twolayer.gegenbauer import spherical_harmonic_dimension
from twolayer.initialisation import sphere_points
from twolayer.statistics import fit_power_law

RANDOM_PAIRS = 10
"""Antipodal pairs of the second test set: enough to expose polynomial parts up to degree three."""

WIDTH = 1000
"""Width of the networks whose ranks are taken."""


def battery():
    """Return the activations that are tested, in three dimensions: first those that should fail on some data."""
    failing = (
        library.relu(),
        library.leaky_relu(0.1),
        library.absolute_value(),
        library.swish(),
        library.softplus(),
        library.gelu(),
        library.hyperbolic_cosine(),
        library.cosine(),
        library.quadratic(),
        library.squared_relu(),
        library.tanh(),
        library.sine(),
    )
    passing = (
        library.elu(),
        library.exponential(),
        library.sine() + library.cosine(),
        library.tanh() + library.relu(),
        library.wendland(0, 3),
        library.wendland(2, 3),
    )
    return failing + passing


def _part_rank(degree, pairs):
    """Rank of a part of polynomial degree (or infinity) on generic antipodal pairs in three dimensions."""
    return pairs if np.isinf(degree) else min(pairs, int((degree + 1) * (degree + 2) / 2))


def predicted_rank(activation, pairs):
    r"""Predict the rank of the features on p antipodal pairs in three dimensions from the even and odd parts.

    Exact for the cube (p = 4) and for random pairs.

    Parameters
    ----------
    activation : Activation
        Whose even and odd parts have known degrees.
    pairs : int
        p.

    Returns
    -------
    int
        At most 2 p.
    """
    even, odd = activation.even_part_degree, activation.odd_part_degree
    even_rank = 0 if even == 0 and activation(0.0) == 0 else _part_rank(even, pairs)
    odd_rank = 0 if odd == 0 else _part_rank(odd, pairs)
    return even_rank + odd_rank


def rank_table(seed):
    """Predict and measure ranks for the battery, on the cube and on twenty points in random antipodal pairs.

    Parameters
    ----------
    seed : int
        Of the pairs, the weights and the hundred uniform points.

    Returns
    -------
    DataFrame
        One row for each activation: degrees of the parts, ``definite`` (what Theorem 3.3 says), predicted and
        measured ranks, and ``kappa``, the condition number of the Gram matrix on a hundred uniform points.
    """
    rng = np.random.default_rng(seed)
    weights = sphere_points(rng, WIDTH, 3)
    sets = {
        "cube": cube_vertices(),
        "pairs": antipodal_pairs(rng, RANDOM_PAIRS, 3, 3),
        "uniform": sphere_points(rng, 100, 3),
    }
    tested = battery()
    values = {name: singular_values_by_width(x, weights, tested, [WIDTH])[:, 0] for name, x in sets.items()}
    ranks = {name: numerical_rank(values[name]) for name in ("cube", "pairs")}
    kappa = condition_number(values["uniform"])
    return pd.DataFrame(
        {
            "activation": activation.label,
            "formula": activation.formula,
            "even": activation.even_part_degree,
            "odd": activation.odd_part_degree,
            "definite": activation.strictly_positive_definite,
            "predicted_cube": predicted_rank(activation, 4),
            "cube": int(ranks["cube"][i]),
            "predicted_pairs": predicted_rank(activation, RANDOM_PAIRS),
            "pairs": int(ranks["pairs"][i]),
            "kappa": float(kappa[i]),
        }
        for i, activation in enumerate(tested)
    )


def random_pairs_at(rng, inner_products, dimension):
    r"""Draw, for each inner product t, a uniformly rotated pair of unit points with :math:`\langle x, y\rangle = t`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    inner_products : ndarray of shape (k,)
        Numbers in [-1, 1].
    dimension : int
        d >= 2.

    Returns
    -------
    x, y : ndarray of shape (k, d)
        Unit points as rows.
    """
    t = np.asarray(inner_products, dtype=np.float64)[:, None]
    x, y = np.moveaxis(rng.standard_normal((len(t), 2, dimension)), 1, 0)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y -= (x * y).sum(axis=1, keepdims=True) * x
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    return x, t * x + np.sqrt(1 - t**2) * y


def kernel_by_sampling(rng, x, y, activations, draws):
    r"""Estimate :math:`E_w[\gamma(\langle x_i, w\rangle)\gamma(\langle y_i, w\rangle)]` for pairs of points.

    Every pair has its own weights. Nothing about rotations is used.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    x, y : ndarray of shape (k, d)
        Pairs of unit points as rows.
    activations : sequence of callables
        Acting entrywise.
    draws : int
        Number of weights for each pair.

    Returns
    -------
    mean, standard_error : ndarray of shape (number of activations, k)
        Cost O(k d draws).
    """
    mean = np.empty((len(activations), len(x)))
    error = np.empty_like(mean)
    for i, (first, second) in enumerate(zip(x, y, strict=True)):
        w = sphere_points(rng, draws, x.shape[1])
        u, v = w @ first, w @ second
        for j, activation in enumerate(activations):
            products = activation(u) * activation(v)
            mean[j, i] = products.mean()
            error[j, i] = products.std(ddof=1) / math.sqrt(draws)
    return mean, error


def relu_coefficient(dimension, degree):
    r"""Coefficient :math:`\hat g_k = E[(w_1)_+ P_k(w_1)]` of ReLU in closed form, for even k >= 2.

    By Rodrigues' formula and k integrations by parts, with j = (k - 2)/2 and a = k + (d - 3)/2,

    .. math::

        \hat g_k = (-1)^j \frac{\Gamma(d/2)}{\sqrt\pi\,\Gamma((d-1)/2)}
                   \frac{(k-2)!\;\Gamma((d-1)/2)}{2^k\,\Gamma(k + (d-1)/2)}
                   \frac{\Gamma(a+1)}{\Gamma(j+1)\,\Gamma(a-j+1)} .

    Parameters
    ----------
    dimension : int
        d >= 2.
    degree : int
        k, even and at least 2.

    Returns
    -------
    float
        The coefficient, without cancellation at any degree.

    Raises
    ------
    ValueError
        If the degree is odd or below 2.
    """
    if degree < 2 or degree % 2:
        raise ValueError(f"degree must be even and at least 2, got {degree}; odd ones from 3 on vanish")
    half = (dimension - 1) / 2
    j, a = (degree - 2) // 2, degree + half - 1
    logarithm = (
        math.lgamma(dimension / 2)
        - 0.5 * math.log(math.pi)
        + math.lgamma(degree - 1)
        - degree * math.log(2)
        - math.lgamma(degree + half)
        + math.lgamma(a + 1)
        - math.lgamma(j + 1)
        - math.lgamma(a - j + 1)
    )
    return (-1) ** j * math.exp(logarithm)


def relu_terms(dimension, degrees):
    r"""Return :math:`N(d,k)\,|\hat g_k|`, the size at t = 1 of the terms of ReLU's own expansion (errata E6).

    Parameters
    ----------
    dimension : int
        d.
    degrees : sequence of int
        Even degrees from 2 on.

    Returns
    -------
    ndarray of float64
        One for each degree.
    """
    return np.array(
        [spherical_harmonic_dimension(dimension, k) * abs(relu_coefficient(dimension, k)) for k in degrees]
    )


def growth_table(dimensions, lowest=200, highest=2000):
    r"""Fit the exponent with which the terms of ReLU's expansion at t = 1 grow, against :math:`d/2 - 3`.

    Parameters
    ----------
    dimensions : sequence of int
        Input dimensions.
    lowest, highest : int
        Range of degrees of the fit.

    Returns
    -------
    DataFrame
        Columns ``d``, ``exponent``, ``theory``; whether the terms are ``summable`` (exponent below -1) and whether
        they ``vanish`` (below 0) by the theory.
    """
    degrees = np.unique(np.geomspace(lowest, highest, 30).astype(int) // 2 * 2)
    return pd.DataFrame(
        {
            "d": d,
            "exponent": fit_power_law(degrees.astype(float), relu_terms(d, degrees.tolist())).exponent,
            "theory": d / 2 - 3,
            "summable": d / 2 - 3 < -1,
            "vanish": d / 2 - 3 < 0,
        }
        for d in dimensions
    )


def describe_degree(degree):
    """Return what a table says of a part of an activation: zero, its polynomial degree, or "not polynomial".

    Parameters
    ----------
    degree : float
        Degree of the part; 0 for a constant or zero part, infinity for a part that is no polynomial.

    Returns
    -------
    str
        The description.
    """
    return "not polynomial" if np.isinf(degree) else ("zero" if degree == 0 else f"degree {degree:g}")
