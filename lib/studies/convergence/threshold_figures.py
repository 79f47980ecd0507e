"""Pictures of the thresholds of section 1: the plane of the exponents, and slices with the ratio of the rates."""

import numpy as np

from companion.figures import COLOURS
from twolayer.two_rate_thresholds import theorem_conditions, threshold_exponent

LABELS = {
    "DZPS19": "[DZPS19]",
    "DZPS19, improved": "[DZPS19], improved",
    "SY19": "[SY19]",
    "OS20": "[OS20], (1)",
    "hidden layer only": "(7)",
    "Ngu21": "[Ngu21], (2)",
    "LeCun as printed": "LeCun, $S/m$",
    "any ratio": "any ratio",
    "barrier": "$m = nS$",
}

_LOOKS = {
    "DZPS19": (COLOURS[3], ":"),
    "DZPS19, improved": (COLOURS[3], ":"),
    "SY19": (COLOURS[6], "-."),
    "OS20": (COLOURS[1], "--"),
    "hidden layer only": (COLOURS[0], "-"),
    "Ngu21": (COLOURS[1], "--"),
    "LeCun as printed": (COLOURS[4], "-."),
    "any ratio": (COLOURS[2], "-"),
    "barrier": ("0.55", "-"),
}


def draw_thresholds(axis, names, s):
    """Draw the boundaries of the named thresholds over the exponent of the width."""
    for name in names:
        colour, dashes = _LOOKS[name]
        axis.plot(s, threshold_exponent(name, s), color=colour, linestyle=dashes, label=LABELS[name])


def draw_slice(axis, s, resolution=301):
    """Shade where Theorem 1.1 applies at a width, over the exponents of m and of the ratio of the rates."""
    mu, rho = np.linspace(0.5, 1 + s, resolution), np.linspace(-1.5, 2.5, resolution)
    hidden, both, output = theorem_conditions(s, *np.meshgrid(mu, rho))
    for region, colour, hatch in (
        (hidden, COLOURS[0], None),
        (both, COLOURS[1], None),
        (output, COLOURS[2], "////"),
    ):
        axis.contourf(
            mu, rho, region, levels=[0.5, 1.5], colors=[colour], alpha=0.38 if hatch is None else 0.0
        )
        if hatch:
            shown = axis.contourf(mu, rho, region, levels=[0.5, 1.5], colors="none", hatches=[hatch])
            shown.set_edgecolor(colour)
            shown.set_linewidth(0.0)
    axis.axhline(0, color="black", linewidth=1.2, linestyle=":")
    axis.axhline(s - 1, color=COLOURS[5], linewidth=1.8)
    axis.plot(mu, s - mu, color=COLOURS[5], linewidth=1.8, linestyle="--")
    axis.set(xlim=(0.5, 1 + s), ylim=(-1.5, 2.5), title=f"$S = n^{{{s:g}}}$")
