"""Runs for the page on the setting: in the space and in coordinates, balance along descent, and the polar equations."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp

from twolayer.balanced_start import balanced_start
from twolayer.log_scaled_descent import log_scaled_descent
from twolayer.orthonormal import data_coordinates
from twolayer.saddle_flow import saddle_flow
from twolayer.validation import positive_number


def random_frame(rng, n, d):
    """Draw n orthonormal points in dimension d >= n, uniformly, shape (n, d)."""
    q, r = np.linalg.qr(rng.standard_normal((d, n)))
    return np.ascontiguousarray((q * np.sign(np.diag(r))).T)


@dataclass(frozen=True)
class PlainRun:
    """Hidden weights (m, d), output weights (m,), and the loss before each epoch and after the last."""

    hidden: np.ndarray
    output: np.ndarray
    losses: np.ndarray


def descend(x, hidden, output, y, *, rate, epochs):
    """Make epochs of gradient descent in the space of the points, on half the mean square, with relu'(0) = 0."""
    w, a, n = np.array(hidden, dtype=float), np.array(output, dtype=float), len(y)
    losses = np.empty(epochs + 1)
    for epoch in range(epochs + 1):
        z = w @ x.T
        residuals = y - a @ np.maximum(z, 0.0)
        losses[epoch] = residuals @ residuals / (2 * n)
        if epoch < epochs:
            pulls = np.where(z > 0, residuals, 0.0) @ x / n  # the vectors D_j
            w, a = w + rate * a[:, None] * pulls, a + rate * (w * pulls).sum(axis=1)
    return PlainRun(w, a, losses)


def turned_run(instance, *, dimension, log_scale, rate, epochs, seed):
    """Train in the coordinates and at rotated points of a larger space; return the largest differences.

    The neurons get parts outside the span of the points, which may not move.
    """
    rng = np.random.default_rng(seed)
    n, m = instance.y.size, instance.signs.size
    x = random_frame(rng, n, dimension)
    rest = rng.standard_normal((m, dimension))
    rest -= (rest @ x.T) @ x
    scale = np.exp(log_scale)
    here = scale * instance.directions
    there = here @ x + scale * rest / np.sqrt(dimension - n)
    output = instance.signs * np.linalg.norm(there, axis=1)
    plain = descend(np.eye(n), here, output, instance.y, rate=rate, epochs=epochs)
    space = descend(x, there, output, instance.y, rate=rate, epochs=epochs)
    before, after = data_coordinates(x, there), data_coordinates(x, space.hidden)
    dead = before.inside <= 0
    return {
        "dimension": dimension,
        "loss": float(space.losses[-1]),
        "losses": float(np.abs(space.losses - plain.losses).max()),
        "coordinates": float(np.abs(after.inside - plain.hidden).max()),
        "outside": float(np.abs(after.outside - before.outside).max()),
        "dead": float(np.abs(after.inside - before.inside)[dead].max()),
        "dead_exact": bool((plain.hidden[here <= 0] == here[here <= 0]).all()),
    }


def _stable(rate, instance):
    """Return the rate if descent is stable near an interpolator: below 2 over the largest curvature, 2 |y| / n."""
    limit = instance.y.size / float(np.linalg.norm(instance.y))
    if positive_number(rate, "rate") >= limit:
        raise ValueError(f"rate must be below n / |y| = {limit:.3g}, where descent is unstable, got {rate:g}")
    return rate


def balance_along_descent(instance, log_scale, rate, every=500):
    r"""Train from a balanced start; return recorded epochs (R,), log(||w_j||^2 / a_j^2) (R, m), and the path."""
    rate, every = _stable(rate, instance), max(1, every)
    length = 2 * int(-log_scale * instance.y.size / (rate * np.linalg.norm(instance.y) * every)) + 400
    path = log_scaled_descent(
        instance.directions, instance.signs, instance.y, log_scale, rate=rate, stop_loss=1e-10,
        record_every=every, snapshots=range(0, 4 * length * every, every),
    )  # fmt: skip
    recorded = dict(zip(path.epochs.tolist(), path.log_norms, strict=True))
    rows = [(epoch, 2 * (sizes - recorded[epoch])) for epoch, _, sizes in path.snapshots if epoch in recorded]
    epochs, gaps = (np.array(column) for column in zip(*rows, strict=True))
    return epochs, gaps, path


def first_plateau_gap(instance, rate, times):
    r"""Return the first-order prediction of log(||w_j||^2 / a_j^2) for one-sign labels, shape (R, m)."""
    b = np.where(instance.directions > 0, instance.y, 0.0) / instance.y.size
    delta = np.linalg.norm(b, axis=1)
    cosine = (b * instance.directions).sum(axis=1) / (delta * np.linalg.norm(instance.directions, axis=1))
    steps = np.asarray(times)[:, None] * delta
    decay = np.exp(-2 * (steps + np.arctanh(cosine)))
    return rate * delta * steps * 4 * decay / (1 + decay) ** 2  # 1 / cosh^2, without overflow


