"""Appendix F of paper 002 along runs: the balance of a neuron, its drift, neurons that change many activations."""

import numpy as np
import pandas as pd

from studies.convergence.instances import draw
from twolayer.balance import balance, balance_change
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram, output_layer_gram, stable_rate_limit


def training(S, m, n, ratio, part, run=0):
    r"""Start two-rate descent on an instance of section 4.

    Parameters
    ----------
    S, m, n : int
        Width, number of points, dimension.
    ratio : float
        :math:`\eta_z/\eta_w > 0`.
    part : float
        :math:`\eta_w` as a part of the limit of stability at the start.
    run : int
        Seeds the draw, together with the sizes.

    Returns
    -------
    TwoRateDescent
        Before its first step; it does not stop where the error grows.
    """
    start = draw(S, m, run, n)
    kernels = hidden_layer_gram(start.x, start.a, start.w), output_layer_gram(start.x, start.a)
    rate = part * stable_rate_limit(*kernels, ratio)
    return TwoRateDescent(start.x, start.y, start.a, start.w, rates=(rate, ratio * rate), monotone=False)


def follow(S, m, n, ratio, part=0.5, steps=3000, run=0):
    r"""Train, and look at the balance of all neurons at every step.

    Parameters
    ----------
    S, m, n, ratio, part, run
        As in :func:`training`.
    steps : int
        At most.

    Returns
    -------
    table : DataFrame
        By steps: identity (largest difference between the change of the balance and its formula), homogeneity
        (largest :math:`|w_i\partial_{w_i}\ell - \langle a_i, \nabla_{a_i}\ell\rangle|`, relative), drift (largest
        :math:`|R_\tau - R_0|`), all three over :math:`\max|R_0|` where not relative already; total (sum of
        :math:`|R_\tau - R_0|` over the neurons, over :math:`\eta_w\eta_z\|e_0\|^2`); energy (the sum of
        :math:`\eta_w\|\nabla^w\ell\|^2 + \eta_z\|\nabla^z\ell\|^2` so far over
        :math:`\|e_0\|^2 - \|e_\tau\|^2`); flips (of one neuron in the step, at most).
    descent : TwoRateDescent
        After the last step.
    """
    descent = training(S, m, n, ratio, part, run)
    rates, error = descent.rates, descent.error_norms[0]
    start = now = balance(descent.a, descent.w, rates)
    rows, energy = [], 0.0
    while descent.outcome == "running" and descent.step < steps:
        ga, gw, active = descent.gradient_a.copy(), descent.gradient_w.copy(), descent.active
        pairing, product = (descent.a * ga).sum(axis=1), descent.w * gw
        energy += rates[0] * (ga**2).sum() + rates[1] * (gw**2).sum()
        descent.advance(1)
        before, now = now, balance(descent.a, descent.w, rates)
        rows.append(
            {
                "identity": np.abs(now - before - balance_change(ga, gw, rates)).max() / np.abs(start).max(),
                "homogeneity": np.abs(product - pairing).max() / max(np.abs(product).max(), 1e-300),
                "drift": np.abs(now - start).max() / np.abs(start).max(),
                "total": np.abs(now - start).sum() / (rates[0] * rates[1] * error**2),
                "energy": energy / (error**2 - np.linalg.norm(descent.error) ** 2),
                "flips": int((active != descent.active).sum(axis=0).max()),
            }
        )
    return pd.DataFrame(rows), descent


def halvings(S, m, n, ratio, count, steps=60, part=0.5):
    r"""Halve both rates again and again and train to the same :math:`\eta\tau`; return the drift of :math:`R/\eta_w`.

    Returns
    -------
    DataFrame
        Columns scale (1, 1/2, ...), drift (largest over the neurons).
    """
    rows = []
    for k in range(count):
        descent = training(S, m, n, ratio, part / 2**k)
        start = balance(descent.a, descent.w, descent.rates)
        descent.advance(steps * 2**k)
        drift = np.abs(balance(descent.a, descent.w, descent.rates) - start).max() / descent.rates[0]
        rows.append({"scale": 0.5**k, "drift": drift})
    return pd.DataFrame(rows)


