"""One look for every figure of the book, and files that are the same bytes from run to run.

The base width is that of the text column on a laptop; type stays readable when the picture is scaled to a
phone. The background is opaque white, so that a dark page does not swallow axes. Series differ by colour
(colour-blind safe), line style and marker at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

WIDTH = {1: 5.4, 2: 6.6, 3: 7.4}  # inches, by the number of panels in a row
# The colours of Okabe and Ito's colour-blind safe palette that have a contrast of 3:1 against white, neighbours far
# apart; then a wine red and a dark ochre that have it too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7", "#882255", "#8C6D00")
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")

STYLE = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 110,
    "figure.max_open_warning": 0,  # a slider draws some fifty pictures before it shows the first
    "savefig.dpi": 160,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 11.5,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 9.5,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": "0.85",
    "axes.grid": True,
    "grid.color": "0.9",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "axes.formatter.use_mathtext": True,
    "mathtext.fontset": "dejavusans",
    "svg.fonttype": "path",
    "svg.hashsalt": "companion",
}


def use_style() -> None:
    """Set the book's look for every figure drawn after this call."""
    mpl.rcParams.update(mpl.rcParamsDefault)
    mpl.rcParams.update(STYLE)


def canvas(rows: int = 1, columns: int = 1, *, height: float | None = None, **options):
    """Return ``(figure, axes)`` in the book's width.

    Parameters
    ----------
    rows, columns : int
        Panels; at most three in a row, or the type is unreadable on a phone.
    height : float, optional
        Height of one row in inches.
    **options
        Passed on to :func:`matplotlib.pyplot.subplots` (``sharex``, ``squeeze``, ...).
    """
    if columns not in WIDTH:
        raise ValueError(f"columns = {columns}: use 1, 2 or 3 panels in a row and more rows instead")
    height = height or {1: 3.6, 2: 3.0, 3: 2.9}[columns]
    return plt.subplots(rows, columns, figsize=(WIDTH[columns], height * rows), **options)


def series_styles(labels: Iterable[str], *, markers: bool = False) -> dict[str, dict]:
    """Return, for each label, keyword arguments of a line that differ in colour, dashes and (if asked) marker."""
    styles = {}
    for i, label in enumerate(labels):
        styles[label] = {
            "color": COLOURS[i % len(COLOURS)],
            "linestyle": LINE_STYLES[i % len(LINE_STYLES)],
        }
        if markers:
            styles[label]["marker"] = MARKERS[i % len(MARKERS)]
    return styles


def save(figure, folder: Path, name: str, data: pd.DataFrame) -> dict[str, Path]:
    """Write ``name.svg``, ``name.png`` and the plotted numbers ``name.csv`` into ``folder``.

    The same figure gives the same bytes: no dates, no version tags, fixed ids.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {kind: folder / f"{name}.{kind}" for kind in ("svg", "png", "csv")}
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(files["svg"], metadata={"Date": None, "Creator": None})
    figure.savefig(files["png"], metadata={"Software": None})
    data.to_csv(files["csv"], index=False, lineterminator="\n")
    return files
