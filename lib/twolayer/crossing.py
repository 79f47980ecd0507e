r"""Does a kink ever cross a data point? Exact training of many networks on the line, in O(1) per step.

Gradient descent with zero initial biases (paper 000, Section 9.1) is followed by the closed system of Proposition C.2:
the cost of a step depends neither on the width m nor on the sample size n. Most trainings run in the lanes of the
vector registers (:mod:`twolayer.crossing_lanes`); one in which a neuron leaves its side is repeated event by event
(:mod:`twolayer.crossing_groups`). :mod:`twolayer.crossing_reference` does the same neuron by neuron.

A kink crosses when :math:`|b_{i,k}| \ge \underline{x}_D |a_{i,k}|` at a step k, as in the paper's experiments.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from twolayer import crossing_groups, crossing_lanes
from twolayer.closed_system import as_leak, largest_step
from twolayer.crossing_protocol import (
    CHUNK,
    DEGENERATE,
    FLAGGED,
    batch_generator,
    batch_thresholds,
    point_features,
)
from twolayer.crossing_start import as_moments, data_rows, draw_network, initial_summary, moment_matrices
from twolayer.half_sided import WeightedData, is_degenerate
from twolayer.half_sided_datasets import sample_weights
from twolayer.validation import finite_array, positive_integer, positive_number

OUTCOMES = ("flagged", "crossed", "certified", "early stopped", "unfinished", "degenerate")
"""Names of the codes in ``Trainings.outcome``; no finished training is "flagged"."""

BLOCK = 2**18
"""Neurons whose weights each thread has in memory at a time, or one network."""


@dataclass(frozen=True)
class Trainings:
    """The ends of T trainings, one entry for each.

    Parameters
    ----------
    outcome : ndarray of uint8, shape (T,)
        Index into ``OUTCOMES``.
    step : ndarray of int64, shape (T,)
        Steps made: of a crossing the first step after which a kink is at or beyond the data.
    flips : ndarray of int64, shape (T,)
        How often the ``a`` of a neuron jumped through zero.
    step_size : ndarray of shape (T,)
        h.
    lines : ndarray of shape (T, 2, 2)
        Slope and intercept of the network on each side at the end.
    """

    outcome: np.ndarray
    step: np.ndarray
    flips: np.ndarray
    step_size: np.ndarray
    lines: np.ndarray

    def count(self, name):
        """Return how many trainings ended with the named outcome, one of ``OUTCOMES``."""
        return int((self.outcome == OUTCOMES.index(name)).sum())


@dataclass(frozen=True)
class _Batch:
    """Networks ready to be trained: summaries, data and random states, one entry for each."""

    starts: np.ndarray
    extremes: np.ndarray
    data: np.ndarray
    validation: np.ndarray
    validation_constants: np.ndarray
    distances: np.ndarray
    step_sizes: np.ndarray
    generators: np.ndarray
    thresholds: np.ndarray
    features: np.ndarray

    def part(self, index):
        """Return the fields of some networks, in the order of the kernels."""
        names = (
            "starts",
            "extremes",
            "data",
            "validation",
            "validation_constants",
            "distances",
            "step_sizes",
        )
        return {name: np.ascontiguousarray(getattr(self, name)[index]) for name in names} | {
            "generators": self.generators[index].copy(),
            "thresholds": np.ascontiguousarray(self.thresholds[index]),
        }


def _train(batch, weights, *, leak, cap, certify, early_stopping, batch_size, threads):
    """Train all networks of a batch; ``weights(i)`` gives a and w of the i-th."""
    total = batch.distances.size
    outcome, steps = np.zeros(total, dtype=np.uint8), np.zeros(total, dtype=np.int64)
    flips, lines = np.zeros(total, dtype=np.int64), np.zeros((total, 2, 2))
    lonely = ~np.isfinite(batch.extremes).all(axis=(1, 2))  # all neurons on one side
    outcome[lonely] = DEGENERATE

    def follow(i):
        a, w = weights(i)
        ratios = w / np.abs(a)
        order = np.lexsort((ratios, a < 0))
        outcome[i], steps[i], flips[i], lines[i] = crossing_groups.follow(
            ratios[order],
            a[order] ** 2,
            int((a > 0).sum()),
            batch.data[i],
            batch.validation[i],
            batch.validation_constants[i],
            batch.distances[i],
            batch.step_sizes[i],
            leak,
            cap,
            certify,
            early_stopping,
            batch.generators[i].copy(),
            batch.thresholds[i],
            batch.features,
            batch_size,
        )

    def run(index):
        if not index.size:
            return
        ends = np.zeros(index.size, dtype=np.uint8), np.zeros(index.size, dtype=np.int64)
        final = np.zeros((index.size, 2, 2))
        part = batch.part(index)
        crossing_lanes.run(
            part["starts"],
            part["extremes"],
            part["data"],
            part["validation"],
            part["validation_constants"],
            part["distances"],
            part["step_sizes"],
            leak,
            cap,
            certify,
            early_stopping,
            part["generators"],
            part["thresholds"],
            batch.features,
            batch_size,
            *ends,
            final,
        )
        outcome[index], steps[index], lines[index] = *ends, final
        for i in index[ends[0] == FLAGGED]:
            follow(i)

    ready = np.flatnonzero(~lonely)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, [ready[k::threads] for k in range(threads)]))
    return Trainings(outcome, steps, flips, batch.step_sizes, lines)


def train_to_verdict(a, w, data, step_sizes=None, *, leak=0.0, cap=10**6, certify=True, threads=1):
    r"""Train given networks with zero biases by gradient descent until a kink crosses or none ever can.

    Parameters
    ----------
    a, w : array_like of shape (T, m)
        Hidden and output weights; hidden weights are not zero.
    data : WeightedData or list of T WeightedData
        The data of all networks (with or without an ensemble axis of length T), or of each.
    step_sizes : array_like of shape () or (T,), optional
        h; :math:`\lambda_{\max}(H)^{-1}` of each network if not given.
    leak : float
        :math:`\alpha \ne \pm 1`.
    cap : int
        Steps after which a training is "unfinished", rounded up to a multiple of 100.
    certify : bool
        Whether the certificate of Appendix G ends a training.
    threads : int
        Threads to share the networks; the results do not depend on it.

    Returns
    -------
    Trainings
        One entry for each network. Cost O(1) for each step and network, and O(m) for each network.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    a, w = finite_array(a, "a"), finite_array(w, "w")
    if a.ndim != 2 or a.shape != w.shape or not a.size:
        raise ValueError(f"a and w must both have shape (T, m), got {a.shape} and {w.shape}")
    if (a == 0).any():
        raise ValueError("a has an entry that is zero: that neuron has no kink; draw a from a density")
    total = a.shape[0]
    sets = data if isinstance(data, list) else [data]
    if len(sets) not in (1, total) or not all(isinstance(item, WeightedData) for item in sets):
        raise ValueError(f"data must be a WeightedData, or a list of {total} of them, one for each network")
    rows = np.concatenate([np.atleast_3d(data_rows(item)).reshape(-1, 2, 5) for item in sets])
    distances = np.concatenate([np.atleast_1d(item.smallest_distance) for item in sets])
    if rows.shape[0] not in (1, total):
        raise ValueError(
            f"data has {rows.shape[0]} data sets for {total} networks; pass one, or one for each"
        )
    starts, extremes = initial_summary(a, w)
    rows = np.broadcast_to(rows, (total, 2, 5))
    if step_sizes is None:
        step_sizes = largest_step(as_moments(starts), moment_matrices(rows), as_leak(leak))
    step_sizes = finite_array(step_sizes, "step_sizes")
    if (step_sizes <= 0).any() or step_sizes.shape not in ((), (total,)):
        raise ValueError(
            f"step_sizes must be positive (paper 000, Assumption 5: h > 0), one for all or one for each of the "
            f"{total} networks, got {step_sizes}"
        )
    batch = _Batch(
        starts,
        extremes,
        rows,
        np.zeros((total, 2, 5)),
        np.zeros(total),
        np.broadcast_to(distances, total),
        np.broadcast_to(step_sizes, total),
        np.zeros((total, 2), dtype=np.uint64),
        np.zeros((total, 1), dtype=np.int64),
        np.zeros((10, 2)),
    )
    return _train(
        batch,
        lambda i: (a[i], w[i]),
        leak=as_leak(leak),
        cap=_as_cap(cap),
        certify=bool(certify),
        early_stopping=False,
        batch_size=0,
        threads=positive_integer(threads, "threads"),
    )


