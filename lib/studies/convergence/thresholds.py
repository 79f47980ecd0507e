"""Sections 1.2 and 1.3 of paper 002 in numbers: which theorem covers which sizes, and the change of normalisation."""

from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from studies.convergence.grid import TABLE_TWO, WIDTHS, points_of
from studies.convergence.instances import DIMENSION
from twolayer.activations import relu
from twolayer.initialisation import lecun, sphere_points
from twolayer.network import network, squared_loss_gradient
from twolayer.parameters import Parameters
from twolayer.renormalisation import equivalent_rates
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram, output_layer_gram, stable_rate_limit
from twolayer.two_rate_thresholds import THRESHOLDS, theorem_conditions, threshold_size

WHERE_USEFUL = "wherever the old allows m > n"


def sizes(n, widths):
    """Return table T-A: every threshold as a number of points, a column for each width."""
    return pd.DataFrame({S: {name: threshold_size(name, n, S) for name in THRESHOLDS} for S in widths})


def experiments():
    """Return the sizes of the experiments of section 4, and by how much each exceeds the theorem for the hidden layer.

    Returns
    -------
    DataFrame
        Columns S, m, threshold, s and mu (exponents of the dimension 100), covered.
    """
    pairs = [(S, m) for S in WIDTHS for m in points_of(S)] + [(100, m) for m in TABLE_TWO if m > 1000]
    table = pd.DataFrame(pairs, columns=["S", "m"])
    limit = {S: threshold_size("hidden layer only", DIMENSION, S) for S in WIDTHS}
    return table.assign(
        s=np.log(table["S"]) / np.log(DIMENSION),
        mu=np.log(table["m"]) / np.log(DIMENSION),
        threshold=table["S"].map(limit),
        covered=table["m"] < table["S"].map(limit),
    )


def algebra(unit=12, largest=5):
    r"""Decide the statements of section 1.3 about conditions (3) to (5) on all exponents that are multiples of 1/unit.

    Parameters
    ----------
    unit : int
        A multiple of 12, so that the kinks of most bounds lie on the grid; comparisons are between integers.
    largest : int
        Widths up to :math:`n^{\text{largest}}`.

    Returns
    -------
    dict of str to bool
        What was checked and whether it holds everywhere. Cost O((unit largest)^3).
    """
    s, mu, rho = np.meshgrid(
        np.arange(1, largest * unit + 1),
        np.arange(1, largest * unit + 1),
        np.arange(-(largest + 1) * unit, (2 * largest + 1) * unit + 1),
        indexing="ij",
        sparse=True,
    )
    hidden, both, output = theorem_conditions(s, mu, rho, unit)
    at_all = (mu < s) & (4 * mu < 4 * unit + s)
    all_ratios = (hidden | both).all(axis=2)
    covered = (hidden | both | output).all(axis=2)
    wide, points = np.broadcast_arrays(s[..., 0], mu[..., 0])
    plane, many = at_all[..., 0], points >= unit
    lines = {"equal": 0 * wide, "S/m": wide - points, "S/n": wide - unit}
    at = {name: theorem_conditions(wide, points, line, unit) for name, line in lines.items()}
    s_only, root = points < wide, 2 * points < unit + wide
    beyond = (3 * points < unit + 2 * wide) & plane
    return {
        "(3) and (4) cover all ratios iff m < n^(1/3) S^(2/3)": bool(
            (all_ratios == (plane & (3 * points < unit + 2 * wide))).all()
        ),
        "(5) adds nothing to that": bool((covered == all_ratios).all()),
        "where m < S, (18) implies the ratio of (17)": bool((~output | (rho > 2 * mu - unit - s)).all()),
        "equal rates: (3) alone, all of (7)": bool(
            (at["equal"][0] == plane).all() and not at["equal"][2].any()
        ),
        "ratio S/m: (5) iff m < S and m < (nS)^(1/2)": bool(
            (at["S/m"][2] == (s_only & root & (wide > points))).all()
        ),
        "ratio S/m: (4) reaches beyond (5)": bool(
            (beyond & ~at["S/m"][2]).any() and at["S/m"][1][beyond].all()
        ),
        "ratio S/n: all m < S": bool((np.logical_or.reduce(at["S/n"]) == s_only).all()),
        "ratio S/n: (5) alone where m >= n": bool((at["S/n"][2] == s_only)[many].all()),
    }


def comparison_with_earlier(unit=12, largest=5):
    r"""Return where the new thresholds beat the old ones, as intervals of the exponent s of the width.

    Returns
    -------
    DataFrame
        Columns new, old; from, to, the range of s on the grid in which the new bound is larger, and whether that is one
        interval; and whether it is larger wherever the older bound allows for :math:`m > n`.
    """
    s = np.arange(1, largest * unit + 1) / unit
    value = {name: function(s) for name, function in THRESHOLDS.items()}
    rows = []
    for new, old in (
        ("hidden layer only", "OS20"),
        ("hidden layer only", "SY19"),
        ("hidden layer only", "DZPS19, improved"),
        ("LeCun as printed", "Ngu21"),
        ("any ratio", "OS20"),
    ):
        better = value[new] > value[old] + 1e-12
        useful = value[old] > 1 + 1e-12
        row = {"new": new, "old": old, "from": s[better].min(), "to": s[better].max()}
        rows.append(row | {"one interval": _is_interval(better), WHERE_USEFUL: bool(better[useful].all())})
    return pd.DataFrame(rows)


