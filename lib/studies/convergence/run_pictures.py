"""Figures of the pages on section 3.2 and on Appendices D and E of paper 002: tables in, figures out."""

import numpy as np
import pandas as pd

from companion import figures
from studies.convergence.run_summaries import each_run

COLOURS, DASHES, MARKERS = figures.COLOURS, figures.LINE_STYLES, figures.MARKERS


def width_styles(widths):
    """Return a colour, a dash and a marker for each width."""
    return {
        S: {"color": COLOURS[i], "linestyle": DASHES[i], "marker": MARKERS[i]}
        for i, S in enumerate(sorted(widths))
    }


def _line(style):
    return {k: v for k, v in style.items() if k != "marker"}


def movement(means):
    """Draw the movement of both layers over the ratio of the rates; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.3)
    finite = means[(means["ratio"] > 0) & np.isfinite(means["ratio"])]
    styles = width_styles(means["S"].unique())
    for column, ax in zip(("W", "z"), axes, strict=True):
        for S, rows in finite.groupby("S"):
            m = rows["m"].iloc[0]
            ax.plot(rows["ratio"], rows[column], label=f"$S={S}$, $m={m}$", **styles[S])
        r = np.geomspace(finite["ratio"].min(), finite["ratio"].max(), 60)
        bound = np.minimum(1, r**-0.5) if column == "W" else np.minimum(1, r**0.5)
        ax.plot(
            r,
            finite[column].max() * bound,
            color="0.35",
            linewidth=1,
            linestyle=":",
            label="slopes of the bounds",
        )
        ax.set(xscale="log", yscale="log", xlabel=r"$\eta_z/\eta_w$")
        ax.set_xticks([1e-3, 1e-1, 1e1])
    axes[0].set(ylabel=r"$\|W_T-W_0\|_F/\sqrt{m}$")
    axes[1].set(ylabel=r"$\|z_T-z_0\|/\sqrt{m}$")
    axes[0].legend(loc="lower left")
    return fig, finite


def eigenvalues(table, m):
    """Draw the least eigenvalues along runs: H for the first layer alone, G and H for both; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.3)
    alone = table[(table["ratio"] == 0) & (table["m"] == m) & (table["run"] == 0)]
    styles, parts = width_styles(alone["S"].unique()), []
    for looks in each_run(alone):
        S = looks["S"].iloc[0]
        part = looks.assign(progress=np.log(looks["error"].iloc[0] / looks["error"]), panel="first layer")
        part["quotient"] = looks["lambda_min_H"] / looks["lambda_min_H"].iloc[0]
        axes[0].plot(part["progress"], part["quotient"], label=f"$S={S}$", **_line(styles[S]))
        parts.append(part)
    both = table[(table["ratio"] > 0) & (table["run"] == 0)]
    for i, looks in enumerate(each_run(both)):
        r = looks["ratio"].iloc[0]
        for gram, dash in (("H", "-"), ("G", "--")):
            part = looks.assign(
                progress=np.log(looks["error"].iloc[0] / looks["error"]), panel=f"both, {gram}"
            )
            part["quotient"] = looks[f"lambda_min_{gram}"] / looks[f"lambda_min_{gram}"].iloc[0]
            label = rf"$\eta_z/\eta_w={r:g}$" if gram == "H" else None
            axes[1].plot(part["progress"], part["quotient"], color=COLOURS[i], linestyle=dash, label=label)
            parts.append(part)
    axes[0].set(
        xlabel=r"$\log(\|e_0\|/\|e_\tau\|)$",
        ylabel=r"$\lambda_{\min}(H_\tau)/\lambda_{\min}(H_0)$",
        title=f"first layer, $m={m}$",
    )
    axes[1].set(xlabel=r"$\log(\|e_0\|/\|e_\tau\|)$", title="both layers: $H$ solid, $G$ dashed")
    low = axes[0].get_ylim()[0]
    axes[0].set_ylim(low - 0.6 * (1 - low), None)
    axes[0].legend(loc="lower left", ncols=2)
    axes[1].legend(loc="center right", bbox_to_anchor=(1.0, 0.5))
    columns = ["S", "m", "ratio", "panel", "step", "progress", "quotient"]
    return fig, pd.concat(parts)[columns]


CHAIN = {
    "dF": r"$\|F_T-F_0\|$",
    "dF_F": r"$\|F_T-F_0\|_F$",
    "dWX_F": r"$\|(W_T-W_0)X\|_F$",
    "bound": r"$\|W_T-W_0\|_F\|X\|$",
}