def _as_cap(cap):
    return -(-positive_integer(cap, "cap") // CHUNK) * CHUNK


def simulate_crossings(
    distribution,
    m,
    trials,
    seed,
    *,
    sample_size=None,
    scaled_step=None,
    early_stopping=False,
    batch_size=0,
    leak=0.0,
    cap=10**6,
    certify=True,
    threads=1,
):
    r"""Run the experiment of paper 000, Section 9.1: fresh data, a fresh network and its training in every trial.

    Parameters
    ----------
    distribution : WeightedData
        The atoms :math:`P^{data}`, without ensemble axes.
    m : int
        Width, at least 2.
    trials : range or sequence of int
        Numbers of the trials. A trial depends on its number, the seed and the width alone, not on the others, so
        that an experiment can be cut into parts; different protocols see the same networks and data.
    seed : int
        Seed of the experiment, at least 0.
    sample_size : int, optional
        The number n of data drawn for each trial, and of validation data; without it, the distribution itself.
    scaled_step : float, optional
        h m; without it, :math:`h = \lambda_{\max}(H)^{-1}` of each trial.
    early_stopping : bool
        Whether the validation loss ends a training (looked at every 1000 steps, patience 10, threshold 1e-8).
    batch_size : int
        Points drawn with replacement for a step of stochastic gradient descent; 0 for all data.
    leak : float
        :math:`\alpha \ne \pm 1`.
    cap : int
        Steps after which a training is "unfinished", rounded up to a multiple of 100.
    certify : bool
        Whether the certificate ends a training; stochastic gradient descent has none.
    threads : int
        Threads to share the trials; the results do not depend on it.

    Returns
    -------
    Trainings
        One entry for each trial. Cost O(m) for the draws of a trial and O(1) for each step.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    m, leak, cap = positive_integer(m, "m", minimum=2), as_leak(leak), _as_cap(cap)
    threads = positive_integer(threads, "threads")
    seed = positive_integer(seed, "seed", minimum=0)
    batch_size = positive_integer(batch_size, "batch_size", minimum=0)
    numbers = [positive_integer(trial, "a trial's number", minimum=0) for trial in trials]
    if not numbers:
        raise ValueError("trials is empty; pass for example range(1000)")
    if scaled_step is not None:
        scaled_step = positive_number(scaled_step, "scaled_step")
    if early_stopping and sample_size is None:
        raise ValueError("early stopping needs validation data: pass sample_size, the number of draws")

    def draw(block):
        """Return the summary, the weights of the points and those of the validation points of each trial."""
        a, w, weights, validation = [], [], [], []
        for trial in block:
            *network, rng = draw_network(seed, m, trial)
            a.append(network[0])
            w.append(network[1])
            for part in (weights, validation):
                part.append(
                    distribution.weights
                    if sample_size is None
                    else sample_weights(rng, distribution, sample_size)
                )
        return *initial_summary(np.array(a), np.array(w)), np.array(weights), np.array(validation)

    with ThreadPoolExecutor(threads) as pool:
        size = max(1, min(len(numbers), BLOCK // m))
        parts = list(pool.map(draw, [numbers[i : i + size] for i in range(0, len(numbers), size)]))
    starts, extremes, weights, validation = (np.concatenate(part) for part in zip(*parts, strict=True))
    degenerate = is_degenerate(distribution.x, weights)
    # A degenerate sample is not trained; the distribution itself stands in for it.
    data = WeightedData(
        distribution.x, distribution.y, np.where(degenerate[:, None], distribution.weights, weights)
    )
    extremes[degenerate] = np.inf
    rows = data_rows(data)
    total = len(numbers)
    step_sizes = (
        largest_step(as_moments(starts), moment_matrices(rows), leak)
        if scaled_step is None
        else np.full(total, scaled_step / m)
    )
    features = point_features(distribution.x, distribution.y)
    moments = np.moveaxis((features @ validation.T).reshape(2, 5, total), -1, 0)
    batch = _Batch(
        starts,
        extremes,
        rows,
        np.ascontiguousarray(moments),
        validation @ distribution.y**2,
        data.smallest_distance,
        step_sizes,
        np.array([batch_generator([seed, m, trial, 1]) for trial in numbers])
        if batch_size
        else np.zeros((total, 2), dtype=np.uint64),
        batch_thresholds(weights),
        features,
    )
    return _train(
        batch,
        lambda i: draw_network(seed, m, numbers[i])[:2],
        leak=leak,
        cap=cap,
        certify=bool(certify) and not batch_size,
        early_stopping=bool(early_stopping),
        batch_size=batch_size,
        threads=threads,
    )
