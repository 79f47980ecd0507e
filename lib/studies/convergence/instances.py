r"""The random instance of section 4: points, hidden weights, output weights and labels, from one generator.

The paper's letters are used for the sizes: n is the dimension, S the width, m the number of points.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import positive_integer

DIMENSION = 100
"""n in all experiments of section 4."""


@dataclass(frozen=True)
class Instance:
    """Points of shape (m, n), hidden weights (S, n), output weights (S,) and, where drawn, labels (m,)."""

    x: np.ndarray
    a: np.ndarray
    w: np.ndarray
    y: np.ndarray


def draw(S, m, run, n=DIMENSION):
    r"""Draw an instance: uniform unit points, W_0 standard normal, signs z_0, labels N(0, S) with variance S.

    Parameters
    ----------
    S, m, n : int
        Width, number of points, dimension; all >= 1.
    run : int
        Number of the repetition >= 0; the generator's seed is the list [S, m, run], and [S, m, run, n] for n other
        than 100.

    Returns
    -------
    Instance

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive integer.
    """
    S, m, n = positive_integer(S, "S"), positive_integer(m, "m"), positive_integer(n, "n")
    seed = [S, m, positive_integer(run, "run", 0)] + ([] if n == DIMENSION else [n])
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n, m))
    columns /= np.linalg.norm(columns, axis=0)
    a = rng.standard_normal((S, n))
    w = rng.choice([-1.0, 1.0], S)
    return Instance(np.ascontiguousarray(columns.T), a, w, np.sqrt(S) * rng.standard_normal(m))
