r"""Pieces of the limit process on small instances: steps by hand, closed forms against integration, saddles, twins."""

from dataclasses import astuple

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp

from studies.incremental.instances import OrthogonalInstance, mixed_instance
from studies.incremental.limit_errors import saddle_weights
from twolayer.jump_offsets import jump_offsets
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow

SMALL_FACTOR = 6.0
"""c of the small instance: with c = n a rate is the norm of some labels, which the reader can check by hand."""


def small_instance():
    """Return six points and five neurons, three of them positive, for steps by hand."""
    signs = np.array([1.0, 1.0, 1.0, -1.0, -1.0])
    active = [(0, 1, 5), (1, 2, 3, 4), (0, 2, 4, 5), (4, 5, 0), (4, 1, 2)]
    directions = np.full((5, 6), -1.0)
    for row, points in zip(directions, active, strict=True):
        row[list(points)] = 1.0
    return OrthogonalInstance(np.array([4.0, 3, 2, 1, -2, -1]), directions / np.sqrt(6), signs)


def steps_table(instance, process, factor):
    r"""Return the steps of Algorithm 1 as text: one row for each neuron, one column for each plateau.

    Parameters
    ----------
    instance : OrthogonalInstance
        With labels whose squares are integers.
    process : JumpProcess
        Its jumps.
    factor : float
        c of the loss.

    Returns
    -------
    DataFrame
        Entries: the points :math:`A_j^k`, the rate :math:`\|D_j^k\|` as c/n times a root, the exponent at the end of
        the plateau; a dash after the neuron's jump.
    """
    y, signs = instance.y, instance.signs
    mask = instance.active & ((y > 0) == (signs > 0)[:, None])
    columns = {"$j$": [f"${j}^{{{'+' if s > 0 else '-'}}}$" for j, s in enumerate(signs)]}
    for k in range(process.times.size):
        left = mask & (process.fitted_by >= k)
        entries = []
        for j in range(signs.size):
            rate, exponent = process.rates[k, j], process.exponents[k + 1, j]
            if j in process.neurons[:k]:
                entries.append("–")
                continue
            points = ", ".join(str(i) for i in np.flatnonzero(left[j])) or r"\emptyset"
            square = round((rate * y.size / factor) ** 2)
            root = str(round(square**0.5)) if round(square**0.5) ** 2 == square else rf"\sqrt{{{square}}}"
            entries.append(rf"${points}{{:}}$ ${root}$; ${exponent:.3f}$")
        columns[rf"$k = {k}$"] = entries
    return pd.DataFrame(columns)