def chain(table, m):
    """Draw the four members of (39) over the width, and what they should be below; return figure and data."""
    ends = pd.DataFrame(
        [looks.iloc[-1] for looks in each_run(table[(table["ratio"] == 0) & (table["m"] == m)])]
    )
    starts = pd.DataFrame(
        [looks.iloc[0] for looks in each_run(table[(table["ratio"] == 0) & (table["m"] == m)])]
    )
    ends["bound"] = ends["dW_F"].astype(float) * ends["X"].astype(float)
    ends["sigma_F0"] = np.sqrt(np.maximum(starts["lambda_min_G"].to_numpy(float), 0))
    means = ends.groupby("S")[[*CHAIN, "sigma_F0"]].mean()
    scaled = means.div(np.sqrt(means.index.to_numpy(float)), axis=0).reset_index()
    fig, ax = figures.canvas(height=3.6)
    for i, (column, label) in enumerate(reversed(CHAIN.items())):
        ax.plot(
            scaled["S"], scaled[column], color=COLOURS[i], linestyle=DASHES[i], marker=MARKERS[i], label=label
        )
    wide = scaled[scaled["S"] > m]
    ax.plot(
        wide["S"], wide["sigma_F0"], color="0.4", marker="v", linestyle="none", label=r"$\sigma_{\min}(F_0)$"
    )
    ax.set(xscale="log", yscale="log", xlabel="width $S$", ylabel=r"norm over $\sqrt{S}$")
    ax.set_xticks(scaled["S"], [str(S) for S in scaled["S"]])
    ax.minorticks_off()
    ax.set_ylim(scaled["sigma_F0"].iloc[-1] / 4, None)
    ax.legend(loc="lower left", fontsize=8.5)
    return fig, scaled


def step_ratio(summary):
    """Draw the largest ratio of (41) in a run over the learning rate; return figure and data."""
    fig, ax = figures.canvas(height=3.6)
    for i, ((_n, S, m, r), rows) in enumerate(summary.groupby(["n", "S", "m", "ratio"])):
        label = f"$S={S}$, $m={m}$" + (", both layers" if r else "")
        done = rows["outcome"] == "converged"
        ax.plot(rows["share"], rows["largest"], color=COLOURS[i], linestyle=DASHES[i])
        ax.plot(
            rows["share"][done],
            rows["largest"][done],
            color=COLOURS[i],
            linestyle="none",
            marker=MARKERS[i],
            label=label,
        )
        ax.plot(
            rows["share"][~done],
            rows["largest"][~done],
            color=COLOURS[i],
            linestyle="none",
            marker=MARKERS[i],
            markerfacecolor="white",
        )
    share = np.geomspace(summary["share"].min(), summary["share"].max(), 50)
    ax.plot(share, 2 * share, color="0.35", linewidth=1, label=r"$\eta\lambda_{\max}(H_0)$")
    ax.axhline(0.5, color="black", linewidth=1, linestyle=":")
    ax.text(summary["share"].min(), 0.53, r"$\frac{1}{2}$", va="bottom")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel=r"learning rate, in units of $2/\lambda_{\max}$",
        ylabel=r"largest $|q_t|$ in the run",
    )
    ax.set_xticks([1 / 32, 1 / 8, 1 / 2], ["1/32", "1/8", "1/2"])
    ax.minorticks_off()
    ax.legend(loc="upper left", fontsize=8.5)
    return fig, summary


def collapse(table, m):
    """Draw the error against the steps, and against the steps times eta_w S; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.3, sharey=True)
    runs = table[(table["ratio"] == 0) & (table["m"] == m)].copy()
    runs["time"] = runs["eta_w"] * runs["S"] * runs["step"]
    styles = width_styles(runs["S"].unique())
    for looks in each_run(runs):
        S = looks["S"].iloc[0]
        relative = looks["error"] / np.sqrt(1.5 * S * m)
        for ax, column in zip(axes, ("step", "time"), strict=True):
            ax.plot(
                looks[column],
                relative,
                linewidth=1.2,
                label=f"$S={S}$" if looks["run"].iloc[0] == 0 else None,
                **_line(styles[S]),
            )
    axes[0].set(yscale="log", xlabel=r"steps $\tau$", ylabel=r"$\|e_\tau\|/\sqrt{1.5\,Sm}$")
    axes[1].set(xlabel=r"$\eta_wS\tau$")
    axes[0].legend()
    return fig, runs[["S", "m", "run", "step", "time", "error"]]


def replays(table, S, m):
    """Draw descent, frozen kernel and replayed kernels of one run; return figure and data."""
    looks = next(
        each_run(table[(table["ratio"] == 0) & (table["m"] == m) & (table["S"] == S) & (table["run"] == 0)])
    )
    fig, axes = figures.canvas(1, 2, height=3.3)
    series = {"error": "descent", "error_replayed": "kernels of the run", "error_frozen": "kernel $H_0$"}
    for i, (column, label) in enumerate(series.items()):
        shown = looks[looks[column] > 3e-4]
        axes[0].plot(shown["step"], shown[column], color=COLOURS[i], linestyle=DASHES[i], label=label)
    axes[0].set(yscale="log", xlabel=r"steps $\tau$", ylabel=r"$\|e_\tau\|$")
    axes[0].legend(loc="upper right", fontsize=8.5)
    axes[1].plot(looks["step"], looks["dW_F"], color=COLOURS[0], linestyle=DASHES[0], label="descent")
    axes[1].plot(
        looks["step"], looks["dW_frozen"], color=COLOURS[2], linestyle=DASHES[2], label="kernel $H_0$"
    )
    axes[1].plot(looks["step"], looks["path_w"], color="0.4", linestyle=":", label="path length")
    axes[1].set(xlabel=r"steps $\tau$", ylabel=r"$\|W_\tau-W_0\|_F$", ylim=(0, None))
    axes[1].legend(loc="lower right", fontsize=8.5)
    return fig, looks[["step", *series, "dW_F", "dW_frozen", "path_w"]]
