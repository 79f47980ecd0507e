r"""The properties (W1) to (W7) of initial weights: counted on draws, and their exact probabilities for He weights.

Paper 000, Proposition E.3, for :math:`a_i \sim N(0, 2)`, :math:`w_i \sim N(0, 2/m)` and zero biases. Each property
"for all" neurons or sides fails if one neuron or side fails. (W1) holds always.
"""

import numpy as np
from scipy.special import erf, erfc, ndtr
from scipy.stats import binom, chi2

from twolayer.validation import finite_array, positive_number, real_number

PROPERTIES = ("W2", "W3", "W4", "W5", "W6", "W7")
"""The properties that can fail."""

DENSITY_BOUND = 1 / np.sqrt(4 * np.pi)
r"""The largest density B of :math:`a_i \sim N(0, 2)`."""

_NODES = 24
_EXACT_WIDTH = 10_000
_DEVIATIONS = 9.0


def _checked(m, epsilon, gamma):
    m = finite_array(m, "m")
    if not (m >= 2).all():
        raise ValueError(f"m must be at least 2 neurons, got {float(m.min()):g}")
    return m, real_number(epsilon, "epsilon"), positive_number(gamma, "gamma")


def failures(a, w, epsilon, gamma):
    r"""Tell which of the properties (W2) to (W7) fail for drawn weights.

    Parameters
    ----------
    a, w : array_like of shape (..., m)
        Initial weights.
    epsilon, gamma : float
        :math:`\varepsilon` and :math:`\gamma_P > 0`.

    Returns
    -------
    dict of str to ndarray of bool
        Shape (...) each, for the names in ``PROPERTIES``. Cost O(m).

    Raises
    ------
    TypeError, ValueError
        If an array is not finite, m is below 2, or gamma is not positive.
    """
    a, w = finite_array(a, "a"), finite_array(w, "w")
    m, epsilon, gamma = _checked(a.shape[-1], epsilon, gamma)
    sums = []
    for product in (a * a, w * w, w * a):
        positive = np.where(a > 0, product, 0.0).sum(axis=-1)
        sums.append(np.stack([positive, np.where(a < 0, product, 0.0).sum(axis=-1)]))
    hidden, output, mixed = sums
    return {
        "W2": np.abs(w).max(axis=-1) > m ** (epsilon - 0.5),
        "W3": np.abs(a).max(axis=-1) > m**epsilon,
        "W4": np.abs(a).min(axis=-1) < m ** -(1 + gamma),
        "W5": ((hidden < m / 2) | (hidden > 2 * m)).any(axis=0),
        "W6": ((output < 0.5) | (output > 2)).any(axis=0),
        "W7": (np.abs(mixed) > m**epsilon).any(axis=0),
    }


def failure_probabilities(m, epsilon, gamma):
    r"""Return the exact probabilities with which (W2) to (W7) fail for He weights.

    (W2) to (W4) are products over neurons. For the others the number N of neurons of one side is binomial, and given N
    the sums :math:`\Sigma_{a^2}/2` and :math:`m\Sigma_{w^2}/2` are chi-squared with N degrees of freedom and
    :math:`\Sigma_{wa}` is :math:`2\sqrt{\chi^2_N/m}` times a standard normal variable.

    Parameters
    ----------
    m : float
        Width, at least 2; beyond 10000, N is taken as normal. May be astronomically large.
    epsilon, gamma : float
        :math:`\varepsilon` and :math:`\gamma_P > 0`.

    Returns
    -------
    dict of str to float
        For the names in ``PROPERTIES``. Cost O(sqrt(m)).

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, m is below 2, or gamma is not positive.
    """
    m, epsilon, gamma = _checked(m, epsilon, gamma)
    m = float(m)
    size = _any_of(m, erfc(m**epsilon / 2))
    counts, weights = _numbers_on_a_side(m)
    inside = chi2.cdf(m, counts) - chi2.cdf(m / 4, counts)
    inside_other = chi2.cdf(m, m - counts) - chi2.cdf(m / 4, m - counts)
    moments = float(weights @ (1 - inside * inside_other))
    small, small_other = (_mixed_sum_exceeds(m, n, m**epsilon) for n in (counts, m - counts))
    mixed = float(weights @ (small + small_other - small * small_other))
    return {
        "W2": size,
        "W3": size,
        "W4": _any_of(m, erf(m ** -(1 + gamma) / 2)),
        "W5": moments,
        "W6": moments,
        "W7": mixed,
    }


def _any_of(m, probability):
    """Return the probability that one of m independent events of a probability happens."""
    return float(-np.expm1(m * np.log1p(-probability)))


def _numbers_on_a_side(m):
    """Return numbers of neurons with a > 0 and their probabilities."""
    if m > _EXACT_WIDTH:
        nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        return m / 2 + np.sqrt(m) / 2 * nodes, weights / weights.sum()
    spread = _DEVIATIONS * np.sqrt(m) / 2
    counts = np.arange(max(1, np.floor(m / 2 - spread)), min(m - 1, np.ceil(m / 2 + spread)) + 1)
    weights = binom.pmf(counts, int(m), 0.5)
    return counts, weights / weights.sum()


def _mixed_sum_exceeds(m, counts, threshold):
    r"""Return :math:`P(2\sqrt{\chi^2_N/m}\,|z| > t)` for each N, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    lower, upper = nodes < 0, nodes >= 0
    quantiles = np.concatenate(
        [chi2.ppf(ndtr(nodes[lower]), counts[:, None]), chi2.isf(ndtr(-nodes[upper]), counts[:, None])],
        axis=1,
    )
    scale = 2 * np.sqrt(np.maximum(quantiles, 1e-300) / m)
    return erfc(threshold / (scale * np.sqrt(2))) @ (weights / weights.sum())


def smallest_weight_bound(m, gamma):
    r"""Return the bound :math:`2Bm^{-\gamma_P}` of the proof for the failure of (W4), with :math:`B = 1/\sqrt{4\pi}`.

    Parameters
    ----------
    m : array_like
        Widths.
    gamma : float
        :math:`\gamma_P > 0`.

    Returns
    -------
    ndarray of float64
        Cost O(size).

    Raises
    ------
    TypeError, ValueError
        If a width is below 2, or gamma is not positive.
    """
    m, _, gamma = _checked(m, 0.0, gamma)
    return 2 * DENSITY_BOUND * m**-gamma
