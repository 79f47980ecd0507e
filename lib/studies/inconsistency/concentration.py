"""Appendix E in numbers: tails of means, the perturbed inverse, and the properties of He weights."""

import numpy as np
import pandas as pd
from scipy.special import erfc, erfinv
from scipy.stats import binom, gamma

from twolayer.initial_events import PROPERTIES, failure_probabilities, failures
from twolayer.initialisation import he
from twolayer.statistics import wilson_interval


def hoeffding(sample_sizes, tau):
    r"""Compare Lemma E.1 with the exact probability for fair coins.

    Parameters
    ----------
    sample_sizes : sequence of int
        Numbers n of tosses in {0, 1}.
    tau : sequence of float
        Values of :math:`\tau`.

    Returns
    -------
    DataFrame
        Columns n, tau, exact, bound.
    """
    rows = []
    for n in sample_sizes:
        for t in tau:
            # |sum - n/2| >= sqrt(t n / 2); the bound is for >=, so that an integer threshold counts.
            far = np.ceil(n / 2 + np.sqrt(t * n / 2) - 1e-9)
            rows.append({"n": n, "tau": t, "exact": 2 * binom.sf(far - 1, n, 0.5), "bound": 2 * np.exp(-t)})
    return pd.DataFrame(rows).assign(exact=lambda f: f["exact"].clip(upper=1.0))


def exponential_tail(n, epsilon, beta=1.0):
    r"""Return :math:`P(|S_n - 1| \ge \beta n^{\varepsilon - 1/2})` for means of standard exponential variables."""
    n = np.asarray(n, dtype=np.float64)
    distance = beta * n ** (epsilon - 0.5)
    return gamma.sf(n * (1 + distance), n) + gamma.cdf(n * np.maximum(1 - distance, 0), n)


def student_tail(n, epsilon, beta=1.0):
    r"""Return the same for means of Student variables with three degrees of freedom, which lack a third moment.

    By Fourier inversion: the characteristic function is :math:`(1 + \sqrt 3|t|)e^{-\sqrt 3|t|}`. Errors are below 1e-9.
    """
    results = []
    for size in np.atleast_1d(n):
        x = beta * size ** (epsilon + 0.5)  # for the sum of the variables
        # The transform of the sum is negligible beyond |t| = 30 / sqrt(n); the integrand is smooth.
        t = np.linspace(0, 12 / np.sqrt(size) + 60 / size, 200_001)[1:]
        transform = np.exp(size * (np.log1p(np.sqrt(3) * t) - np.sqrt(3) * t))
        integrand = np.concatenate([[x], np.sin(x * t) / t * transform])
        step = t[0]
        simpson = (
            (integrand[0] + 4 * integrand[1::2].sum() + 2 * integrand[2:-1:2].sum() + integrand[-1])
            * step
            / 3
        )
        results.append(1 - 2 / np.pi * simpson)
    return np.array(results)


def local_exponents(n, probability):
    """Return minus the slope of the logarithm of a probability against that of n, between neighbours."""
    return -np.diff(np.log(probability)) / np.diff(np.log(n))


