"""What the derivative of ReLU at zero decides: descent from starts with coordinates that are exactly zero."""

import numpy as np
import pandas as pd

from twolayer.jump_process import least_squared_norm
from twolayer.saddle_flow import saddle_flow


def descend_with(choice, hidden, output, y, *, rate, epochs, keep=1):
    """Descend on half the mean square in the coordinates of the data, with relu'(0) given.

    Parameters
    ----------
    choice : float or callable
        The derivative at zero, a number or a function of time (epoch times rate).
    hidden : array_like of shape (m, n)
        Coordinates at the start.
    output : array_like of shape (m,)
        Output weights at the start.
    y : array_like of shape (n,)
        Labels.
    rate : float
        Learning rate.
    epochs : int
        How many.
    keep : int
        Distance of the epochs that are returned.

    Returns
    -------
    times : ndarray of shape (R,)
        Epoch times rate.
    hidden : ndarray of shape (R, m, n)
        Coordinates.
    output : ndarray of shape (R, m)
        Output weights.
    """
    z, a = np.array(hidden, dtype=float), np.array(output, dtype=float)
    y = np.asarray(y, dtype=float)
    times, hiddens, outputs = [], [], []
    for epoch in range(epochs + 1):
        if epoch % keep == 0:
            times.append(epoch * rate)
            hiddens.append(z)
            outputs.append(a)
        residuals = y - a @ np.maximum(z, 0.0)
        at_zero = choice(epoch * rate) if callable(choice) else choice
        slope = np.where(z > 0, 1.0, np.where(z == 0, at_zero, 0.0))
        step = rate / y.size * slope * residuals
        z, a = z + a[:, None] * step, a + (z * step).sum(axis=1)
    return np.array(times), np.array(hiddens), np.array(outputs)


def one_neuron_at_zero(label, choices, *, rate=0.01, time=40.0):
    """Train one neuron with coordinates (0.1, 0) on labels (1, label); a table of its coordinates over time."""
    parts = []
    for name, choice in choices.items():
        times, hidden, output = descend_with(
            choice, [[0.1, 0.0]], [0.1], [1.0, label], rate=rate, epochs=round(time / rate), keep=10
        )
        outputs = output[:, 0, None] * np.maximum(hidden[:, 0], 0.0)
        losses = ((np.array([1.0, label]) - outputs) ** 2).mean(axis=1) / 2
        parts.append(
            pd.DataFrame(
                {"choice": name, "t": times, "z_1": hidden[:, 0, 0], "z_2": hidden[:, 0, 1], "loss": losses}
            )
        )
    return pd.concat(parts, ignore_index=True)


def overshoot(choices, rates, label=-1.0):
    """Start at zero with a force towards the inactive side; where the coordinate ends, for each choice and rate."""
    rows = []
    for choice in choices:
        for rate in rates:
            _, hidden, _ = descend_with(
                choice, [[0.1, 0.0]], [0.1], [1.0, label], rate=rate, epochs=round(60 / rate)
            )
            rows.append({"choice": choice, "rate": rate, "z_2": hidden[-1, 0, 1], "z_1": hidden[-1, 0, 0]})
    return pd.DataFrame(rows)


def clipped_start(instance, choices, *, log_scale=-30.0, rate=0.5, epochs=12000):
    """Put all inactive coordinates of an instance exactly at zero, train, and compare the norms at the end.

    The start stays balanced. Returns a table with the number of active pairs of the right sign after the first epochs,
    the final loss, and the squared norm over the least possible.
    """
    hidden = np.exp(log_scale) * np.maximum(instance.directions, 0.0)
    output = instance.signs * np.linalg.norm(hidden, axis=1)
    own = (instance.signs[:, None] * instance.y) > 0
    rows = []
    for choice in choices:
        _, z, a = descend_with(choice, hidden, output, instance.y, rate=rate, epochs=epochs, keep=epochs // 4)
        residuals = instance.y - a[-1] @ np.maximum(z[-1], 0.0)
        squared = (z[-1] ** 2).sum() + (a[-1] ** 2).sum()
        rows.append(
            {
                "choice": choice,
                "active": int(((z[-1] > 0) & own).sum()),
                "loss": float((residuals**2).mean() / 2),
                "squared norm": float(squared),
                "ratio": float(squared / least_squared_norm(instance.y)),
            }
        )
    return pd.DataFrame(rows)


def pushed_up_again(instance, log_scale, times, threshold=1e-6):
    r"""Follow the flow; tell which coordinates it has brought to zero, and which of these are pushed up afterwards.

    Pushed up at one of the times is a coordinate that was active at the start, is zero, and has
    :math:`s_jr_i` above the threshold. Returns two tables of truth values, shape (m, n).
    """
    path = saddle_flow(instance.directions, instance.signs, instance.y, log_scale, snapshots=times)
    lost, pushed = np.zeros_like(instance.active), np.zeros_like(instance.active)
    for _, unit, logs in path.snapshots:
        residuals = instance.y - (instance.signs * np.exp(2 * logs)) @ np.maximum(unit, 0.0)
        here = instance.active & (unit <= 0)
        lost |= here
        pushed |= here & (instance.signs[:, None] * residuals > threshold)
    return lost, pushed


def limit_gradients(x, w, a, y, rng, *, radius=1e-9, draws=400):
    """Return the gradients of half the mean square near a point, rounded and unique, by the hidden weights (k, m d).

    The differentiable points around (w, a) are drawn at random; w has shape (m, d) and x (n, d).
    """
    x, w, a, y = (np.asarray(v, dtype=float) for v in (x, w, a, y))
    found = set()
    for _ in range(draws):
        near = w + radius * rng.standard_normal(w.shape)
        z = near @ x.T
        residuals = y - a @ np.maximum(z, 0.0)
        gradient = -a[:, None] * (np.where(z > 0, residuals, 0.0) @ x) / y.size
        found.add(tuple(np.round(gradient.ravel(), 6) + 0.0))
    return np.array(sorted(found))