def plateau_errors(directions, pull, times):
    r"""Compare the motion in constant residuals with its closed form.

    Parameters
    ----------
    directions : ndarray of shape (m, n)
        Unit directions at the start, of neurons with positive sign.
    pull : ndarray of shape (n,)
        :math:`\frac cn r`, positive.
    times : ndarray
        Ascending, from 0.

    Returns
    -------
    DataFrame
        For each neuron and time: ``neuron``, ``time``, ``cosine``, ``growth`` (of log norm) as integrated (DOP853 with
        relative tolerance 1e-12), and ``cosine formula``, ``growth formula``.
    """
    rows = []
    for j, direction in enumerate(directions):
        b = np.where(direction > 0, pull, 0.0)
        delta = np.linalg.norm(b)
        kappa = np.arctanh(direction @ b / delta)

        def force(_time, values, b=b):
            return np.concatenate([values[-1] * b, [values[:-1] @ b]])

        solution = solve_ivp(
            force, (0, times[-1]), np.append(direction, 1.0), method="DOP853", t_eval=times, rtol=1e-12, atol=1e-14
        )  # fmt: skip
        z, w = solution.y[:-1].T, solution.y[-1]
        rows.append(
            pd.DataFrame(
                {
                    "neuron": j,
                    "time": times,
                    "cosine": z @ b / (delta * np.linalg.norm(z, axis=1)),
                    "growth": np.log(w),
                    "cosine formula": np.tanh(delta * times + kappa),
                    "growth formula": np.log(np.cosh(delta * times + kappa) / np.cosh(kappa)),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def jump_curve(labels, rate, start=1e-6, samples=81):
    r"""Compare the jump of one aligned neuron with the logistic curve.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Positive labels of its points.
    rate : float
        :math:`\frac cn`.
    start : float
        Squared norm at the start.
    samples : int
        How many times to compare at.

    Returns
    -------
    DataFrame
        ``time`` from half height, ``share`` :math:`q/Y` as integrated and ``formula``.
    """
    norm = np.linalg.norm(labels)
    half = np.log(norm / start - 1) / (2 * rate * norm)
    times = np.linspace(0, 2 * half, samples)

    def force(_time, values):
        z, w = values[:-1], values[-1]
        residual = rate * (labels - w * z)
        return np.append(w * residual, z @ residual)

    first = np.append(labels / norm, 1.0) * np.sqrt(start)
    solution = solve_ivp(force, (0, times[-1]), first, method="DOP853", t_eval=times, rtol=1e-12, atol=1e-15)
    formula = 1 / (1 + (norm / start - 1) * np.exp(-2 * rate * norm * times))
    return pd.DataFrame({"time": times - half, "share": solution.y[-1] ** 2 / norm, "formula": formula})


def affine_error(process, path, length, half_width):
    r"""Return the largest difference of :math:`\log\|w_j\|` and :math:`L\rho_j` along a path.

    Over waiting neurons, and times (divided by L) not within ``half_width`` of a jump.
    """
    times = path.times / length
    k = np.searchsorted(process.times, times, side="right")
    away = np.abs(times[:, None] - process.times).min(axis=1) > half_width
    compared = away[:, None] & (process.rates[k] > 0)
    return float(np.abs(path.log_norms - length * process.exponents_at(times))[compared].max())


def saddle_checks(instance, process, factor=1.0, step=1e-3):
    r"""Check what is said of the saddles, on each of them.

    Parameters
    ----------
    instance : OrthogonalInstance
        Labels, directions, signs.
    process : JumpProcess
        Its jumps.
    factor : float
        c of the loss.
    step : float
        Size h of the balanced neuron that is added in the direction :math:`s_jD_j^k`.

    Returns
    -------
    DataFrame
        For each saddle: ``gradient`` (largest entry of the gradient with relu'(0) = 0), ``loss error`` (of
        :math:`\frac c{2n}\sum y_i^2` over the unfitted points), ``rank`` of the hidden weights, and ``descent``, the
        largest relative error of :math:`\|D_j^k\|` as the decrease of the loss over :math:`h^2`.
    """
    y, signs = instance.y, instance.signs
    rate = factor / y.size
    mask = instance.active & ((y > 0) == (signs > 0)[:, None])
    rows = []
    for k in range(process.times.size + 1):
        z, w = saddle_weights(process, y, signs, k)
        positive = np.maximum(z, 0.0)
        residual = y - w @ positive
        gradient = [((z > 0) * np.outer(w, residual)).ravel(), positive @ residual]
        open_points = (process.fitted_by < 0) | (process.fitted_by >= k)
        descents = []
        for j in np.flatnonzero(process.rates[k] > 0):
            b = np.where(mask[j] & open_points, np.abs(y), 0.0)
            after = residual - signs[j] * step**2 * b / np.linalg.norm(b)
            descents.append(
                rate / 2 * (residual @ residual - after @ after) / step**2 / process.rates[k, j] - 1
            )
        rows.append(
            {
                "gradient": rate * float(np.abs(np.concatenate(gradient)).max()),
                "loss error": abs(rate / 2 * residual @ residual - process.losses[k]),
                "rank": int(np.linalg.matrix_rank(z)),
                "descent": float(np.abs(descents).max(initial=0.0)),
            }
        )
    return pd.DataFrame(rows)


def split_difference(instance):
    r"""Return by how much the jumps of both signs together differ from those of each sign alone.

    Parameters
    ----------
    instance : OrthogonalInstance
        With labels and neurons of both signs.

    Returns
    -------
    float
        Largest difference of the times and of Y, merged by time; infinity if the neurons or their number differ. Each
        half keeps the factor 1/n of the whole.
    """
    y, _, signs = astuple(instance)
    whole, parts = jump_process(instance.active, signs, y), []
    for sign in (1.0, -1.0):
        neurons, points = np.flatnonzero(signs == sign), np.flatnonzero(np.sign(y) == sign)
        part = jump_process(
            instance.active[np.ix_(neurons, points)], signs[neurons], y[points], factor=points.size / y.size
        )
        parts.append(np.stack([part.times, neurons[part.neurons], part.label_norms]))
    merged = np.concatenate(parts, axis=1)
    merged = merged[:, merged[0].argsort()]
    together = np.stack([whole.times, whole.neurons, whole.label_norms])
    if merged.shape != together.shape or (merged[1] != together[1]).any():
        return np.inf
    return float(np.abs(merged - together).max())


def two_leaders(seed, n=16, m=12):
    """Return a random instance in which one neuron of each sign is active on all labels of its sign.

    Parameters
    ----------
    seed : int
        Of the generator.
    n, m : int
        Sizes.

    Returns
    -------
    OrthogonalInstance
        The leaders are the first positive and the first negative neuron.
    """
    y, directions, signs = astuple(mixed_instance(seed, n, m))
    for sign in (1.0, -1.0):
        leader = int((signs == sign).argmax())
        directions[leader] = np.where(y * sign > 0, np.abs(directions[leader]), directions[leader])
    return OrthogonalInstance(y, directions, signs)


def twins(length, angles=(0.2, 0.9)):
    r"""Run two neurons with the same points and different directions, and compare with one.

    Parameters
    ----------
    length : float
        :math:`L`.
    angles : pair of float
        Angles of the two directions from that of the labels.

    Returns
    -------
    dict
        ``sum``: sum of the two squared norms over Y; ``ratio``: their quotient; ``predicted``: the square of
        :math:`(1+\cos_1)/(1+\cos_2)`; ``one``: time of half height :math:`L\tau + C` for one neuron whose constant is
        :math:`E = \frac12\log\sum_je^{2E_j}`, less that measured for the sum.
    """
    y = np.array([1.2, 0.7, 0.4])
    unit = y / np.linalg.norm(y)
    aside = np.array([-unit[1], unit[0], 0.0]) / np.hypot(unit[0], unit[1])
    directions = np.array([np.cos(a) * unit + np.sin(a) * aside for a in angles])
    path = saddle_flow(directions, np.ones(2), y, -length)
    squares, norm = np.exp(2 * path.log_norms), np.linalg.norm(y)
    alone = [jump_offsets(directions[j : j + 1], np.ones(1), y).log_factors[0, 0] for j in range(2)]
    together = np.logaddexp(2 * alone[0], 2 * alone[1]) / 2
    rate = norm / y.size
    share = squares.sum(axis=1) / norm
    k = int((share >= 0.5).argmax())
    logit = np.log(share[k - 1 : k + 1] / (1 - share[k - 1 : k + 1]))
    half = float(np.interp(0.0, logit, path.times[k - 1 : k + 1]))
    cosines = directions @ unit
    return {
        "sum": float(squares[-1].sum() / norm),
        "ratio": float(squares[-1, 0] / squares[-1, 1]),
        "predicted": float(((1 + cosines[0]) / (1 + cosines[1])) ** 2),
        "one": float((length + np.log(norm) / 2 - together) / rate - half),
    }
