"""Laws of random labels."""

import numpy as np

LAWS = {
    "equal": lambda rng, n: rng.choice([-1.0, 1.0], n),
    "uniform": lambda rng, n: rng.uniform(-1.0, 1.0, n),
    "normal": lambda rng, n: rng.standard_normal(n),
    "student": lambda rng, n: rng.standard_t(3.0, n),
    "cauchy": lambda rng, n: rng.standard_cauchy(n),
    "ones": lambda _, n: np.ones(n),
}
"""The symmetric laws: signs, uniform on [-1, 1], N(0, 1), Student with three degrees of freedom, Cauchy; and ones."""


def draw_labels(rng, n, law):
    """Draw n independent labels.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the labels.
    n : int
        Points.
    law : str
        One of :data:`LAWS`.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError
        For an unknown law.
    """
    if law not in LAWS:
        raise ValueError(f"unknown law of labels {law!r}; use one of {', '.join(LAWS)}")
    return LAWS[law](rng, n)
