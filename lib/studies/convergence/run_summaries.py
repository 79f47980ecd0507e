"""What the looks along a run come to: one row for each run of the study along-runs (section 3.2 of paper 002)."""

import numpy as np
import pandas as pd

RUN = ["n", "S", "m", "run", "ratio"]
"""Columns that name a run."""


def each_run(table):
    """Yield the runs of the study, each with its looks in order.

    Parameters
    ----------
    table : DataFrame
        Rows of the study convergence/along-runs.
    """
    for _, looks in table.groupby(RUN, sort=True):
        yield looks.sort_values("step").reset_index(drop=True)


def largest_rise(values):
    """Return by how much a sequence rises above its minimum so far, at most, in units of its first entry."""
    values = np.asarray(values, dtype=float)
    return float((values - np.minimum.accumulate(values)).max() / values[0])


def tail_rate(looks, below=1e-2):
    r"""Return the rate of :math:`\log\|e\|` per step once the error is small, and the mean bound of the kernels there.

    Parameters
    ----------
    looks : DataFrame
        One run.
    below : float
        Error, relative to the first one, from which on the rate is fitted.

    Returns
    -------
    tuple of two floats
        The fitted rate, and the mean of :math:`\eta_w\lambda_{\min}(H) + \eta_z\lambda_{\min}(G)`.
    """
    tail = looks[looks["error"] < below * looks["error"].iloc[0]]
    rate = -np.polyfit(tail["step"], np.log(tail["error"]), 1)[0]
    bound = (
        tail["eta_w"] * tail["lambda_min_H"] + tail["eta_z"] * np.maximum(tail["lambda_min_G"], 0)
    ).mean()
    return float(rate), float(bound)


def crossing_step(steps, errors, level=1e-3):
    """Return where an error falls below a level, by interpolation of its logarithm; NaN if it does not."""
    logs = np.log(np.asarray(errors, dtype=float))
    if not (logs < np.log(level)).any():
        return np.nan
    return float(np.interp(-np.log(level), -logs, steps))


def by_run(table):
    r"""Return one row for each run.

    Returns
    -------
    DataFrame
        Beside the columns that name the run: T; kappa_H, the quotient of :math:`\lambda_{\min}(H)` at the end and at
        the start; rise, see :func:`largest_rise`; least_H, least_G, the smallest quotients over the run (least_G is
        NaN where m > S); dF, the norm of :math:`F_T - F_0` over :math:`\sqrt S`; slack 1 to 3, the quotients of
        neighbours in (39); chord, the distance over the path length of both layers together; energy, the sum in
        (42) over :math:`\|e_0\| - \|e_T\|`; cauchy, the last line of (43) over the distance; tail, the rate of the
        tail over its bound; time, distance: T and the distance over those of the frozen kernel.
    """
    rows = []
    for looks in each_run(table):
        first, last = looks.iloc[0], looks.iloc[-1]
        rate, bound = tail_rate(looks)
        alone = last["eta_z"] == 0
        frozen = crossing_step(looks["step"], looks["error_frozen"])
        both = np.hypot(last["dW_F"], last["dz"]), np.hypot(last["path_w"], last["path_z"])
        rows.append(
            {
                **{k: first[k] for k in RUN},
                "T": int(last["step"]),
                "kappa_H": last["lambda_min_H"] / first["lambda_min_H"],
                "rise": largest_rise(looks["lambda_min_H"]),
                "least_H": looks["lambda_min_H"].min() / first["lambda_min_H"],
                "least_G": looks["lambda_min_G"].min() / first["lambda_min_G"] if first["m"] < first["S"] else np.nan,
                "dF": last["dF"] / np.sqrt(last["S"]),
                "slack 1": last["dF_F"] / last["dF"],
                "slack 2": last["dWX_F"] / last["dF_F"],
                "slack 3": last["dW_F"] * last["X"] / last["dWX_F"],
                "chord": both[0] / both[1],
                "energy": last["energy"] / (first["error"] - last["error"]),
                "cauchy": np.sqrt(last["eta_w"] * last["energy"] * last["error_sum"]) / last["path_w"],
                "tail": rate / bound,
                "time": last["step"] / frozen if alone else np.nan,
                "distance": last["dW_F"] / last["dW_frozen"] if alone else np.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(rows).astype({"n": int, "S": int, "m": int, "run": int})


def movement_by_ratio(table):
    r"""Return means of the movement over :math:`\sqrt m` for each size and ratio of the study two-rates.

    Returns
    -------
    DataFrame
        Columns n, m, S, ratio, W and z: :math:`\|W_T - W_0\|_F/\sqrt m`, :math:`\|z_T - z_0\|/\sqrt m`.
    """
    scaled = table.assign(W=table["dW_F"] / np.sqrt(table["m"]), z=table["dz"] / np.sqrt(table["m"]))
    return scaled.groupby(["n", "m", "S", "ratio"], sort=False)[["W", "z"]].mean().reset_index().sort_values(
        ["S", "ratio"], ascending=[False, True], ignore_index=True
    )  # fmt: skip


def slope_between(means, column, low, high):
    """Return, for each width, the slope of a column in the ratio between two ratios, in double logarithms."""
    found = {}
    for S, rows in means.groupby("S"):
        values = rows.set_index("ratio")[column]
        found[f"S = {S}"] = float(np.log(values[high] / values[low]) / np.log(high / low))
    return found


def largest_ratio(table):
    r"""Return, for each run of the study within-steps, the extremes of the ratio in (41) over steps and fractions.

    Returns
    -------
    DataFrame
        Columns n, S, m, share, ratio (of the rates), eta_w, T, outcome; largest, of :math:`|q_t|`; late, the median
        of :math:`|q_{1-}|` over the looks at which the error is below 1/100 of the first (NaN if there are none);
        frozen, the largest of what the kernel of the step alone would give.
    """
    rows = []
    for key, looks in table.groupby(["n", "S", "m", "share", "ratio"], sort=True):
        ends = looks[looks["fraction"] == 1.0]
        late = ends[ends["error"] < 0.01 * looks["error"].max()]
        rows.append(
            {
                **dict(zip(("n", "S", "m", "share", "ratio"), key, strict=True)),
                "eta_w": looks["eta_w"].iloc[0],
                "T": int(looks["T"].iloc[0]),
                "outcome": looks["outcome"].iloc[0],
                "largest": looks["ratio_41"].abs().max(),
                "late": late["ratio_41"].abs().median() if len(late) else np.nan,
                "frozen": looks["ratio_41_frozen"].max(),
            }
        )
    return pd.DataFrame(rows)