def bounds(sizes, ratio, runs=2, n=50, steps=3000):
    r"""Train at half the limit of stability and compare the drift with what bounds it.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Pairs (S, m).
    ratio : float
        :math:`\eta_z/\eta_w`.
    runs, n, steps : int
        Repetitions, dimension, and steps at most.

    Returns
    -------
    DataFrame
        Columns S, m, run, T, and in units of :math:`\eta_w\eta_z`: largest and total drift, squared initial error,
        and :math:`S^2(m + n/m)`; needed: :math:`n/\eta_w`, which the proof needs the largest drift to be well below.
    """
    rows = []
    for S, m in sizes:
        for run in range(runs):
            descent = training(S, m, n, ratio, 0.5, run)
            start, unit = balance(descent.a, descent.w, descent.rates), descent.rates[0] * descent.rates[1]
            descent.advance(steps)
            drift = np.abs(balance(descent.a, descent.w, descent.rates) - start) / unit
            rows.append(
                {"S": S, "m": m, "run": run, "T": descent.step, "outcome": descent.outcome, "largest": drift.max(),
                 "total": drift.sum(), "error": descent.error_norms[0] ** 2, "(76)": S**2 * (m + n / m),
                 "needed": n / descent.rates[0]}
            )  # fmt: skip
    return pd.DataFrame(rows)


def many_flips(S, m, n, ratio, steps, part=0.5, run=0):
    r"""Look for neurons that change many activations in one step.

    Returns
    -------
    events : DataFrame
        Steps and neurons with at least n changes D: flips, norm (:math:`\|a_\tau\|`), bound
        (:math:`\|(a_{\tau+1} - a_\tau)X^D\|/\sigma_{\min}(X^D)`), opposite (largest
        :math:`|\langle a_\tau, x_j\rangle|/|\langle a_{\tau+1} - a_\tau, x_j\rangle|` over D), output weight.
    neurons : DataFrame
        Every neuron: most flips in one step, its output weight at that step, and the largest and initial ones.
    """
    descent = training(S, m, n, ratio, part, run)
    most, at_most = np.zeros(S, dtype=int), np.abs(descent.w)
    largest, rows = np.abs(descent.w), []
    while descent.outcome == "running" and descent.step < steps:
        active, a = descent.active, descent.a.copy()
        descent.advance(1)
        changed = active != descent.active
        flips = changed.sum(axis=0)
        at_most = np.where(flips > most, np.abs(descent.w), at_most)
        most, largest = np.maximum(most, flips), np.maximum(largest, np.abs(descent.w))
        for i in np.flatnonzero(flips >= n):
            x, move = descent.x[changed[:, i]], descent.a[i] - a[i]
            smallest = np.linalg.svd(x, compute_uv=False)[-1]
            rows.append(
                {"step": descent.step, "neuron": i, "flips": flips[i], "norm": np.linalg.norm(a[i]),
                 "bound": np.linalg.norm(x @ move) / smallest,
                 "opposite": np.max(np.abs(x @ a[i]) / np.abs(x @ move)), "output weight": abs(descent.w[i])}
            )  # fmt: skip
    neurons = pd.DataFrame({"flips": most, "output weight": at_most, "largest": largest})
    return pd.DataFrame(rows), neurons


def within_a_step(S, m, n, ratio, fractions=(0.25, 0.5, 0.75), part=0.5, steps=5):
    r"""Return the largest difference of the balance within a step from a parabola with its vertex at the step's start.

    Returns
    -------
    float
        Of :math:`R_{\tau+u} - R_\tau - u^2(R_{\tau+1} - R_\tau)` over neurons and the given u, in the last of a few
        steps, relative to the largest balance.
    """
    descent = training(S, m, n, ratio, part)
    descent.advance(steps)
    a, w, rates = descent.a.copy(), descent.w.copy(), descent.rates
    step_a, step_w = -rates[0] * descent.gradient_a, -rates[1] * descent.gradient_w
    start, whole = balance(a, w, rates), balance_change(descent.gradient_a, descent.gradient_w, rates)
    errors = [
        np.abs(balance(a + u * step_a, w + u * step_w, rates) - start - u**2 * whole) for u in fractions
    ]
    return float(np.max(errors) / np.abs(start).max())
