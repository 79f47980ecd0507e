"""Drawings of section 2, for its page: matplotlib axes and numbers in, marks on them out."""

import numpy as np
import pandas as pd

from companion.figures import COLOURS
from studies.inconsistency.setting import direction, embedded_run
from twolayer.activations import relu
from twolayer.network import network
from twolayer.parameters import Parameters


def draw_bends(axes, parameters: Parameters, bends: pd.DataFrame) -> None:
    """Draw a ReLU network with its kinks, and below it the jumps of its slope.

    Parameters
    ----------
    axes : sequence of two matplotlib axes
        Top and bottom.
    parameters : Parameters
        One network on the line.
    bends : DataFrame
        Its kinks, see :func:`studies.inconsistency.setting.kinks_and_jumps`.
    """
    top, bottom = axes
    x = np.linspace(-3, 3, 601)
    top.plot(x, network(parameters, x[:, None], relu()), color=COLOURS[0])
    top.plot(bends["kink"], bends["value"], "o", color="k", ms=5)
    top.set_ylabel("$f_W(x)$")
    bottom.vlines(bends["kink"], 0, bends["formula"], color="0.75", lw=5)
    bottom.plot(bends["kink"], bends["jump"], "D", color=COLOURS[1], ms=5)
    bottom.axhline(0, color="k", lw=0.8)
    bottom.set(xlabel="$x$", ylabel="jump of slope")


def draw_embedding(axes, seed: int, width: int = 12, step: float = 0.05) -> pd.DataFrame:
    """Draw a trained network with two inputs beside its twin on the line, and return the numbers of the latter.

    Parameters
    ----------
    axes : sequence of two matplotlib axes
        Left: the plane; right: the line.
    seed, width, step
        Of the run, see :func:`studies.inconsistency.setting.embedded_run`.

    Returns
    -------
    DataFrame
        Outputs of both networks on the line after 0, 10, 100 and 1000 steps.
    """
    left, right = axes
    high, low = embedded_run(seed, 2, width, 0.0, 1000, step)
    z, grid, epochs = direction(seed, 2), np.linspace(-4, 4, 81), [0, 10, 100, 1000]
    plane = np.stack(np.meshgrid(grid, grid), axis=-1)
    surface = network(high, plane.reshape(-1, 2), relu())[-1].reshape(grid.size, grid.size)
    left.contourf(grid, grid, surface, levels=11, cmap="cividis")
    left.plot(*np.outer(z, [-4, 4]), color="w", lw=1.5)
    left.plot(*np.outer(z, [-3, -2, -1, 1, 2, 3]), "o", mfc="w", mec="k", ms=5)
    left.set(aspect="equal", xlim=(-4, 4), ylim=(-4, 4), xlabel="$x_1$", ylabel="$x_2$")
    twin = network(low, grid[:, None], relu())[epochs]
    lines = network(high, np.outer(grid, z), relu())[epochs]
    for epoch, values, shade in zip(epochs, twin, ("0.75", "0.55", "0.3", "k"), strict=True):
        right.plot(grid, values, color=shade, lw=3, alpha=0.6, label=f"$k = {epoch}$")
    right.plot(grid, lines.T, color=COLOURS[1], lw=1, ls="--")
    right.set(xlabel=r"$x$, or $xz$")
    right.legend(loc="upper center")
    columns = [f"{kind} k={k}" for kind in ("twin", "two inputs") for k in epochs]
    return pd.DataFrame(np.concatenate([twin, lines]).T, columns=columns).assign(x=grid)
