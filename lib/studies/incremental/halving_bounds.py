"""The inequalities of Appendix E one by one: exact and sampled probabilities beside the bounds, and their slack."""

import math

import numpy as np
import pandas as pd

from studies.incremental.mild_width import mild_width
from twolayer.coverage_ratio import largest_ratio, least_ratio, union_budgets
from twolayer.halving import (
    certified_factor,
    halving_failure,
    halving_steps,
    log_union_bound,
)
from twolayer.packed_jump_process import packed_jump_process, random_patterns
from twolayer.validation import positive_integer

# Beyond it Proposition 6 gives less than a square root for every epsilon.
LARGEST_TOLERANCE = math.sqrt(5) - 2
CONFIDENCE = 0.95


def failure_probabilities(sizes, cases):
    """Return, for each size and each pair of delta and epsilon, how likely it is that halving fails in a fixed order.

    Parameters
    ----------
    sizes : iterable of int
        Points.
    cases : iterable of (float, float)
        Pairs.

    Returns
    -------
    DataFrame
        Columns n, delta, epsilon, K, exact (probability), fixed and every (bounds of Proposition 4 and Corollary 1, not
        cut off at one).
    """
    records = []
    for delta, epsilon in cases:
        for n in sizes:
            steps = halving_steps(n, delta, epsilon)
            if steps:
                bounds = [log_union_bound(math.log(n), m, delta, epsilon) for m in (1, mild_width(n))]
                records.append(
                    {
                        "n": n,
                        "delta": delta,
                        "epsilon": epsilon,
                        "K": steps,
                        "exact": halving_failure(n, delta, steps),
                        "fixed": math.exp(min(bounds[0], 700)),
                        "every": math.exp(min(bounds[1], 700)),
                    }
                )
    return pd.DataFrame(records)


def algorithm_runs(sizes, cases, repetitions):
    """Run Algorithm 1 with equal labels of one sign and measure each inequality of the proof.

    Parameters
    ----------
    sizes, cases
        As in :func:`failure_probabilities`.
    repetitions : int
        Draws for each size.

    Returns
    -------
    DataFrame
        Columns n, delta, epsilon, K, halves (whether all the events hold), first_part and first_bound (the two sides of
        Proposition 5), rest and rest_bound (of Proposition 6), in units of the square root of n.
    """
    records, repetitions = [], positive_integer(repetitions, "repetitions")
    for n in sizes:
        for repetition in range(repetitions):
            rng = np.random.default_rng([13, n, repetition])
            process = packed_jump_process(random_patterns(rng, mild_width(n), n), np.ones(n))
            left = n - np.concatenate([[0], np.cumsum(process.counts)])
            for delta, epsilon in cases:
                steps = halving_steps(n, delta, epsilon)
                if steps:
                    records.append(_one_run(n, delta, epsilon, steps, left, process.label_norms))
    return pd.DataFrame(records)


def _one_run(n, delta, epsilon, steps, left, norms):
    deviations = np.abs(left[1:] - left[:-1] / 2) / (left[:-1] / 2)
    kappa, root = math.sqrt((1 + delta) / 2), math.sqrt(n)
    return {
        "n": n,
        "delta": delta,
        "epsilon": epsilon,
        "K": steps,
        "halves": bool(norms.size >= steps and (deviations[:steps] <= delta).all()),
        "first_part": norms[:steps].sum() / root,
        "first_bound": kappa / (1 - kappa),
        "rest": norms[steps:].sum() / root,
        "rest_bound": root * ((1 + delta) / 2) ** steps,
    }


def largest_epsilon(delta):
    """Return the largest epsilon for which Proposition 6 gives a square root; None if there is none above 0."""
    epsilon = 1 - 0.5 * math.log(2 / (1 - delta)) / math.log(2 / (1 + delta))
    return epsilon if epsilon > 0 else None


def least_points(width, deltas=None):
    """Return the number of points from which on Corollary 1 says something, at the best admissible delta and epsilon.

    Parameters
    ----------
    width : callable
        Number of neurons for the logarithm of n; constant 1 for the fixed order of Proposition 4.
    deltas : array_like, optional
        Tolerances to choose from.

    Returns
    -------
    dict
        log10_n, delta, epsilon and factor, the constant of Proposition 5.
    """
    best = {"log10_n": math.inf}
    for delta in np.arange(0.005, LARGEST_TOLERANCE, 0.005) if deltas is None else deltas:
        epsilon = largest_epsilon(delta)
        start = _last_vacuous(width, delta, epsilon, np.arange(3.0, 400.0))
        last = _last_vacuous(width, delta, epsilon, start + np.linspace(0.0, 1.0, 101))
        if last / math.log(10) < best["log10_n"]:
            kappa = math.sqrt((1 + delta) / 2)
            best = {
                "log10_n": last / math.log(10),
                "delta": float(delta),
                "epsilon": float(epsilon),
                "factor": kappa / (1 - kappa),
            }
    return best


def _last_vacuous(width, delta, epsilon, logs):
    """Return the last of some logarithms of n at which Corollary 1 says nothing."""
    return float(max(x for x in logs if log_union_bound(x, width(x), delta, epsilon) >= 0))


def certificates(powers, measured_up_to, repetitions):
    """Return what our bound certifies for equal labels of one sign, and the measured ratio where it is cheap.

    Parameters
    ----------
    powers : iterable of int
        Binary logarithms of the number of points.
    measured_up_to : int
        The largest power that is also run.
    repetitions : int
        Runs for each.

    Returns
    -------
    DataFrame
        Columns n, neurons, trivial, factor, delta, K, lower and upper (bounds by Chernoff for all sets of neurons, each
        with half of the probability of failure), least and measured (least and largest ratio; NaN where not run).
    """
    records = []
    for power in powers:
        n = 2**power
        neurons = mild_width(n)
        factor, delta, steps = certified_factor(neurons, float(n), CONFIDENCE)
        budgets = union_budgets(n, neurons, (1 - CONFIDENCE) / 2)
        ratios = [math.nan]
        if power <= measured_up_to:
            rngs = [np.random.default_rng([17, n, r]) for r in range(repetitions)]
            runs = [packed_jump_process(random_patterns(rng, neurons, n), np.ones(n)) for rng in rngs]
            ratios = [run.label_norms.sum() / math.sqrt(n) for run in runs]
        records.append(
            {
                "n": n,
                "neurons": neurons,
                "trivial": math.sqrt(neurons),
                "factor": factor,
                "delta": delta,
                "K": steps,
                "lower": least_ratio(budgets),
                "upper": largest_ratio(budgets, neurons),
                "least": min(ratios),
                "measured": max(ratios),
            }
        )
    return pd.DataFrame(records)