def perturbed_inverses(rng, count, dimension=4):
    r"""Compare Lemma E.4 with random matrices in the largest-row-sum norm.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the matrices.
    count, dimension : int
        Number and size of the matrices.

    Returns
    -------
    DataFrame
        Columns ``closeness`` (:math:`\|A^{-1}\|\|A - B\| < 1`), ``inverse`` and ``difference``: the two norms of the
        lemma divided by their bounds, at most 1.
    """
    a = rng.standard_normal((count, dimension, dimension))
    inverse = np.linalg.inv(a)
    direction = rng.standard_normal(a.shape)
    # Some perturbations in the worst direction: a multiple of A itself.
    direction[: count // 4] = -a[: count // 4]
    closeness = rng.uniform(0, 1, count) ** 0.5
    change = direction * (closeness / (_norm(inverse) * _norm(direction)))[:, None, None]
    other = np.linalg.inv(a + change)
    bound = _norm(inverse) / (1 - closeness)
    difference = _norm(other - inverse) / (_norm(inverse) * _norm(change) * _norm(other))
    return pd.DataFrame({"closeness": closeness, "inverse": _norm(other) / bound, "difference": difference})


def _norm(matrices):
    return np.abs(matrices).sum(axis=-1).max(axis=-1)


def counted_failures(seed, widths, epsilon, gamma, weights_drawn):
    r"""Count on draws how often (W2) to (W7) fail.

    Parameters
    ----------
    seed : int
        Of the draws.
    widths : sequence of int
        Widths m.
    epsilon, gamma : float
        :math:`\varepsilon` and :math:`\gamma_P`.
    weights_drawn : int
        About this many neurons are drawn at each width.

    Returns
    -------
    DataFrame
        Columns width, property, draws, events, rate, low, high (four standard errors), exact.
    """
    rows = []
    for m in widths:
        draws = max(weights_drawn // m, 1)
        start = he(np.random.default_rng([seed, m]), m, 1, (draws,))
        counts = {k: int(v.sum()) for k, v in failures(start.a[..., 0], start.w, epsilon, gamma).items()}
        exact = failure_probabilities(m, epsilon, gamma)
        rows += [(m, k, draws, counts[k], counts[k] / draws, exact[k]) for k in PROPERTIES]
    table = pd.DataFrame(rows, columns=["width", "property", "draws", "events", "rate", "exact"])
    low, high = wilson_interval(table["events"], table["draws"], confidence=0.99994)
    return table.assign(low=low, high=high)


def exact_failures(widths, epsilon, gamma):
    """Return the exact failure probabilities at widths, one column for each property."""
    rows = [{"width": m, **failure_probabilities(m, epsilon, gamma)} for m in widths]
    return pd.DataFrame(rows)


def widths_for(epsilon, level=0.5):
    r"""Return how wide He networks must be for (W2) and for (W7) to hold with probability 1 - level, as powers of ten.

    (W7) in the limit of wide networks, where :math:`\Sigma_{\sigma,wa}` are independent and normal of variance 2.

    Parameters
    ----------
    epsilon, level : float
        :math:`\varepsilon > 0` and the probability of a failure.

    Returns
    -------
    dict of str to float
        ``W2`` (the same as (W3)) to a hundredth, and ``W7``.
    """
    exponents = np.arange(0.3, 290.0, 0.01)
    m = 10.0**exponents
    fails = -np.expm1(m * np.log1p(-erfc(m**epsilon / 2)))
    threshold = 2 * erfinv(np.sqrt(1 - level))
    return {
        "W2": float(exponents[np.flatnonzero(fails > level)[-1] + 1]),
        "W7": float(np.log10(threshold) / epsilon),
    }


def moment_statistics(seed, width, draws):
    """Return means and variances of the initial moments of a side over draws, with standard errors of the means.

    Returns
    -------
    DataFrame
        Columns moment, mean, error, expected, variance, expected_variance; expected values for He weights.
    """
    start = he(np.random.default_rng([seed, width]), width, 1, (draws,))
    a, w = start.a[..., 0], start.w
    expected = {"a2": (width, 5 * width), "w2": (1.0, 5 / width), "wa": (0.0, 2.0)}
    products = {"a2": a * a, "w2": w * w, "wa": w * a}
    rows = []
    for name, product in products.items():
        values = np.where(a > 0, product, 0.0).sum(axis=-1)
        rows.append(
            {
                "moment": name,
                "mean": values.mean(),
                "error": values.std(ddof=1) / np.sqrt(draws),
                "expected": expected[name][0],
                "variance": values.var(ddof=1),
                "expected_variance": expected[name][1],
            }
        )
    return pd.DataFrame(rows)
