r"""Random labels and random networks of Figures 5 and 6: small balanced starts, and two uniform ones.

The inputs are the identity matrix, so the weights of a hidden neuron are its coordinates.
"""

import math

import numpy as np

from studies.incremental.instances import OrthogonalInstance
from twolayer.validation import positive_integer

UNIFORM_BOUNDS = {"default": 1.0, "He": math.sqrt(6.0)}
r"""The uniform starts: bound of a layer's weights times the root of its fan in. "default" is PyTorch's."""


def fixed_labels(n, redraw=0):
    """Return n labels N(0, 1), the same ones whenever n and the number of the redraw are the same."""
    return np.random.default_rng([n, redraw]).standard_normal(positive_integer(n, "n"))


def small_start(y, m, repetition):
    """Draw uniform directions and signs of m neurons for given labels.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels.
    m : int
        Neurons.
    repetition : int
        Seeds the draw, together with n and m.

    Returns
    -------
    OrthogonalInstance
    """
    rng = np.random.default_rng([y.size, m, repetition + 1])  # from 1: a final zero of a seed does not count
    directions = rng.standard_normal((m, y.size))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    return OrthogonalInstance(y, directions, rng.choice([-1.0, 1.0], m))


def log_scale(log10_scale, m):
    r"""Return :math:`\log(\lambda/\sqrt m)`, where ``log10_scale`` is the decimal logarithm of :math:`\lambda`."""
    return log10_scale * math.log(10.0) - 0.5 * math.log(m)


def uniform_start(kind, n, m, repetition):
    r"""Draw hidden weights :math:`U(-b/\sqrt n, b/\sqrt n)` and output weights :math:`U(-b/\sqrt m, b/\sqrt m)`.

    Parameters
    ----------
    kind : str
        "default", b = 1, what PyTorch does with linear layers; or "He", :math:`b = \sqrt 6`.
    n, m : int
        Inputs and neurons.
    repetition : int
        Seeds the draw, together with n and m; both kinds have the same draw.

    Returns
    -------
    hidden : ndarray of shape (m, n)
        Hidden weights.
    output : ndarray of shape (m,)
        Output weights.

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind not in UNIFORM_BOUNDS:
        raise ValueError(f"kind must be one of {', '.join(UNIFORM_BOUNDS)}, got {kind!r}")
    bound = UNIFORM_BOUNDS[kind]
    rng = np.random.default_rng([n, m, repetition + 1])
    hidden = rng.uniform(-bound, bound, (m, n)) / math.sqrt(n)
    return hidden, rng.uniform(-bound, bound, m) / math.sqrt(m)


def uniform_squared_norm(kind, m):
    r"""Return the expected squared norm of all weights of a uniform start, :math:`b^2(m + 1)/3`."""
    return UNIFORM_BOUNDS[kind] ** 2 * (m + 1) / 3.0
