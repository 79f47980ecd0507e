"""Appendix F: eigenvalues of the reference dynamics over the width, and the sums that Proposition F.4 bounds."""

import numpy as np
import pandas as pd

from studies.inconsistency.recorded_runs import (
    LEAKS,
    deviations_along,
    moments_along,
    network_and_step,
    recorded_run,
)
from twolayer import closed_system, reference_dynamics
from twolayer.half_sided import half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he


def _draws(seed, m, count, leak=0.0, stream=4):
    """Return A^ref of drawn He networks, M_D of Example 1, and the deviations at the start."""
    matrices, _ = half_sided_moments(six_points())
    moments = reference_dynamics.he_moments(np.random.default_rng([seed, m, stream]), m, count)
    lines = closed_system.lines(moments, np.zeros(count), leak) - half_sided_regression(six_points())
    return (
        closed_system.system_matrix(moments, leak=leak),
        closed_system.data_matrix(matrices),
        closed_system.plain(lines),
    )


def block_structure(seed, m=64, networks=50):
    """Return the largest entry of A^ref that couples slopes and intercepts, for networks drawn neuron by neuron."""
    start = he(np.random.default_rng([seed, m, 5]), m, 1, ensemble=(networks,))
    moments = closed_system.neuron_moments(start.a[..., 0], start.b, start.w)
    largest = 0.0
    for leak in LEAKS:
        system = closed_system.system_matrix(moments, leak=leak)
        largest = max(largest, np.abs(system[:, :2, 2:]).max(), np.abs(system[:, 2:, :2]).max())
    return float(largest)


def block_eigenvalues(seed, widths, count, leak=0.3):
    """Return medians of the extreme eigenvalues of the two blocks of A^ref over the width (Lemma F.3)."""
    rows = []
    for m in widths:
        system, _, _ = _draws(seed, m, count, leak)
        first, second = (
            np.median(np.linalg.eigvalsh(system[:, block, block]), axis=0)
            for block in (slice(0, 2), slice(2, 4))
        )
        rows.append(
            {"m": m, "A1 min": first[0], "A1 max": first[1], "A2 min": second[0], "A2 max": second[1]}
        )
    return pd.DataFrame(rows)


def mean_table(seed, widths, count, leak=0.0):
    r"""Return means and standard errors of the eigenvalues of H, of :math:`m/\lambda_1`, and of the leakage (14)."""
    rows = []
    for m in widths:
        system, full, _ = _draws(seed, m, count, leak)
        found = reference_dynamics.modes(system, full)
        values = found.eigenvalues
        leakage = np.linalg.norm(found.vectors[:, 2:, :2], axis=1) / np.linalg.norm(
            found.vectors[:, :2, :2], axis=1
        )
        row = {"m": m}
        for name, sample in {f"lambda {i + 1}": values[:, i] for i in range(4)}.items():
            row |= {name: sample.mean(), f"{name} error": sample.std() / np.sqrt(count)}
        inverse, slow = m / values[:, 0], values[:, 0] / values[:, 3]
        rows.append(
            row
            | {"m/lambda 1": inverse.mean(), "m/lambda 1 error": inverse.std() / np.sqrt(count)}
            | {"m/lambda 1 spread": inverse.std()}
            | {"leakage": m * np.median(leakage, axis=0).mean()}
            | {
                "slow epochs over m": np.median(slow) / m,
                "slow epochs at 0.01/m": np.median(100 / values[:, 3]),
            }
        )
    return pd.DataFrame(rows)


def expected_inverse(m):
    r"""Return :math:`\tfrac37(1 - \sqrt{6/(\pi m)})`, to first order the mean of :math:`m/\lambda_1`.

    For ReLU on Example 1, :math:`\lambda_1 \approx \tfrac73\max(\Sigma_{1,a^2}, \Sigma_{-1,a^2})`; the two sums have
    mean m and their difference the variance 12 m, so the larger one is :math:`m + \sqrt{6m/\pi}` on average.
    """
    return 3 / 7 * (1 - np.sqrt(6 / (np.pi * np.asarray(m, dtype=float))))


def inequality_slacks(seed, widths, count, leaks=LEAKS):
    """Return, for (12) and (13), the least ratio of the left side to the right side over draws (at least 1)."""
    rows = []
    for leak in leaks:
        for m in widths:
            system, full, _ = _draws(seed, m, count, leak)
            values = reference_dynamics.modes(system, full).eigenvalues
            least = np.linalg.eigvalsh(full)[0]
            rows.append(
                {
                    "leak": leak,
                    "m": m,
                    "(12)": (values[:, 3] / (np.linalg.eigvalsh(system)[:, 0] * least)).min(),
                    "(13)": (values[:, 1] / (np.linalg.eigvalsh(system[:, :2, :2])[:, 0] * least)).min(),
                }
            )
    return pd.DataFrame(rows)


def sums(seed, widths, count):
    r"""Return the sums of Proposition F.4 with the largest step on Example 1, summed up to a relative 1e-4.

    ``with start`` is the median of :math:`h\sum_k\|(I - hA^{ref}M)^k\overline v_0\|_\infty` over the draws, and
    ``bound`` that of Section 7's bound; ``matrices`` is for the matrices themselves, over a tenth of the draws.
    """
    rows = []
    for m in widths:
        system, full, start = _draws(seed, m, count, stream=6)
        found = [reference_dynamics.modes(one, full) for one in system]
        steps = [1 / one.eigenvalues[0] for one in found]
        travelled = reference_dynamics.travelled
        totals = [travelled(*pair, accuracy=1e-4) for pair in zip(found, steps, start, strict=True)]
        bounds = [reference_dynamics.travel_bound(one, v).sum() for one, v in zip(found, start, strict=True)]
        some = list(zip(found, steps, strict=True))[: max(1, count // 10)]
        rows.append(
            {
                "m": m,
                "with start": np.median(totals),
                "bound": np.median(bounds),
                "largest ratio": np.max(np.divide(totals, bounds)),
                "matrices": np.median([travelled(*pair, accuracy=1e-4) for pair in some]),
            }
        )
    return pd.DataFrame(rows)


def spectral_bound_ratios(seed, m=16, count=20):
    """Return the sums of the spectral norms of the matrices over their bound (11), for some networks."""
    system, full, _ = _draws(seed, m, count, stream=7)
    ratios = []
    for one in system:
        found = reference_dynamics.modes(one, full)
        total = reference_dynamics.travelled(found, 1 / found.eigenvalues[0], accuracy=1e-6, norm=2)
        ratios.append(total * found.eigenvalues[3] / np.sqrt(np.linalg.cond(full)))
    return np.array(ratios)


def slow_decay(seed, m=64, leak=0.0):
    """Return the number of steps in which the slow part of a trained network falls by e, measured and predicted."""
    data = six_points()
    start, h = network_and_step(seed, m, leak, data)
    full = closed_system.data_matrix(half_sided_moments(data)[0])
    times = np.linspace(0, 8 * 98 / 3 * m, 41).astype(int)
    path = recorded_run(start, data, h, times, leak)
    found = reference_dynamics.modes(closed_system.system_matrix(moments_along(path)[-1], leak=leak), full)
    slowest = np.abs(found.coefficients(deviations_along(path, data, leak))[:, 3])
    late = (times > 98 * m) & (slowest > 1e-12)
    rate = -np.polyfit(times[late], np.log(slowest[late]), 1)[0]
    return {
        "measured": 1 / rate,
        "predicted": -1 / np.log1p(-h * found.eigenvalues[3]),
        "over m": 1 / rate / m,
        "largest kink": path.largest_kink,
    }
