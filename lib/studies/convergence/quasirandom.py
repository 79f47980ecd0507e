"""The quasirandom properties (19) to (28): extreme entries and norms of random points and weights, and of subsets."""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.convergence.instances import draw
from twolayer.quasirandom_bounds import dual_bound_size
from twolayer.subset_norms import largest_subset_norm, smallest_subset_singular_value

BASE = {"n": 100, "m": 400, "S": 400}
"""Sizes of which one is varied."""

VARIED = {
    "n": (25, 50, 100, 200, 400, 800),
    "m": (50, 100, 200, 400, 800, 1600, 3200),
    "S": (50, 100, 200, 400, 800, 1600, 3200),
}


@dataclass(frozen=True)
class ConstantsCell:
    """One draw; ``varied`` names the size that differs from the base."""

    varied: str
    n: int
    m: int
    S: int
    run: int


def counting_constant(products):
    r"""Return the least K with :math:`|\{\nu: |p_\nu| \le R\}| \le K(SR + 1)` for all R and every row.

    Parameters
    ----------
    products : ndarray of shape (rows, S)
        Inner products; each row is looked at by itself.

    Returns
    -------
    float
        The count jumps to k at the k-th smallest value. Cost O(rows S log S).
    """
    values = np.sort(np.abs(products), axis=1)
    width = values.shape[1]
    return float((np.arange(1, width + 1) / (width * values + 1)).max())


def measure_constants(start):
    """Return the extremes of an instance that properties (19), (20), (22), (23) and (25) to (28) bound."""
    gram = np.abs(start.x @ start.x.T)
    np.fill_diagonal(gram, 0.0)
    products = start.x @ start.a.T
    outputs = np.maximum(products, 0.0) @ start.w
    return {
        "inner": float(gram.max()),
        "norm": float(np.linalg.norm(start.x, 2)),
        "row": float(np.linalg.norm(start.a, axis=1).min()),
        "entry": float(np.abs(start.a).max()),
        "regular": float(np.abs(products).min()),
        "product": float(np.abs(products).max()),
        "output": float(np.abs(outputs).max()),
        "counting": counting_constant(products),
    }


def compute_constants(cell):
    """Draw one instance and measure it."""
    return [measure_constants(draw(cell.S, cell.m, cell.run, cell.n))]


def constants_cells(scale):
    """Return the sizes, each varied by itself, with their draws."""
    runs = 20 if scale == "paper" else 6
    return [
        ConstantsCell(varied, **(BASE | {varied: size}), run=run)
        for varied, sizes in VARIED.items()
        for size in (sizes if scale == "paper" else sizes[:5])
        for run in range(runs)
    ]


CONSTANTS = Study(
    name="convergence/quasirandom-constants",
    description="Extreme entries and norms of random points, weights and outputs at initialisation, properties "
    "(19) to (28), with one of the sizes n, m, S varied at a time.",
    compute=compute_constants,
    cells=constants_cells,
)


@dataclass(frozen=True)
class SubsetsCell:
    """One draw of points, for which subsets are searched; the property is 20 or 21."""

    property: int
    n: int
    m: int
    run: int
    restarts: int


def subset_sizes(cell):
    """Return the numbers of points in the subsets of a cell."""
    if cell.property == 20:
        return np.unique(np.round(np.geomspace(1, cell.m, 19)).astype(int))
    star = dual_bound_size(cell.n)
    return np.unique([*np.round(np.geomspace(cell.n, star, 8)).astype(int), star, min(2 * star, cell.m)])


def compute_subsets(cell):
    """Return, for each size, the extreme singular value of a random subset and of the worst one found."""
    rng = np.random.default_rng([cell.property, cell.n, cell.m, cell.run])
    x = rng.standard_normal((cell.m, cell.n))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    search = largest_subset_norm if cell.property == 20 else smallest_subset_singular_value
    rows = []
    for size in subset_sizes(cell):
        values = np.linalg.svd(x[: int(size)], compute_uv=False)
        found, _ = search(x, int(size), rng, restarts=cell.restarts)
        at_random = values[0] if cell.property == 20 else values[-1]
        rows.append({"size": int(size), "random": float(at_random), "found": found})
    return rows


def subsets_cells(scale):
    """Return the cells of both properties."""
    if scale == "quick":
        norms = [(100, m) for m in (50, 100, 200, 400)] + [(n, 200) for n in (25, 50)]
        duals = [(20, m) for m in (250, 500, 1000)]
        return [SubsetsCell(20, n, m, 0, 8) for n, m in norms] + [
            SubsetsCell(21, n, m, 0, 4) for n, m in duals
        ]
    norms = [(100, m) for m in (100, 200, 400, 800, 1600)] + [(n, 800) for n in (25, 50, 200, 400)]
    duals = [(30, m) for m in (500, 1000, 2000, 4000)] + [(20, 1000), (25, 1000), (40, 1000), (50, 1000)]
    runs = range(3)
    return [SubsetsCell(20, n, m, run, 24) for n, m in norms for run in runs] + [
        SubsetsCell(21, n, m, run, 48) for n, m in duals for run in runs
    ]


SUBSETS = Study(
    name="convergence/quasirandom-subsets",
    description="Adversarial subsets of uniform points for properties (20) and (21), by alternation with restarts, "
    "and random ones.",
    compute=compute_subsets,
    cells=subsets_cells,
    # Another rounding may send a start to another local optimum; the best of many moves little.
    tolerances={"found": Tolerance(rtol=0.05, atol=1e-3)},
)
