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
