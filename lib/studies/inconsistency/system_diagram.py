"""The diagram of Figure D.1: which systems move by themselves, and which are only carried along."""

import pandas as pd
from matplotlib.patches import FancyBboxPatch

from companion import figures

BOXES = pd.DataFrame(
    [
        # left, bottom, width, height, title, lines
        ("left", 0.2, 5.1, 2.9, 2.0, r"$\Sigma_1$", "9 numbers, 6 distinct\nmoments, side $+1$"),
        ("v", 3.75, 5.1, 2.5, 2.0, r"$\overline{v}$", "4 numbers\nslopes, intercepts"),
        ("right", 6.9, 5.1, 2.9, 2.0, r"$\Sigma_{-1}$", "9 numbers, 6 distinct\nmoments, side $-1$"),
        ("neuron 1", 0.2, 0.4, 1.75, 1.7, r"$\theta_1$", "3 numbers"),
        ("neuron 2", 2.2, 0.4, 1.75, 1.7, r"$\theta_2$", "3 numbers"),
        ("neuron m", 5.0, 0.4, 1.75, 1.7, r"$\theta_m$", "3 numbers"),
        ("c", 7.9, 0.4, 1.75, 1.7, "$c$", "1 number"),
    ],
    columns=["name", "left", "bottom", "width", "height", "title", "text"],
)
ARROWS = pd.DataFrame(
    [("left", "v", "both"), ("right", "v", "both")]
    + [("v", name, "one way") for name in ("neuron 1", "neuron 2", "neuron m", "c")],
    columns=["from", "to", "kind"],
)


def draw(ax):
    """Draw the boxes and arrows on empty axes."""
    ax.set(xlim=(-0.1, 10.1), ylim=(0.1, 8.4))
    ax.set_axis_off()
    ax.add_patch(
        FancyBboxPatch(
            (0.0, 4.75),
            10.0,
            2.7,
            boxstyle="round,pad=0.02,rounding_size=0.25",
            fill=False,
            ls="--",
            ec="0.4",
        )
    )
    ax.text(5.0, 7.75, "a closed system, whatever the width and the sample size", ha="center", fontsize=10)
    places = BOXES.set_index("name")
    for name, box in places.iterrows():
        closed = name in ("left", "v", "right")
        ax.add_patch(
            FancyBboxPatch(
                (box.left, box.bottom),
                box.width,
                box.height,
                boxstyle="round,pad=0.02,rounding_size=0.18",
                fc="#DCEBF5" if closed else "#F3F3F3",
                ec=figures.COLOURS[0] if closed else "0.5",
                lw=1.3,
            )
        )
        middle = box.left + box.width / 2
        ax.text(middle, box.bottom + 0.72 * box.height, box.title, ha="center", va="center", fontsize=14)
        ax.text(middle, box.bottom + 0.3 * box.height, box.text, ha="center", va="center", fontsize=8.5)
    ax.text(4.48, 1.25, "…", ha="center", va="center", fontsize=18)
    look = {"color": figures.COLOURS[1], "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    for start, end in (((3.15, 6.1), (3.7, 6.1)), ((6.85, 6.1), (6.3, 6.1))):
        ax.annotate("", end, start, arrowprops={"arrowstyle": "<->", **look})
    for name in ("neuron 1", "neuron 2", "neuron m", "c"):
        box = places.loc[name]
        end = (box.left + box.width / 2, box.bottom + box.height + 0.07)
        ax.annotate("", end, (5.0, 5.05), arrowprops={"arrowstyle": "->", **look})
    ax.text(8.7, 3.6, "carried along", ha="center", fontsize=10)
