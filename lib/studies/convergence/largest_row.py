"""More runs of the last row of Table 2, where the paper has a single one: a single run shows no spread."""

from companion.study import Study
from studies.convergence.grid import DEFAULT_RATE, FRESH
from studies.convergence.random_labels import RANDOM_LABELS, Cell, compute

WIDTH, POINTS, RUNS = 100, 5000, 2


def cells(scale):
    """Return the runs after that of the study of all tables; of a small row at the quick scale."""
    m, runs = (POINTS, RUNS) if scale == "paper" else (100, 2)
    return [Cell("largest row", WIDTH, m, FRESH + 1 + run, DEFAULT_RATE) for run in range(runs)]


LARGEST_ROW = Study(
    name="convergence/largest-row",
    description="Two more runs with random labels at width 100 and 5000 points, the row of Table 2 with one run.",
    compute=compute,
    cells=cells,
    tolerances=RANDOM_LABELS.tolerances,
    may_be_nan=RANDOM_LABELS.may_be_nan,
)