def gaps_over_rates(instance, log_scale, rates):
    """Return the largest gap along a run, that at its end, and that after one step, for each learning rate."""
    rows = []
    for rate in rates:
        every = max(1, round(0.5 / rate))
        _, gaps, path = balance_along_descent(instance, log_scale, rate, every)
        ends = _end_gap(instance, log_scale, rate, path.epochs[-1])
        step = log_scaled_descent(
            instance.directions, instance.signs, instance.y, log_scale, rate=rate, epochs=1, snapshots=(1,)
        )
        once = 2 * (step.snapshots[0][2] - step.log_norms[-1])
        rows.append(
            {
                "rate": rate,
                "one step": float(np.abs(once).max()),
                "largest": float(gaps.max()),
                "least": float(gaps.min()),
                "end": float(np.abs(ends).max()),
                "epochs": int(path.epochs[-1]),
                "converged": path.outcome == "converged",
            }
        )
    return pd.DataFrame(rows)


def _end_gap(instance, log_scale, rate, last):
    path = log_scaled_descent(
        instance.directions, instance.signs, instance.y, log_scale, rate=rate, stop_loss=1e-300,
        epochs=int(last), snapshots=(int(last),),
    )  # fmt: skip
    return 2 * (path.snapshots[-1][2] - path.log_norms[-1])


def balance_along_flow(instance, log_scale, times):
    """Return | ||w_j||^2 / a_j^2 - 1 | along the flow, shape (R, m), and whether the output signs have stayed."""
    path = saddle_flow(instance.directions, instance.signs, instance.y, log_scale, snapshots=times)
    gaps = np.array([np.abs((unit**2).sum(axis=1) - 1.0) for _, unit, _ in path.snapshots])
    alive = path.end[1] != 0
    return gaps, bool((np.sign(path.end[1][alive]) == instance.signs[alive]).all())


def polar_and_plain(instance, log_scale, times, tolerance=1e-11):
    """Integrate the flow in weights and in polar coordinates; return log norms (R, m), directions (R, m, n) of both.

    The equations in the weights divide by the scale of the start; the polar ones know only logarithms.
    """
    z, a, scale, y = balanced_start(instance.directions, instance.signs, instance.y, log_scale)
    m, n = z.shape
    alive = z > 0

    def signal(unit, logs):
        weights = a * np.exp(2 * np.minimum(logs, 50.0))
        on = alive & (unit > 0)
        return np.where(on, (y - weights @ np.where(on, unit, 0.0)) / n, 0.0)

    def plain(_, v):
        hidden, output = v[: m * n].reshape(m, n), v[m * n :]
        on = hidden > 0
        pull = np.where(on, (y - (output * np.exp(2 * scale)) @ np.where(on, hidden, 0.0)) / n, 0.0)
        return np.concatenate([(output[:, None] * pull).ravel(), (hidden * pull).sum(axis=1)])

    def polar(_, v):
        unit, logs = v[: m * n].reshape(m, n), v[m * n :]
        pull = a[:, None] * signal(unit, logs)
        radial = (unit * pull).sum(axis=1)
        return np.concatenate([(pull - radial[:, None] * unit).ravel(), radial])

    options = {"method": "DOP853", "t_eval": times, "rtol": tolerance, "atol": tolerance * 1e-3}
    first = solve_ivp(plain, (0, times[-1]), np.concatenate([z.ravel(), a]), **options).y.T
    second = solve_ivp(polar, (0, times[-1]), np.concatenate([z.ravel(), scale]), **options).y.T
    hidden = first[:, : m * n].reshape(-1, m, n)
    sizes = np.linalg.norm(hidden, axis=2)
    return (
        (np.log(sizes) + scale, hidden / sizes[:, :, None]),
        (second[:, m * n :], second[:, : m * n].reshape(-1, m, n)),
    )


def coordinates_early(instance, neuron, time, rate=0.01):
    r"""Return :math:`\langle w_j, x_i\rangle / \lambda` of one neuron over time, while all are small; a table."""
    epochs = np.unique(np.linspace(0, time / _stable(rate, instance), 201).astype(int))
    path = log_scaled_descent(
        instance.directions, instance.signs, instance.y, -300.0, rate=rate, epochs=int(epochs[-1]), snapshots=epochs
    )  # fmt: skip
    values = np.array([unit[neuron] * np.exp(sizes[neuron] + 300.0) for _, unit, sizes in path.snapshots])
    pulls = instance.signs[neuron] * instance.y
    rows = [
        pd.DataFrame({"t": epochs * rate, "point": i, "pull": pulls[i], "z": values[:, i]})
        for i in range(instance.y.size)
    ]
    return pd.concat(rows, ignore_index=True)


def first_fall(family, levels):
    """Return, for each L, when the loss comes down to the mean of two levels (raw time)."""
    middle = sum(levels) / 2
    rows = []
    for length, path in family.groupby("L"):
        k = int(np.argmax(path["loss"].to_numpy() < middle))
        pair = path.iloc[k - 1 : k + 1]
        time = np.interp(-middle, -pair["loss"], pair["t"])
        rows.append({"L": length, "t": float(time), "accelerated": float(time) / length})
    return pd.DataFrame(rows)


def scaled_family(instance, lengths):
    """Follow the flow from starts of several sizes; return losses over time and over time divided by L, one table."""
    parts = []
    for length in lengths:
        path = saddle_flow(instance.directions, instance.signs, instance.y, -length, samples=20)
        part = pd.DataFrame({"L": length, "t": path.times, "loss": path.losses})
        parts.append(part.assign(accelerated=part["t"] / length))
    return pd.concat(parts, ignore_index=True)
