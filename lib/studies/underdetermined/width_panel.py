r"""One panel of Fig. 1: medians, their 10-90 % band and the population value, against the width over n."""

from studies.underdetermined.activations import LABELS, styles


def draw_width_panel(axis, part) -> None:
    """Draw the four activations of one data set.

    Parameters
    ----------
    axis : matplotlib axes
        Where to draw.
    part : DataFrame
        Columns ``activation``, ``ratio``, ``low``, ``median``, ``high`` and ``population``, finite.
    """
    for name, style in styles().items():
        curve = part[part["activation"] == name].sort_values("ratio")
        colour = style["color"]
        axis.fill_between(curve["ratio"], curve["low"], curve["high"], color=colour, alpha=0.18, linewidth=0)
        axis.plot(curve["ratio"], curve["median"], **(style | {"linestyle": "-"}), label=LABELS[name])
        axis.axhline(curve["population"].iloc[0], color=colour, linestyle=(0, (4, 2)), linewidth=1.1)
    ticks = [1, 10, 100] if part["ratio"].max() > 20 else [1, 2, 3]
    axis.set(xscale="log", yscale="log")
    axis.set_xticks(ticks, labels=[str(tick) for tick in ticks])
    axis.minorticks_off()
