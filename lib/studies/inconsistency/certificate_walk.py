"""The certificate along one run, at the start of very wide networks, and Lemma G.5 on random matrices."""

import numpy as np
import pandas as pd

from studies.inconsistency.certificate_validation import ValidationCell, start
from twolayer.certificate import bound_future_drive, certify, operator_change
from twolayer.closed_system import largest_step, neuron_moments
from twolayer.half_sided import half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he
from twolayer.line_descent import descent_on_line
from twolayer.movement import perturbed_sum_bound
from twolayer.parameters import Parameters

TIMES_PER_OCTAVE = 8
"""How often the certificate is asked along the run that is shown."""

REST = 10
"""The drive is summed up to this multiple of the last time shown, when the rest is far below rounding."""


def along_one_run(seed, width, steps_per_neuron):
    r"""Ask the certificate again and again along one run.

    Parameters
    ----------
    seed : int
        Of data and weights.
    width : int
        m.
    steps_per_neuron : float
        Last step over the width.

    Returns
    -------
    DataFrame
        At each time: ``step``, ``per_neuron`` (step / m), ``kappa``, ``drive`` (what it bounds: the drive of all later
        steps), ``delta`` and its parts ``output``, ``hidden``, ``mixed``, ``margin`` (least margin of an extreme
        neuron over the gap times :math:`|a|`), ``overshoot`` (:math:`h\lambda_{\max}` now) and ``verdict``.
    """
    trials = start(ValidationCell(width, 0.0, 1, seed))
    chosen, rows, drives = np.arange(1), [], []
    octaves = np.log2(steps_per_neuron * width)
    times = np.unique(np.round(2 ** np.linspace(0, octaves, int(octaves * TIMES_PER_OCTAVE))).astype(int))
    for now, later in zip([0, *times], [*times, times[-1] * REST], strict=True):
        bound, left, verdict = trials.bounds(chosen, "largest entry")
        parts = np.array(operator_change(trials.state.moments, np.minimum(bound.kappa, 100.0)))[:, 0]
        sizes = np.abs(trials.neurons(chosen)[0, :, 0]) * trials.distances[0]
        rows.append(
            {
                "step": now,
                "per_neuron": now / width,
                "kappa": bound.kappa[0],
                "delta": bound.delta[0],
                **dict(zip(("output", "hidden", "mixed"), bound.delta[0] * parts / parts.sum(), strict=True)),
                "margin": (left[0] / sizes).min(),
                "overshoot": (trials.step_sizes / largest_step(trials.state.moments, trials.matrices))[0],
                "verdict": str(verdict[0]),
            }
        )
        run = trials.train(chosen, np.array([later - now]))
        if run.stopped[0]:
            raise ValueError(
                f"a kink crosses in this run, at step {trials.made[0]}: choose another seed than {seed}"
            )
        drives.append(run.drive[0])
    return pd.DataFrame(rows).assign(drive=np.cumsum(drives[::-1])[::-1])


def neuron_by_neuron(seed, width, count, latest=2000):
    r"""Certify networks that are trained point by point and neuron by neuron, then train them ten times further.

    Here neither the closed system nor the extreme neurons are used: all weights are recorded and certified.

    Parameters
    ----------
    seed, width, count : int
        Seed, width m and number of networks, on the six points with equal weights.
    latest : int
        Last step over the width at which the certificate is asked.

    Returns
    -------
    DataFrame
        For each network ``step`` of the certificate (-1: none), ``largest_kink`` before it, and ``kink_after``, the
        largest after any later step (NaN without a certificate). Cost O(m) a step.
    """
    data, rows = six_points(), []
    matrices, optimum = half_sided_moments(data)[0], half_sided_regression(data)
    times = np.unique(np.geomspace(1, latest * width, 60).astype(int))
    for trial in range(count):
        first = he(np.random.default_rng([seed, width, trial]), width, 1)
        h = float(largest_step(neuron_moments(first.a[:, 0], first.b, first.w), matrices))
        path = descent_on_line(first, data.x, data.y, step=h, record_at=times)
        now = path.parameters
        found = certify(now.a[..., 0], now.b, now.w, now.c, matrices, optimum, data.smallest_distance, h)
        if not found.certified.any():
            rows.append({"step": -1, "largest_kink": path.largest_kink, "kink_after": np.nan})
            continue
        at = int(np.argmax(found.certified))
        kinks = np.abs(path.kinks[: at + 1]).max()
        start_again = Parameters(now.a[at], now.b[at], now.w[at], now.c[at])
        rest = descent_on_line(start_again, data.x, data.y, step=h, record_at=[9 * int(times[at])])
        rows.append({"step": int(times[at]), "largest_kink": kinks, "kink_after": rest.largest_kink})
    return pd.DataFrame(rows)


