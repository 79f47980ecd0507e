"""Section 7: the four-dimensional system, its two time scales, and the inequality from which the proof starts."""

import numpy as np
import pandas as pd

from studies.inconsistency.recorded_runs import (
    LEAKS,
    deviations_along,
    moments_along,
    network_and_step,
    recorded_run,
    resampled_six_points,
)
from twolayer import closed_system, reference_dynamics
from twolayer.half_sided import half_sided_moments
from twolayer.half_sided_datasets import six_points


def _drive(deviations, matrices, leak):
    """Return (r, s) of each side, shape (k, 2, 2), from deviations in the plain order."""
    sides = np.swapaxes(deviations.reshape(-1, 2, 2), -1, -2)
    return closed_system.drive(matrices, sides, leak)[0]


def residuals(path, data, step_size, leak, with_product_term=True):
    r"""Return :math:`\max_k|\overline v_{k+1} - (I - hA_kM_D)\overline v_k|` over a run recorded at every step.

    Without the product term, :math:`hG^{wab}` is left out of :math:`A_k`.
    """
    matrices, _ = half_sided_moments(data)
    v, moments = deviations_along(path, data, leak), moments_along(path)
    u = _drive(v, matrices, leak) if with_product_term else None
    system = closed_system.system_matrix(moments, u, step_size, leak)
    predicted = v - step_size * (system @ closed_system.data_matrix(matrices) @ v[..., None])[..., 0]
    return np.abs(v[1:] - predicted[:-1]).max(axis=-1)


def iterate(start, data, step_size, steps, leak=0.0):
    """Iterate the closed system from a network and return deviations in the plain order, shape (steps + 1, 4)."""
    matrices, _ = half_sided_moments(data)
    optimum = data_optimum(data)
    moments, c = closed_system.neuron_moments(start.a[:, 0], start.b, start.w), start.c
    result = np.empty((steps + 1, 4))
    for k in range(steps + 1):
        result[k] = closed_system.plain(closed_system.lines(moments, c, leak) - optimum)
        moments, c, _ = closed_system.step(moments, c, matrices, optimum, step_size, leak)
    return result


def data_optimum(data):
    """Return the half-sided regression lines."""
    matrices, vectors = half_sided_moments(data)
    return np.linalg.solve(matrices, vectors[..., None])[..., 0]


def equation_five(seed, m=200, steps=3000):
    """Return, for each leak, how exactly (5) holds along a run of the network, with and without its product term."""
    data, rows = resampled_six_points(seed), []
    for leak in LEAKS:
        start, h = network_and_step(seed, m, leak, data)
        path = recorded_run(start, data, h, range(steps + 1), leak)
        v = deviations_along(path, data, leak)
        rows.append(
            {
                "leak": leak,
                "largest kink": path.largest_kink,
                "one step": residuals(path, data, h, leak).max(),
                "whole run": np.abs(v - iterate(start, data, h, steps, leak)).max(),
                "without product term": residuals(path, data, h, leak, with_product_term=False).max(),
                "largest deviation": np.abs(v).max(),
            }
        )
    return pd.DataFrame(rows)


def residual_against_step(seed, m=200, leak=0.3, fractions=(1.0, 0.3, 0.1, 0.03, 0.01)):
    """Return the one-step residual of (5), with and without the product term, for fractions of the largest step."""
    data, rows = resampled_six_points(seed), []
    for fraction in fractions:
        start, largest = network_and_step(seed, m, leak, data)
        path = recorded_run(start, data, fraction * largest, range(101), leak)
        rows += [
            {
                "fraction": fraction,
                "term": term,
                "residual": residuals(path, data, fraction * largest, leak, term).max(),
            }
            for term in (True, False)
        ]
    return pd.DataFrame(rows)


def travel_inequality(seed, m=200, steps=3000, leak=0.0, fraction=0.1):
    r"""Return the three members of (4) along a run, for every neuron: arrays of shape (steps + 1, m).

    ``moved`` is :math:`|b_{i,k} - b_{i,0}|`, ``summed`` is :math:`h\sum_{l<k}|w_{i,l}s_{\sigma,l}|`, ``bound`` is
    :math:`(|w_{i,0}| + \sup_{l<k}|w_{i,l} - w_{i,0}|)\,h\sum_{l<k}|s_{\sigma,l}|`.
    """
    data = resampled_six_points(seed)
    start, h = network_and_step(seed, m, leak, data)
    path = recorded_run(start, data, fraction * h, range(steps + 1), leak)
    u = _drive(deviations_along(path, data, leak), half_sided_moments(data)[0], leak)
    weights = path.parameters
    s = np.abs(np.where(weights.a[..., 0] > 0, u[:, :1, 1], u[:, 1:, 1]))  # (steps + 1, m)
    change = np.maximum.accumulate(np.abs(weights.w - weights.w[0]))
    return {
        "moved": np.abs(weights.b - weights.b[0])[1:],
        "summed": fraction * h * np.cumsum(np.abs(weights.w) * s, axis=0)[:-1],
        "bound": ((np.abs(weights.w[0]) + change) * fraction * h * np.cumsum(s, axis=0))[:-1],
    }