def _is_interval(mask):
    return bool(np.count_nonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int))) == 2)


def lecun_steps(seed, n, S, m, steps, data_scale=1.0, relative_rate=0.5):
    r"""Train a network from LeCun's initialisation at one rate, with the book's general network and its gradients.

    Parameters
    ----------
    seed : int
        Of the draw.
    n, S, m : int
        Dimension, width, number of points.
    steps : int
        Steps of gradient descent on :math:`\tfrac12\|f - y\|^2`.
    data_scale : float
        Norm of the points.
    relative_rate : float
        The rate as a part of the limit of stability at the start.

    Returns
    -------
    dict
        x (unit points), y and the initial weights in the standard normalisation, the rate, and the weights and
        outputs after each step, weights in the standard normalisation.
    """
    rng = np.random.default_rng([seed, n, S, m])
    start = lecun(rng, S, n)
    x = sphere_points(rng, m, n)
    y = data_scale * rng.standard_normal(m) / np.sqrt(n)
    scaled = data_scale * x
    kernels = hidden_layer_gram(scaled, start.a, start.w), output_layer_gram(scaled, start.a)
    rate = relative_rate * stable_rate_limit(*kernels, ratio=1.0)
    a, w, outputs = [start.a], [start.w], []
    for _ in range(steps):
        here = Parameters(a=a[-1], b=start.b, w=w[-1], c=start.c)
        outputs.append(network(here, scaled, relu()))
        gradient = squared_loss_gradient(here, scaled, y, relu())
        a.append(a[-1] - rate * gradient.a)
        w.append(w[-1] - rate * gradient.w)
    return {
        "x": x, "y": y, "rate": rate, "data_scale": data_scale, "outputs": np.array(outputs),
        "a": np.array(a) * np.sqrt(n), "w": np.array(w) * np.sqrt(S),
    }  # fmt: skip


def renormalised_error(run, ratio=None):
    r"""Compare a LeCun run with two-rate descent in the standard normalisation.

    Parameters
    ----------
    run : dict
        From :func:`lecun_steps`.
    ratio : float, optional
        :math:`\eta_z/\eta_w` with the hidden rate as computed; the computed ratio S/n if not given.

    Returns
    -------
    ndarray of shape (steps,)
        Largest difference of the outputs at each step, relative to the largest output of the start.
    """
    n, S = run["x"].shape[1], run["a"].shape[1]
    rates, factor = equivalent_rates(run["rate"], np.sqrt(n), np.sqrt(S), run["data_scale"])
    if ratio is not None:
        rates = (rates[0], ratio * rates[0])
    descent = TwoRateDescent(
        run["x"], run["y"] / factor, run["a"][0], run["w"][0], rates=rates, monotone=False, tolerance=1e-300
    )
    differences = []
    for output in run["outputs"]:
        differences.append(np.abs(factor * (descent.error + descent.y) - output).max())
        descent.advance(1)
    return np.array(differences) / np.abs(run["outputs"][0]).max()


def implied_ratio(run):
    r"""Return the ratio of the rates that the first step of a run implies, from the weights and nothing else.

    :math:`\eta_w = -\langle\Delta W, \nabla^w\ell\rangle/\|\nabla^w\ell\|^2` in the standard normalisation, likewise
    :math:`\eta_z`; the common scale of the labels drops out of the quotient.
    """
    n = run["x"].shape[1]
    _, factor = equivalent_rates(1.0, np.sqrt(n), np.sqrt(run["a"].shape[1]), run["data_scale"])
    a, w = run["a"], run["w"]
    pre = run["x"] @ a[0].T
    error = np.maximum(pre, 0) @ w[0] - run["y"] / factor
    gradient_a = w[0][:, None] * ((pre > 0) * error[:, None]).T @ run["x"]
    gradient_w = np.maximum(pre, 0).T @ error
    hidden = np.vdot(a[1] - a[0], gradient_a) / np.vdot(gradient_a, gradient_a)
    output = np.vdot(w[1] - w[0], gradient_w) / np.vdot(gradient_w, gradient_w)
    return float(output / hidden)


def renormalisation_table(
    seed, dimensions=(5, 20, 60), widths=(8, 40, 200), points=(6, 30, 150), data_scale=1.0
):
    """Return the implied ratio at all combinations of sizes, beside S/n and S/m."""
    rows = []
    for n, S, m in product(dimensions, widths, points):
        run = lecun_steps(seed, n, S, m, 1, data_scale)
        rows.append({"n": n, "S": S, "m": m, "implied": implied_ratio(run), "S/n": S / n, "S/m": S / m})
    return pd.DataFrame(rows)


def dimension_for_logarithms(gap, s, power):
    r"""Return :math:`\log_{10}` of the dimension from which on :math:`n^{\text{gap}} \ge \log(nS)^C`, :math:`S = n^s`.

    Parameters
    ----------
    gap : float
        By how much the exponent of m stays below that of its bound; > 0.
    s : float
        Exponent of the width.
    power : int
        C >= 0.

    Returns
    -------
    float
        Zero where the inequality holds for all n >= 2.
    """

    def slack(log_n):
        return gap * log_n - power * np.log((1 + s) * log_n)

    # The slack is convex in log n with its minimum at C/gap, so that its largest root lies beyond.
    lowest = max(power / gap, np.log(2.0))
    if slack(lowest) >= 0:
        return 0.0
    return float(brentq(slack, lowest, 1e3 * lowest / min(gap, 1.0)) / np.log(10))
