"""Drawings of quantities of the four activations as medians with bands, for pages: matplotlib axes in, marks out."""

from studies.underdetermined.activations import FOUR, LABELS, styles

SOLID = {"linestyle": "-", "linewidth": 3.2, "alpha": 0.5}
"""Appearance of measured curves under dashed ones."""


def draw_bands(axis, bands, over: str, *, markevery: int | None = None, solid: bool = False) -> None:
    """Draw the median of each activation as a line and its 10 to 90 % quantiles as a band.

    Parameters
    ----------
    axis : matplotlib axes
        Where to draw.
    bands : DataFrame
        As ``studies.underdetermined.descent_curves.bands`` returns it.
    over : str
        The column of the abscissa.
    markevery : int, optional
        Draw a marker at every so many points; none by default.
    solid : bool
        Whether all lines are solid, broad and pale, so that dashed ones can be seen on top of them.
    """
    look = styles(markers=markevery is not None)
    for name, band in bands.groupby("activation", sort=False):
        axis.fill_between(band[over], band["low"], band["high"], color=look[name]["color"], alpha=0.2, lw=0)
        style = look[name] | (SOLID if solid else {})
        axis.plot(band[over], band["median"], **style, markevery=markevery)


def legend_above(figure, axis, *, solid: bool = False) -> None:
    """Put one legend of the four activations above all panels of a figure."""
    look = styles()
    if solid:
        look = {name: style | SOLID for name, style in look.items()}
    handles = [axis.plot([], [], **look[name], label=LABELS[name])[0] for name in FOUR]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)


def draw_limits(axis, limits) -> None:
    """Draw sequences, one for each activation, as thin black dashed lines against their index from 1.

    Parameters
    ----------
    axis : matplotlib axes
        Where to draw.
    limits : mapping of str to ndarray
        The values, by the name of the activation.
    """
    for values in limits.values():
        axis.plot(range(1, len(values) + 1), values, "k--", lw=1.0)


def draw_training(figure, axes, table, value: str, *, logarithmic: bool = True) -> None:
    """Draw a column of joint training runs against the epoch: one panel for each start, one colour for each rate.

    Parameters
    ----------
    figure : matplotlib figure
        Gets the legend.
    axes : sequence of two matplotlib axes
        For the starts "zero" and "Gaussian".
    table : DataFrame
        Columns ``start``, ``learning_rate``, ``seed``, ``epoch`` and ``value``; runs that did not diverge.
    value : str
        The column to draw: its median over the seeds, in a band from the least to the largest.
    logarithmic : bool
        Whether the ordinate is logarithmic.
    """
    from companion.figures import series_styles  # as for ``styles``: only pages draw

    look = series_styles([f"{rate:g}" for rate in sorted(table["learning_rate"].unique())])
    for axis, start in zip(axes, ("zero", "Gaussian"), strict=True):
        runs = table[table["start"] == start]
        for rate, group in runs.groupby("learning_rate"):
            spread = group.groupby("epoch")[value].agg(["min", "median", "max"])
            style = look[f"{rate:g}"]
            axis.fill_between(
                spread.index, spread["min"], spread["max"], color=style["color"], alpha=0.18, lw=0
            )
            axis.plot(spread.index, spread["median"], **style)
        axis.set_yscale("log" if logarithmic else "linear")
        axis.set(xlim=(0, table["epoch"].max()), xlabel="epoch", title=rf"{start} $\alpha^{{(0)}}$")
    handles = [axes[0].plot([], [], **style, label=name)[0] for name, style in look.items()]
    figure.legend(
        handles=handles, loc="outside upper center", ncols=len(handles), title="initial learning rate"
    )