def eigenvalue_table(seed, widths, draws, leaks=LEAKS):
    r"""Return quantiles over He networks of the eigenvalues of :math:`A^{ref}M_D` on Example 1, and their limits."""
    matrices, _ = half_sided_moments(six_points())
    full, rows = closed_system.data_matrix(matrices), []
    for leak in leaks:
        fast, slow = reference_dynamics.limiting_eigenvalues(matrices, leak)
        for m in widths:
            moments = reference_dynamics.he_moments(np.random.default_rng([seed, m, 2]), m, draws)
            values = reference_dynamics.modes(
                closed_system.system_matrix(moments, leak=leak), full
            ).eigenvalues
            limits = np.concatenate([fast * m, slow])
            for i, (low, middle, high) in enumerate(np.quantile(values, [0.1, 0.5, 0.9], axis=0).T):
                rows.append(
                    {"leak": leak, "m": m, "mode": i + 1, "low": low, "median": middle, "high": high}
                    | {"mean": values[:, i].mean(), "limit": limits[i]}
                )
    return pd.DataFrame(rows)


def eigenvalues_along(seed, m, epochs_per_width=150, leak=0.0, points=120):
    r"""Return the four eigenvalues of :math:`A_kM_D` (without the product term) along a run with the largest step."""
    data = resampled_six_points(seed)
    start, h = network_and_step(seed, m, leak, data)
    steps = np.unique(np.geomspace(1, epochs_per_width * m, points).astype(int))
    path = recorded_run(start, data, h, [0, *steps], leak)
    full = closed_system.data_matrix(half_sided_moments(data)[0])
    values = reference_dynamics.modes(
        closed_system.system_matrix(moments_along(path), leak=leak), full
    ).eigenvalues
    table = pd.DataFrame(values, columns=[f"mode {i}" for i in range(1, 5)])
    table.insert(0, "step", path.steps)
    return table, path.largest_kink


def race(seed, m=128, fraction=0.1, leak=0.0, points=300):
    r"""Return the race of the two time scales on Example 1, at geometric times.

    ``fast`` and ``slow`` are the sup norms of the parts of :math:`\overline v_k` in the fast and in the slow modes of
    :math:`A^{ref}M_D`, for the true network and for the reference solution; ``kink`` is the largest :math:`|b_i/a_i|`.
    The step is a fraction of the largest one, so that the fast phase takes more than a step or two.
    """
    data = six_points()
    start, largest = network_and_step(seed, m, leak, data)
    h = fraction * largest
    steps = np.unique(np.geomspace(1, 8 * 98 / 3 * m / fraction, points).astype(int))
    path = recorded_run(start, data, h, [0, *steps], leak)
    full = closed_system.data_matrix(half_sided_moments(data)[0])
    found = reference_dynamics.modes(closed_system.system_matrix(moments_along(path)[0], leak=leak), full)
    true = deviations_along(path, data, leak)
    solution = reference_dynamics.reference_solution(found, true[0], h, path.steps)
    columns = {"time": path.steps * h, "step": path.steps}
    for name, v in (("network", true), ("reference", solution)):
        coefficients = found.coefficients(v)
        for part, which in (("fast", slice(0, 2)), ("slow", slice(2, 4))):
            inside = coefficients[:, which] @ found.vectors[:, which].T
            columns[f"{part}, {name}"] = np.abs(inside).max(axis=-1)
    columns["kink"] = np.abs(path.kinks).max(axis=-1)
    return pd.DataFrame(columns), found.eigenvalues


def bound_table(seed, widths, draws):
    r"""Return medians of the four terms :math:`\lambda_i^{-1}|C_i|\|v_i\|` of Section 7's bound on Example 1."""
    matrices, vectors = half_sided_moments(six_points())
    optimum = np.linalg.solve(matrices, vectors[..., None])[..., 0]
    full, rows = closed_system.data_matrix(matrices), []
    for m in widths:
        moments = reference_dynamics.he_moments(np.random.default_rng([seed, m, 3]), m, draws)
        found = reference_dynamics.modes(closed_system.system_matrix(moments), full)
        start = closed_system.plain(closed_system.lines(moments, np.zeros(draws)) - optimum)
        terms = reference_dynamics.travel_bound(found, start)
        sizes = np.abs(found.vectors).max(axis=-2)
        rows.append(
            {
                "m": m,
                "fast part": np.median(terms[:, :2].sum(axis=-1)),
                "slow part": np.median(terms[:, 2:].sum(axis=-1)),
                "slow coefficients": np.median(np.abs(found.coefficients(start)[:, 2:]).max(axis=-1)),
                "largest eigenvector": np.quantile(sizes.max(axis=-1), 0.9),
            }
        )
    return pd.DataFrame(rows)


def slope_against_width(table, column):
    """Return the least-squares slope of log(column) against log(m)."""
    return float(np.polyfit(np.log(table["m"]), np.log(table[column]), 1)[0])