def initial_moments(rng, m, count):
    r"""Draw the moments of He networks of any width, without drawing their neurons.

    The number of neurons of a side is binomial; given it, :math:`\Sigma_{a^2}/2` is chi-squared, and
    :math:`(\Sigma_{wa}, \Sigma_{w^2})` follow from the component of the output weights along the hidden weights, which
    is normal, and the one across them, whose square is chi-squared.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    m : float
        Width, at least 16.
    count : int
        Number of networks.

    Returns
    -------
    ndarray of shape (count, 2, 3, 3)
        :math:`\Sigma_\sigma` with zero biases.
    """
    positive = (
        np.rint(m / 2 + np.sqrt(m) / 2 * rng.standard_normal(count))
        if m > 1e9
        else rng.binomial(int(m), 0.5, count)
    )
    numbers = np.clip(np.stack([positive, m - positive], axis=-1), 2, None)
    hidden = 2 * rng.chisquare(numbers)
    along = np.sqrt(2 / m) * rng.standard_normal(numbers.shape)
    moments = np.zeros((count, 2, 3, 3))
    moments[..., 0, 0] = hidden
    moments[..., 0, 2] = moments[..., 2, 0] = np.sqrt(hidden) * along
    moments[..., 2, 2] = along**2 + 2 / m * rng.chisquare(numbers - 1)
    return moments


def at_the_start(seed, widths, count):
    r"""Ask the certificate before the first step, on the six points with equal weights.

    Returns
    -------
    DataFrame
        For each width the medians ``kappa`` and ``delta``, and ``closes``, the share of networks whose bound closes.
    """
    matrices, optimum = half_sided_moments(six_points())[0], half_sided_regression(six_points())
    rows = []
    for m in widths:
        moments = initial_moments(np.random.default_rng([seed, int(np.log2(m))]), m, count)
        h = largest_step(moments, matrices)
        bound = bound_future_drive(moments, np.zeros(count), matrices, optimum, h)
        rows.append(
            {
                "width": m,
                "kappa": np.median(bound.kappa),
                "delta": np.median(bound.delta),
                "closes": bound.closes.mean(),
            }
        )
    return pd.DataFrame(rows)


def overshooting_runs(seed, width, count, steps_per_neuron=100):
    r"""Return :math:`h\lambda_{\max}(H)` after some training, for the runs in which nothing crossed by then.

    Returns
    -------
    ndarray of shape (k,)
        With h the reciprocal of :math:`\lambda_{\max}` at the start; beyond 1 a step overshoots.
    """
    trials = start(ValidationCell(width, 0.0, count, seed))
    run = trials.train(np.arange(count), np.full(count, steps_per_neuron * width))
    now = trials.step_sizes / largest_step(trials.state.moments, trials.matrices)
    return now[~run.stopped]


def beyond_the_stable_step(multiple):
    r"""Compare two candidates for a bound of :math:`h\sum_k|1-h\lambda|^k` with its value, for :math:`h\lambda` > 1.

    Parameters
    ----------
    multiple : float
        :math:`h\lambda`, between 1 and 2.

    Returns
    -------
    dict of str to float
        ``reciprocal``, :math:`1/\lambda`, and ``geometric``, :math:`h/(1-|1-h\lambda|)`, over 10000 terms.
    """
    total = (np.abs(1 - multiple) ** np.arange(10_000)).sum()
    return {
        "reciprocal": float(1 / multiple / total),
        "geometric": float(1 / (1 - abs(1 - multiple)) / total),
    }


def lemma_g5_on_random_matrices(seed, count, steps=60, dimension=4):
    r"""Return, for random iterations, :math:`\delta` and the share of the bound of Lemma G.5 that is used.

    Returns
    -------
    DataFrame
        Columns ``delta`` and ``share``, for the iterations with :math:`\delta < 1`.
    """
    rows = []
    for trial in range(count):
        rng = np.random.default_rng([seed, trial])
        reference = rng.standard_normal((dimension, dimension))
        reference *= rng.uniform(0.1, 0.95) / np.abs(np.linalg.eigvals(reference)).max()
        size = 10 ** rng.uniform(-4, -0.5)
        # Half of the perturbations push all the time the same way, which comes closer to the bound.
        change = np.abs(rng.standard_normal((steps, dimension, dimension))) * (size if trial % 2 else -size)
        change = change if trial % 4 < 2 else rng.standard_normal(change.shape) * size
        total, fixed, delta = perturbed_sum_bound(
            reference, reference + change, rng.standard_normal(dimension)
        )
        if delta < 1:
            rows.append({"delta": delta, "share": total * (1 - delta) / fixed})
    return pd.DataFrame(rows)
