"""Drawings of the bad points, for pages: matplotlib axes in, marks on them out."""

from itertools import combinations

import numpy as np

from twolayer.datasets import cube_null_vector, cube_vertices, hexagon, hexagon_null_vector

SIGN_COLOURS = {1: "#D55E00", -1: "#0072B2"}
"""Colours of the entries +1 and -1 of the null vector."""

SIGN_MARKERS = {1: "o", -1: "s"}
"""Their markers."""


def draw_cube(axes) -> None:
    """Draw the cube inside its sphere, the vertices coloured by the null vector, on three-dimensional axes.

    Parameters
    ----------
    axes : mpl_toolkits.mplot3d.axes3d.Axes3D
        Where to draw.
    """
    x, v = cube_vertices(), cube_null_vector()
    longitude, latitude = np.meshgrid(np.linspace(0, 2 * np.pi, 25), np.linspace(0, np.pi, 13))
    shell = np.sin(latitude) * np.cos(longitude), np.sin(latitude) * np.sin(longitude), np.cos(latitude)
    axes.plot_wireframe(*shell, color="0.8", linewidth=0.4)
    for i, j in combinations(range(8), 2):
        if np.isclose(x[i] @ x[j], 1 / 3):
            axes.plot(*x[[i, j]].T, color="0.35", linewidth=1.2)
    for sign in (1, -1):
        axes.scatter(
            *x[v == sign].T,
            s=90,
            color=SIGN_COLOURS[sign],
            marker=SIGN_MARKERS[sign],
            depthshade=False,
            edgecolor="white",
            label=f"$v_i = {sign:+d}$",
        )
    for i, point in enumerate(x):
        axes.text(*(1.3 * point), f"$x_{i + 1}$", ha="center", va="center", fontsize=10)
    axes.set_box_aspect((1, 1, 1), zoom=1.5)
    axes.view_init(elev=18, azim=-72)
    axes.set_axis_off()


def draw_cubic(axes):
    """Colour a map of the sphere by the cubic harmonic and mark the bad points, on axes of Mollweide's projection.

    Parameters
    ----------
    axes : matplotlib axes
        With the projection ``mollweide``.

    Returns
    -------
    matplotlib collection
        For a colour bar; values are the cubic divided by its maximum.
    """
    longitude, latitude = np.meshgrid(np.linspace(-np.pi, np.pi, 121), np.linspace(-np.pi / 2, np.pi / 2, 61))
    cubic = np.cos(latitude) ** 2 * np.cos(longitude) * np.sin(longitude) * np.sin(latitude) * 27**0.5
    mesh = axes.pcolormesh(
        longitude, latitude, cubic, cmap="RdBu_r", vmin=-1, vmax=1, shading="gouraud", rasterized=True
    )
    x, v = cube_vertices(), cube_null_vector()
    for sign in (1, -1):
        chosen = x[v == sign]
        angles = np.arctan2(chosen[:, 1], chosen[:, 0]), np.arcsin(chosen[:, 2])
        axes.scatter(*angles, s=60, color=SIGN_COLOURS[sign], marker=SIGN_MARKERS[sign], edgecolor="white")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    return mesh


def draw_hexagon(axes) -> None:
    r"""Draw the hexagon on its circle, with :math:`\cos 3\theta` as a rose around it.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw; the aspect is made equal.
    """
    x, v = hexagon(), hexagon_null_vector()
    theta = np.linspace(0, 2 * np.pi, 361)
    axes.plot(np.cos(theta), np.sin(theta), color="0.75", linewidth=1)
    radius = 1 + 0.25 * np.cos(3 * theta)
    axes.plot(radius * np.cos(theta), radius * np.sin(theta), color="0.4", linestyle="--", linewidth=1.2)
    for j in range(3):
        axes.plot(*x[[j, j + 3]].T, color="0.75", linewidth=1)
    for sign in (1, -1):
        axes.scatter(
            *x[v == sign].T,
            s=80,
            color=SIGN_COLOURS[sign],
            marker=SIGN_MARKERS[sign],
            zorder=3,
            edgecolor="white",
        )
    axes.set_aspect("equal")
    axes.set_axis_off()


def draw_band(
    axes, band, x: str, style: dict, label: str | None = None, *, least: float | None = None
) -> None:
    """Draw the median of a group against a column, with its 10-90 % band.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw.
    band : DataFrame
        Columns ``low``, ``median``, ``high`` (see ``studies.underdetermined.summaries.quantile_bands``) and ``x``.
    x : str
        The column on the abscissa.
    style : dict
        Of the line, with its colour.
    label : str, optional
        Text in the legend.
    least : float, optional
        Smaller values are drawn here, for logarithmic axes.
    """
    values = band[["low", "median", "high"]].clip(lower=least)
    axes.plot(band[x], values["median"], label=label, **style)
    axes.fill_between(band[x], values["low"], values["high"], color=style["color"], alpha=0.18, linewidth=0)


def draw_counts(axes, grid) -> None:
    """Draw a table of small whole numbers as a shaded grid with the numbers in it.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw.
    grid : DataFrame of int
        Its index goes up the ordinate, its columns along the abscissa.
    """
    counts = grid.to_numpy()
    axes.imshow(counts, cmap="Oranges", vmin=0, vmax=1.5 * counts.max(), aspect="auto", origin="lower")
    for (i, j), count in np.ndenumerate(counts):
        axes.text(j, i, f"{count}", ha="center", va="center")
    axes.set_xticks(range(counts.shape[1]), grid.columns)
    axes.set_yticks(range(counts.shape[0]), grid.index)
    axes.grid(False)
