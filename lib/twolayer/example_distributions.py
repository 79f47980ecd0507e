"""The distributions of paper 000's Section 6 and Appendix L, each a LineDistribution."""

from functools import partial

import numpy as np
from scipy.special import betaln, xlog1py, xlogy

from twolayer.line_distribution import LineDistribution
from twolayer.validation import positive_number, real_number

COSINE_SCALE = 0.727
"""The number that paper 000 (Appendix L) divides the labels of its example by, so that their mean square is one."""

_RIGHT_OF_POSITIVE = ((1.0, 2.0), (6.0, 7.0))
_LEFT_OF_POSITIVE = ((-5.0, -3.0),)


def _wave(x):
    return (np.cos(7 * np.pi * (x - x / np.sqrt(1 + x**2))) + x**2 / 5 + 0.074) / COSINE_SCALE


def _beta_inputs(rng, n, *, scale, shape):
    return scale * rng.choice([-1.0, 1.0], n) * rng.beta(*shape, n)


def _beta_density(x, *, scale, shape):
    t = np.abs(x) / scale
    inside = (t > 0) & (t < 1)
    t = np.where(inside, t, 0.5)
    logarithm = xlogy(shape[0] - 1, t) + xlog1py(shape[1] - 1, -t) - betaln(*shape)
    return np.where(inside, np.exp(logarithm) / (2 * scale), 0.0)


def beta_distribution(eta, regression=_wave, noise=0.1 / COSINE_SCALE):
    r"""Return a distribution with as little mass near zero as an exponent says.

    :math:`x = s\,\sigma\beta` with a fair sign :math:`\sigma` and :math:`\beta \sim \mathrm{Beta}(\eta, 2)`, scaled
    to variance one. The density is :math:`\Theta(|x|^{\eta - 1})` at zero, which is Assumption 16 (P2) with this
    :math:`\eta` and no better one; paper 000's inconsistency needs :math:`\eta > 4`.

    Parameters
    ----------
    eta : float
        :math:`\eta > 0`.
    regression : callable
        :math:`f^*`; the cosine of Appendix L if not given.
    noise : float
        Standard deviation of the labels given x.

    Returns
    -------
    LineDistribution
        Sampled in O(n).

    Raises
    ------
    TypeError, ValueError
        If eta is not a positive number, or the noise is negative.
    """
    eta = positive_number(eta, "eta")
    noise = real_number(noise, "noise")
    if noise < 0:
        raise ValueError(f"noise is a standard deviation and must be >= 0, got {noise}")
    shape = (eta, 2.0)
    scale = np.sqrt((eta + 2) * (eta + 3) / (eta * (eta + 1)))
    return LineDistribution(
        name=f"Beta({eta:g}, 2)",
        draw_inputs=partial(_beta_inputs, scale=scale, shape=shape),
        density=partial(_beta_density, scale=scale, shape=shape),
        support=((-scale, 0.0), (0.0, scale)),
        regression=regression,
        noise=noise,
        eta=eta,
    )


def cosine_distribution():
    r"""Return paper 000's example distribution :math:`P_{ex}` (Appendix L; Figures 1, 2 and 9).

    .. math:: x = \sqrt{196/105}\,\sigma\beta, \qquad
        y = \tfrac{1}{0.727}\Bigl(\cos\bigl(7\pi(x - x/\sqrt{1+x^2})\bigr)
            + \tfrac15 x^2 + \tfrac1{10}\varepsilon + 0.074\Bigr)

    with a fair sign :math:`\sigma` and :math:`\beta \sim \mathrm{Beta}(5, 2)`.

    Returns
    -------
    LineDistribution
        With :math:`\eta = 5`; Var(x) = 1. The intercepts of its half-sided lines are about 0.002, not zero: (P3) holds
        for ``cosine_distribution().without_intercepts()``.
    """
    distribution = beta_distribution(5.0)
    return LineDistribution(**{**distribution.__dict__, "name": "cosine"})


def _interval_label(x, *, length):
    t = np.abs(x) / length
    return np.where((t > 2.5) & (t < 5.5), -1.0, 1.0) * np.sign(x)


def _interval_inputs(rng, n, *, length):
    """Draw points uniformly from intervals [1, 2], [3, 5], [6, 7] times the length, on both sides."""
    t = 4 * rng.random(n)
    t = np.where(t < 1, 1 + t, np.where(t < 3, 2 + t, 3 + t))
    return length * rng.choice([-1.0, 1.0], n) * t


def _interval_density(x, *, length, intervals):
    inside = np.zeros(np.shape(x), dtype=bool)
    for low, high in intervals:
        inside |= (x >= low) & (x <= high)
    return np.where(inside, 1 / (8 * length), 0.0)


def interval_labels(length=0.25):
    r"""Return the classification problem of paper 000, Example 2 and Figure 4.

    The label is :math:`y = \pm1` with probability 1/2 each; given y = 1, x is uniform on
    :math:`[\lambda, 2\lambda] \cup [-5\lambda, -3\lambda] \cup [6\lambda, 7\lambda]`, and given y = -1 on the mirror
    image.

    Parameters
    ----------
    length : float
        :math:`\lambda`; the paper draws 1/4. Var(x) is :math:`\tfrac{58}{3}\lambda^2`.

    Returns
    -------
    LineDistribution
        Without noise and with :math:`\eta = \infty`. Both half-sided lines are zero, of risk 1/2.

    Raises
    ------
    TypeError, ValueError
        If the length is not a positive number.
    """
    length = positive_number(length, "length")
    positive = _LEFT_OF_POSITIVE + _RIGHT_OF_POSITIVE
    mirrored = tuple((-high, -low) for low, high in positive)
    intervals = tuple((low * length, high * length) for low, high in sorted(positive + mirrored))
    return LineDistribution(
        name="intervals",
        draw_inputs=partial(_interval_inputs, length=length),
        density=partial(_interval_density, length=length, intervals=intervals),
        support=intervals,
        regression=partial(_interval_label, length=length),
        noise=0.0,
        eta=np.inf,
    )
