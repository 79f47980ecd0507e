"""Exact and sampled checks of the population quantities of paper 000's Section 6."""

import itertools

import numpy as np

from twolayer.line_distribution import LineDistribution


def risk_by_sampling(law: LineDistribution, predict, draws: int, seed: int) -> dict:
    """Compare the risk of a function on a sample with Bayes risk plus excess risk (paper 000, Remark 20).

    Parameters
    ----------
    law : LineDistribution
        The distribution.
    predict : callable
        The function.
    draws, seed : int
        Size and seed of the sample.

    Returns
    -------
    dict
        ``sampled``, ``exact``, ``z`` (the difference in standard errors) and ``draws``.
    """
    x, y = law.sample(np.random.default_rng([seed, 20]), draws)
    losses = 0.5 * (y - predict(x)) ** 2
    exact = law.bayes_risk + law.excess_risk(predict)
    z = (losses.mean() - exact) / (losses.std(ddof=1) / np.sqrt(draws))
    return {"sampled": float(losses.mean()), "exact": exact, "z": float(z), "draws": draws}


def kernel_of_point_moments(x: np.ndarray) -> dict[str, float]:
    """Check Remark 17: the kernel of M_x is spanned by (1, -x), and M of two distinct points is invertible.

    Parameters
    ----------
    x : ndarray of shape (k,)
        Points, increasing.

    Returns
    -------
    dict
        ``image``: the largest entry of M_x (1, -x); ``rank defect``: how far the ranks of M_x are from one; ``pairs``:
        largest error of det(M_x + M_x') = (x - x')^2 over neighbouring points, which is positive.
    """
    moments = np.stack([np.stack([x**2, x], -1), np.stack([x, np.ones_like(x)], -1)], -2)
    image = moments @ np.stack([np.ones_like(x), -x], -1)[..., None]
    pairs = np.linalg.det(moments[1:] + moments[:-1]) - np.diff(x) ** 2
    return {
        "image": float(np.abs(image).max()),
        "rank defect": float(np.abs(np.linalg.matrix_rank(moments) - 1).max()),
        "pairs": float(np.abs(pairs).max()),
    }


def smallest_affine_error(law: LineDistribution) -> float:
    """Return the least classification error of functions that are affine on each side of zero.

    Such a function changes its sign once on a side at most, so it is enough to try, on each side, both signs near zero
    and every place of the change; the probability wrongly signed is minimised over them.

    Parameters
    ----------
    law : LineDistribution
        A distribution without noise whose regression function is +1 or -1.

    Returns
    -------
    float
        The sum of the least errors of the two sides.
    """
    x, p = law.quadrature()
    total = 0.0
    for side in (1, -1):
        here = np.sign(x) == side
        order = np.argsort(np.abs(x[here]))
        labels, mass = law.regression(x[here])[order], p[here][order]
        # errors[s][k]: sign s on the first k points from zero, -s beyond.
        best = np.inf
        for sign, change in itertools.product((1.0, -1.0), range(labels.size + 1)):
            guess = np.where(np.arange(labels.size) < change, sign, -sign)
            best = min(best, mass[guess != labels].sum())
        total += best
    return float(total)
