r"""The network of Figure 1 from starts of all sizes: L from 5, where nothing waits for anything, to 2000."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studies.incremental.instances import mixed_instance, positive_instance
from studies.incremental.staircase import SEED
from twolayer.jump_process import jump_process
from twolayer.log_scaled_descent import log_scaled_descent
from twolayer.saddle_flow import saddle_flow

FLOW_FROM = 12.0
"""Smallest L for which the flow can start tiny; below it gradient descent with a small rate stands in for it."""

SMALL_RATE = 0.01
"""Rate of that descent: a hundredth of the time scale of the fastest neuron in a step would be ten times larger."""


@dataclass(frozen=True)
class ScaledRun:
    r"""A run over accelerated time.

    Attributes
    ----------
    scale : float
        :math:`L = \log(1/\lambda)`.
    times : ndarray of shape (R,)
        Times divided by L.
    losses : ndarray of shape (R,)
        Losses.
    log_norms : ndarray of shape (R, m)
        Logarithms of the norms.
    """

    scale: float
    times: np.ndarray
    losses: np.ndarray
    log_norms: np.ndarray


def scaled_run(scale, seed=SEED, *, until=1.1):
    """Follow the gradient flow from a start of size exp(-L).

    Parameters
    ----------
    scale : float
        L > 0.
    seed : int
        Of the instance.
    until : float
        Where to stop, in units of the time of the last jump that Algorithm 1 predicts.

    Returns
    -------
    ScaledRun
        By the event-driven flow where it can start, else by gradient descent of rate 0.01. Below 0.5 s.
    """
    instance = positive_instance(seed)
    start = (instance.directions, instance.signs, instance.y, -float(scale))
    end = until * jump_process(instance.active, instance.signs, instance.y).times[-1] * scale
    if scale >= FLOW_FROM:
        path = saddle_flow(*start, time_limit=end)
        return ScaledRun(float(scale), path.times / scale, path.losses, path.log_norms)
    epochs = int(np.ceil(end / SMALL_RATE))
    every = max(1, epochs // 1500)
    path = log_scaled_descent(*start, rate=SMALL_RATE, epochs=epochs, record_every=every, stop_loss=1e-12)
    return ScaledRun(float(scale), path.epochs * SMALL_RATE / scale, path.losses, path.log_norms)


def scales(count, smallest=5.0, largest=2000.0):
    """Return about so many round L, evenly spaced in the logarithm."""
    values = np.geomspace(smallest, largest, count)
    digits = 10.0 ** np.floor(np.log10(values) - 1)
    return [float(f"{v:.6g}") for v in np.unique(np.round(values / digits) * digits)]


def distance_to_exponents(run, process, *, margin=0.0):
    r"""Return by how much log norms differ from :math:`L\rho_j`.

    Parameters
    ----------
    run : ScaledRun
        The run.
    process : JumpProcess
        The prediction.
    margin : float
        Accelerated times closer than it to a jump are left out.

    Returns
    -------
    dict
        L; unfitted and fitted, the largest differences, in nats, of neurons that are to jump and of those that have
        jumped.
    """
    exponents = process.exponents_at(run.times)
    distance = np.abs(run.log_norms - run.scale * exponents)
    near = (
        (np.abs(run.times[:, None] - process.times) <= margin).any(axis=1)
        if margin
        else np.zeros(len(distance), bool)
    )
    waiting = exponents < 0
    return {
        "L": run.scale,
        "unfitted": float(distance[waiting & ~near[:, None]].max()),
        "fitted": float(distance[~waiting & ~near[:, None]].max()),
    }


def order_of_growth(run, process):
    """Return the neurons in the order in which they reach half of their final squared norm, for those that jump."""
    squares = np.exp(2 * run.log_norms[:, process.neurons])
    reached = (squares >= squares[-1] / 2).argmax(axis=0)
    return process.neurons[np.argsort(run.times[reached], kind="stable")]


def summary(family, process):
    """Return for each run L, distances to the exponents, whether the order is the predicted one, and loss errors."""
    rows = []
    for run in family:
        middles = (process.times[1:] + process.times[:-1]) / 2
        measured = np.interp(middles, run.times, run.losses)
        rows.append(
            distance_to_exponents(run, process)
            | {
                "same_order": bool((order_of_growth(run, process) == process.neurons).all()),
                "loss_error": float(np.abs(measured - process.losses[1:-1]).max()),
            }
        )
    return pd.DataFrame(rows)


def shortfalls(scales, seed=SEED):
    """Return by how much each neuron that jumps stays below its squared norm Y at the end, for each L.

    Parameters
    ----------
    scales : sequence of float
        L.
    seed : int
        Of the instance.

    Returns
    -------
    ndarray of shape (len(scales), K)
        Differences, in the order of the jumps.
    """
    instance = positive_instance(seed)
    process = jump_process(instance.active, instance.signs, instance.y)
    ends = np.array([scaled_run(scale, seed).log_norms[-1, process.neurons] for scale in scales])
    return process.label_norms - np.exp(2 * ends)


def slopes_around_jumps(scale=1000.0):
    """Compare the slopes of log norms before and after each jump, in the mixed instance.

    Parameters
    ----------
    scale : float
        L.

    Returns
    -------
    DataFrame
        One row for each jump and each neuron that grows before and after it: k, neuron, shared (number of unfitted
        points that it shares with the neuron that jumps), change (relative change of the measured slope), predicted.
    """
    instance = mixed_instance()
    process = jump_process(instance.active, instance.signs, instance.y)
    path = saddle_flow(instance.directions, instance.signs, instance.y, -scale)
    bounds = np.concatenate([[0.0], process.times]) * scale
    quarter = np.diff(bounds) / 4
    mask = instance.active & ((instance.y > 0) == (instance.signs > 0)[:, None])
    rows = []
    for j in range(instance.signs.size):
        low, high = (np.interp(bounds[i : bounds.size - 1 + i] + d, path.times, path.log_norms[:, j])
                     for i, d in ((0, quarter), (1, -quarter)))  # fmt: skip
        measured, predicted = (high - low) / (2 * quarter), process.rates[:-1, j]
        for k in range(1, measured.size):
            if predicted[k] > 0:
                shared = int((mask[j] & (process.fitted_by == k - 1)).sum())
                rows.append(
                    (k, j, shared, measured[k] / measured[k - 1] - 1, predicted[k] / predicted[k - 1] - 1)
                )
    return pd.DataFrame(rows, columns=["k", "neuron", "shared", "change", "predicted"])
