r"""Proof of (30): the random variable :math:`q_\xi(w) = |X(\sigma'(X^T w)\circ\xi)|^2` of one neuron, its two cases."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.convergence.instances import draw
from studies.convergence.quasirandom import counting_constant
from twolayer.kernels import relu_neural_tangent_gram
from twolayer.neuron_removal import neuron_contributions

FAMILIES = ("random", "bottom", "top", "one point", "one neuron")
"""Which unit vectors are tried."""


def directions(x, gram, rng):
    r"""Return unit vectors :math:`\xi`, one of each family.

    Parameters
    ----------
    x : ndarray of shape (m, n)
        Unit points.
    gram : ndarray of shape (m, m)
        The limit matrix of the first layer.
    rng : numpy.random.Generator
        For the random vector, and for the neuron at whose active points the last one is a top singular vector.

    Returns
    -------
    dict of str to ndarray of shape (m,)
        Random; bottom and top eigenvector of the limit matrix; one point; that of one neuron.
    """
    m, n = x.shape
    values = np.linalg.eigh(gram)[1]
    mask = x @ rng.standard_normal(n) > 0
    left = np.linalg.svd(x * mask[:, None], full_matrices=False)[0]
    random = rng.standard_normal(m)
    return {
        "random": random / np.linalg.norm(random),
        "bottom": values[:, 0],
        "top": values[:, -1],
        "one point": np.eye(m)[0],
        "one neuron": left[:, 0],
    }


def samples(x, rng, draws):
    r"""Return samples of :math:`q_\xi(w)` and of :math:`|\sigma'(X^T w)\circ\xi|^2`, the same w for all families.

    Parameters
    ----------
    x : ndarray of shape (m, n)
        Unit points.
    rng : numpy.random.Generator
        For the families and the weights.
    draws : int
        Number of weights.

    Returns
    -------
    q, printed : DataFrame
        A column for each family.
    expectations : Series
        :math:`\xi^T H^w \xi`, the exact mean of q.
    """
    gram = relu_neural_tangent_gram(x)
    found = directions(x, gram, rng)
    active = x @ rng.standard_normal((draws, x.shape[1])).T > 0
    q = pd.DataFrame({name: neuron_contributions(x, active, xi) for name, xi in found.items()})
    printed = pd.DataFrame({name: (xi**2) @ active for name, xi in found.items()})
    return q, printed, pd.Series({name: xi @ gram @ xi for name, xi in found.items()})


def bad_weight_constants(x, rng, draws):
    r"""Return, for random w, the least K with :math:`|\{j: |w^T x_j| \le R\}| \le K(mR + 1)` for all R, as in (53)."""
    w = rng.standard_normal((draws, x.shape[1]))
    w *= np.sqrt(x.shape[1]) / np.linalg.norm(w, axis=1, keepdims=True)
    return np.array([counting_constant(row[None]) for row in w @ x.T])


@dataclass(frozen=True)
class DropCell:
    """One set of points, looked at through ``draws`` weights."""

    n: int
    m: int
    run: int
    draws: int


def compute_drop(cell):
    r"""Return, for each family, how far the median of :math:`\sqrt q` lies below its quantile of order 1 - 1/m."""
    x = draw(8 * cell.m, cell.m, cell.run, cell.n).x
    q, _, mean = samples(x, np.random.default_rng([cell.n, cell.m, cell.run, 54]), cell.draws)
    smallest = float(mean["bottom"])
    root = np.sqrt(q)
    return [
        {
            "family": name,
            "delta": smallest,
            "mean": float(mean[name]),
            "median": float(root[name].median()),
            "high": float(root[name].quantile(1 - 1 / cell.m)),
        }
        for name in FAMILIES
    ]


def drop_cells(scale):
    """Return sizes with m on both sides of n^2."""
    if scale == "quick":
        return [
            DropCell(n, m, 0, 2000)
            for n, sizes in ((10, (50, 100, 200)), (20, (100, 200, 400)))
            for m in sizes
        ]
    sizes = ((10, (50, 100, 200, 400, 800, 1600)), (20, (100, 200, 400, 800, 1600)), (100, (100, 400, 1600)))
    return [DropCell(n, m, run, 10_000) for n, ms in sizes for m in reversed(ms) for run in range(2)]


DROPS = Study(
    name="convergence/isoperimetry",
    description="Median and high quantile of what one random neuron adds to the first layer's kernel, for five kinds "
    "of directions.",
    compute=compute_drop,
    cells=drop_cells,
    tolerances={
        "delta": Tolerance(rtol=1e-7),
        "mean": Tolerance(rtol=1e-7),
        # A sample that changes its side of a quantile moves it to the next one.
        "median": Tolerance(rtol=1e-3),
        "high": Tolerance(rtol=1e-2),
    },
)
