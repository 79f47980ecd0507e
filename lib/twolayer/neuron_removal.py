r"""How much of the hidden layer's tangent kernel is left when an adversary removes neurons.

With activations :math:`a_\nu \in \{0,1\}^n` of neuron :math:`\nu` at the n points (rows of X), the kernel of a set
:math:`\Gamma` of neurons with output weights of size one is a sum over neurons,

.. math:: \xi^T H_\Gamma \xi = \sum_{\nu\in\Gamma} q_\nu(\xi), \qquad q_\nu(\xi) = |X^T (a_\nu\circ\xi)|^2,

and property (30) of paper 002 asks for the smallest eigenvalue that is left after the worst removal of a given number
of neurons. That minimum is over subsets and directions at once; all searches here give upper bounds of it.
"""

import numpy as np
import scipy.linalg

from twolayer.two_rate_kernels import activation_gram
from twolayer.validation import as_generator, as_points, finite_array, positive_integer


def _check(x, active):
    x, active = as_points(x), np.asarray(active)
    if active.dtype != bool or active.ndim != 2 or len(active) != len(x) or active.shape[1] == 0:
        raise ValueError(
            f"active must be bool of shape ({len(x)}, number of neurons), got {active.dtype} of {active.shape}"
        )
    return x, active


def neuron_contributions(x, active, direction):
    r"""Return :math:`q_\nu(\xi)`, what each neuron adds to the quadratic form of the kernel.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    active : array_like of bool, shape (n, m)
        Which neuron is active at which point.
    direction : array_like of shape (n,)
        :math:`\xi`.

    Returns
    -------
    ndarray of shape (m,)
        Nonnegative. Cost O(n m d).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    x, active = _check(x, active)
    direction = finite_array(direction, "direction")
    if direction.shape != (len(x),):
        raise ValueError(f"direction must have shape ({len(x)},), got {direction.shape}")
    return np.square((x.T * direction) @ active).sum(axis=0)


def _bottom(x, active):
    """Return the smallest eigenvalue of the kernel of these neurons, and its eigenvector."""
    if active.shape[1] == 0:
        return 0.0, np.eye(len(x))[0]
    gram = activation_gram(x, active, np.ones(active.shape[1]))
    value, vector = scipy.linalg.eigh(gram, subset_by_index=[0, 0])
    return max(float(value[0]), 0.0), vector[:, 0]


def greedy_removal(x, active, count, *, every):
    """Remove neurons one block at a time, each time those that matter most at the current bottom eigenvector.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    active : array_like of bool, shape (n, m)
        Activations.
    count : int
        How many neurons are removed, at most m.
    every : int
        Neurons in a block, after which the eigenvector is computed anew.

    Returns
    -------
    ndarray of int, shape (count,)
        The neurons in the order of their removal. Cost O((count / every) (n^2 m + n^3)).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    x, active = _check(x, active)
    count, every = positive_integer(count, "count"), positive_integer(every, "every")
    if count > active.shape[1]:
        raise ValueError(f"count must be at most the number of neurons, {active.shape[1]}, got {count}")
    left, removed = np.arange(active.shape[1]), []
    for block in np.diff(np.append(np.arange(0, count, every), count)):
        _, direction = _bottom(x, active[:, left])
        worst = np.argsort(-neuron_contributions(x, active[:, left], direction), kind="stable")[:block]
        removed.extend(left[worst])
        left = np.delete(left, worst)
    return np.array(removed)


def smallest_eigenvalues_after_removal(x, active, order, counts):
    """Return the smallest eigenvalue of the kernel after the first neurons of a list were removed.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    active : array_like of bool, shape (n, m)
        Activations.
    order : array_like of int
        Different neurons, in the order of their removal.
    counts : sequence of int
        How many of them are removed; each from 0 to the length of the list.

    Returns
    -------
    ndarray of shape (len(counts),)
        Cost O(n^2 m + n^3) for each count.

    Raises
    ------
    ValueError
        If an argument does not fit.
    """
    x, active = _check(x, active)
    order, counts = np.asarray(order, dtype=np.intp), np.asarray(counts, dtype=np.intp)
    if len(np.unique(order)) < order.size or not ((order >= 0) & (order < active.shape[1])).all():
        raise ValueError(
            f"order must hold different neurons, numbers from 0 to {active.shape[1] - 1}, got {order}"
        )
    if not ((counts >= 0) & (counts <= order.size)).all():
        raise ValueError(f"counts must lie between 0 and {order.size}, the neurons in order, got {counts}")
    return np.array([_bottom(x, np.delete(active, order[:count], axis=1))[0] for count in counts])


def alternating_removal(x, active, count, rng, *, restarts=4, rounds=40):
    """Search for the worst removal of a number of neurons by alternation between neurons and direction.

    For a direction the worst neurons to lose are those of the largest contributions; for the neurons that are left the
    worst direction is the bottom eigenvector. The first start is the bottom eigenvector of the whole kernel, the second
    the point that the fewest neurons see, others are random mixtures of the ten lowest eigenvectors.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    active : array_like of bool, shape (n, m)
        Activations.
    count : int
        Number of neurons removed, less than m.
    rng : numpy.random.Generator
        For the restarts.
    restarts, rounds : int
        Number of starts and the most rounds of each.

    Returns
    -------
    value : float
        The smallest eigenvalue found: at least that of the worst removal.
    removed : ndarray of int, shape (count,)
        The neurons. Cost O(restarts * rounds * (n^2 m + n^3)).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    x, active = _check(x, active)
    count, rng = positive_integer(count, "count"), as_generator(rng)
    if count >= active.shape[1]:
        raise ValueError(f"count must be less than the number of neurons, {active.shape[1]}, got {count}")
    vectors = scipy.linalg.eigh(activation_gram(x, active, np.ones(active.shape[1])))[1][:, :10]
    best, best_removed = np.inf, None
    for start in range(positive_integer(restarts, "restarts")):
        direction = vectors @ rng.standard_normal(vectors.shape[1])
        if start < 2:
            direction = vectors[:, 0] if start == 0 else np.eye(len(x))[active.sum(axis=1).argmin()]
        removed = None
        for _ in range(positive_integer(rounds, "rounds")):
            found = np.argpartition(-neuron_contributions(x, active, direction), count - 1)[:count]
            if removed is not None and set(found) == set(removed):
                break
            removed = found
            value, direction = _bottom(x, np.delete(active, removed, axis=1))
            if value < best:
                best, best_removed = value, np.sort(removed)
    return best, best_removed
