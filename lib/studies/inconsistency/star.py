r"""The star (Section 9.2, Figures 7 and 8): crossings in two dimensions under both step rules, at every horizon.

One cell trains a block of networks of one width. The same networks are trained under both rules. A row is a network:
the step of its first crossing and of its fall below the arm-wise affine loss, so that the probabilities follow for
every horizon up to that of the cell.
"""

from dataclasses import dataclass

from companion.study import Study, Tolerance
from twolayer.star import STEP_RULES, star_networks, step_sizes, train_on_star

WIDTHS = (128, 256, 512, 1024, 2048, 4096, 8192)
"""The widths of Figure 8."""

EVENTS = {"kink": "a kink reaches a point", "low": "loss below arm-wise affine"}
"""Columns of the steps of the two events, and their names in figures."""

NEVER = -1
"""Step of an event that did not happen."""


@dataclass(frozen=True)
class Block:
    """Networks number ``first`` to ``first + count - 1`` of one width, trained under one rule up to the horizon."""

    rule: str
    m: int
    first: int
    count: int
    horizon: int
    seed: int


def compute(block: Block) -> list[dict]:
    """Train the networks of a block and return what happened to each of them."""
    networks = star_networks(block.seed, block.m, block.first, block.count)
    outcome = train_on_star(networks, step_sizes(networks, block.rule), block.horizon)
    return [
        {
            "network": block.first + k,
            "kink": int(outcome.kink[k]),
            "low": int(outcome.low[k]),
            "crossed": int(outcome.crossed[k]),
            "excess": float(f"{outcome.ratio[k] - 1:.3e}"),
        }
        for k in range(block.count)
    ]


def cells(scale):
    """Return the paper's Figure 8 under both rules in blocks of a hundred networks, or a few short runs."""
    if scale == "quick":
        return [Block(rule, m, 0, 24, 3000, 9) for rule in STEP_RULES for m in (128, 512, 2048, 8192)]
    return [
        Block(rule, m, first, 100, 1_000_000, 9)
        for first in range(0, 1000, 100)
        for rule in STEP_RULES
        for m in WIDTHS
    ]


STAR = Study(
    name="inconsistency/star",
    description="Networks trained on the star: the steps of the first crossing and of the fall below the best loss of "
    "a function that is affine on each arm, for both step rules.",
    compute=compute,
    cells=cells,
    # The steps of the events are integers and agree exactly unless rounding of the spectrum moves a step size by an ulp
    # across a tie. The excess of the loss is a difference of numbers near one, known to some 1e-13, and is archived
    # with four digits.
    tolerances={"excess": Tolerance(1e-3, 1e-11)},
    timeout=1800.0,
)
