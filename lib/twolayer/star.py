r"""Gradient descent on the star, exactly and at a cost that does not depend on the width (Section 9.2, Figure 8).

The paper trains networks :math:`f(x) = c + \sum_i w_i (\langle a_i, x \rangle + b_i)_+` of width m with
:math:`a_{ij} \sim N(0, 1)`, :math:`w_i \sim N(0, 2/m)` and zero biases on :math:`n = m^2` points drawn from the 33 of
:mod:`twolayer.star_data`, for :math:`10^6` full-batch steps, and asks how often

* a kink reaches a data point: the activation pattern of a neuron differs from that at initialisation,
* the loss falls below 0.999999 times that of the best function that is affine on each arm.

Both need to be known at every step. :mod:`twolayer.star_engine` says how that is done for the price of 22 small
matrices, and :mod:`twolayer.star_reference` does it plainly.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from twolayer.star_data import POINTS, arm_affine_fit, sampled_star_weights, star_points, star_weights
from twolayer.star_engine import StarEngine
from twolayer.star_groups import GROUPS, active_arms, sector_coordinate
from twolayer.validation import finite_array, positive_integer, positive_number

STEP_RULES = ("stated", "published")
"""The step size of the paper's text, and the one that its published code used (see :func:`step_sizes`)."""


@dataclass(frozen=True)
class StarNetworks:
    r"""Networks of one width at initialisation, each with its own sample of the star.

    Attributes
    ----------
    a, w : ndarray of shape (N, m, 2), (N, m)
        Inner and outer weights; all biases are zero.
    weights : ndarray of shape (N, 33)
        Share of each point in the sample.

    Raises
    ------
    TypeError, ValueError
        If shapes disagree, entries are not finite, inner weights vanish, or the weights are no shares.
    """

    a: np.ndarray
    w: np.ndarray
    weights: np.ndarray

    def __post_init__(self):
        a, w = finite_array(self.a, "a"), finite_array(self.w, "w")
        if w.ndim != 2 or 0 in w.shape or a.shape != (*w.shape, 2):
            raise ValueError(
                f"a and w must have shapes (N, m, 2) and (N, m) with N, m >= 1, got {a.shape} and {w.shape}"
            )
        if not (np.abs(a).max(axis=-1) > 0).all():
            raise ValueError("a holds a neuron with inner weights (0, 0), which has no kink; draw it again")
        weights = star_weights(self.weights)
        if weights.shape != (len(w), POINTS):
            raise ValueError(f"weights must have shape ({len(w)}, {POINTS}), got {weights.shape}")
        for name, value in (("a", a), ("w", w), ("weights", weights)):
            object.__setattr__(self, name, np.ascontiguousarray(value))

    @property
    def width(self):
        """The number m of neurons."""
        return self.w.shape[1]

    def __len__(self):
        return len(self.w)


def star_networks(seed, width, first, count):
    r"""Draw networks and samples as in Section 9.2: He initialisation, :math:`n = m^2`.

    Network number k of a width is drawn by generators of its own, seeded by (seed, m, k), whatever else is drawn.

    Parameters
    ----------
    seed, width, first, count : int
        Seed >= 0, width m >= 1, number of the first network >= 0, how many >= 1.

    Returns
    -------
    StarNetworks
        Cost O(count m).

    Raises
    ------
    TypeError, ValueError
        If an argument is not such an integer.
    """
    seed, first = positive_integer(seed, "seed", 0), positive_integer(first, "first", 0)
    width, count = positive_integer(width, "width"), positive_integer(count, "count")
    a, w, weights = np.empty((count, width, 2)), np.empty((count, width)), np.empty((count, POINTS))
    for k in range(count):
        rng = np.random.default_rng([seed, width, first + k, 0])
        a[k] = rng.standard_normal((width, 2))
        w[k] = rng.standard_normal(width) * np.sqrt(2 / width)
        weights[k] = sampled_star_weights(np.random.default_rng([seed, width, first + k, 1]), width**2)
    return StarNetworks(a, w, weights)


def tangent_gram(networks):
    r"""Neural tangent kernel of the 33 points at initialisation, from the moments of the 22 groups.

    .. math:: K(x, x') = 1 + \sum_{g \ni x, x'} x^\top \Sigma_{g,aa}\, x' + \Sigma_{g,w^2} (\langle x, x' \rangle + 1).

    Parameters
    ----------
    networks : StarNetworks
        N networks of width m.

    Returns
    -------
    ndarray of shape (N, 33, 33)
        Cost O(N (m + 22 * 33^2)).
    """
    x, _ = star_points()
    group = sector_coordinate(networks.a).astype(np.int64)
    active = np.repeat(active_arms(), 3, axis=1).astype(np.float64)  # (22, 33)
    count = len(networks)
    slot = (np.arange(count)[:, None] * GROUPS + group).ravel()
    moment = lambda values: np.bincount(slot, values.ravel(), count * GROUPS).reshape(count, GROUPS)  # noqa: E731
    a1, a2, w = networks.a[..., 0], networks.a[..., 1], networks.w
    first, mixed, second, outer = moment(a1 * a1), moment(a1 * a2), moment(a2 * a2), moment(w * w)
    both = [
        np.einsum("ng,gi,gj->nij", v, active, active, optimize=True) for v in (first, mixed, second, outer)
    ]
    u, v = np.outer(x[:, 0], x[:, 0]), np.outer(x[:, 1], x[:, 1])
    cross = np.outer(x[:, 0], x[:, 1])
    return 1 + u * both[0] + (cross + cross.T) * both[1] + v * both[2] + (x @ x.T + 1) * both[3]


def weighted_spectrum(networks):
    r"""Eigenvalues of :math:`\sqrt\omega K_0 \sqrt\omega`: those of :math:`K_0/n` on the sample, but for zeros.

    Parameters
    ----------
    networks : StarNetworks
        N networks.

    Returns
    -------
    ndarray of shape (N, 33)
        In descending order. Cost as for :func:`tangent_gram` plus O(N 33^3).
    """
    root = np.sqrt(networks.weights)
    gram = root[:, :, None] * tangent_gram(networks) * root[:, None, :]
    return np.linalg.eigvalsh(gram)[:, ::-1]


def step_sizes(networks, rule):
    r"""Return the step size of each network.

    ``"stated"`` is the paper's :math:`h = n \lambda_{\max}(K_0)^{-1}`. ``"published"`` is what the published code
    amounts to, :math:`h = 2/\|W_0\|^2` with the sum of squares of all parameters: it builds the kernel from the
    parameters in place of their gradients and applies the step twice (erratum H-B). It is about 4.5 times smaller.

    Parameters
    ----------
    networks : StarNetworks
        N networks.
    rule : {"stated", "published"}
        Which.

    Returns
    -------
    ndarray of shape (N,)
        Step sizes h. Cost O(N m).

    Raises
    ------
    ValueError
        For another rule.
    """
    if rule not in STEP_RULES:
        raise ValueError(f"rule = {rule!r} is unknown; use one of {', '.join(map(repr, STEP_RULES))}")
    if rule == "stated":
        return 1 / weighted_spectrum(networks)[:, 0]
    return 2 / ((networks.a**2).sum(axis=(1, 2)) + (networks.w**2).sum(axis=1))


@dataclass(frozen=True)
class StarOutcome:
    """What happened to N networks until the horizon.

    Attributes
    ----------
    kink : ndarray of int, shape (N,)
        Step of the first crossing, -1 if there was none.
    low : ndarray of int, shape (N,)
        Step at which the loss was below the threshold, where a network stops; -1 if it never was.
    steps : ndarray of int, shape (N,)
        Steps taken.
    crossed : ndarray of int, shape (N,)
        Neurons that have crossed a point at some time until the end.
    ratio : ndarray of shape (N,)
        Loss at the end, over that of the best arm-wise affine function.
    tests : ndarray of int, shape (N,)
        How often the kinks were tested exactly.
    neurons : ndarray of shape (N, m, 4), or (0, m, 4)
        (a1, a2, b, w) of every neuron at the end, if asked for.
    """

    kink: np.ndarray
    low: np.ndarray
    steps: np.ndarray
    crossed: np.ndarray
    ratio: np.ndarray
    tests: np.ndarray
    neurons: np.ndarray


def train_on_star(networks, step, horizon, *, threshold=0.999999, until_kink=False, neurons=False, threads=1):
    r"""Train networks on the star and record both events at their exact steps.

    Parameters
    ----------
    networks : StarNetworks
        N networks of width m.
    step : array_like of shape (N,) or ()
        Step sizes h > 0.
    horizon : int
        Most steps to take.
    threshold : float
        The second event is a loss below this times that of the best arm-wise affine function; at most 0.999999, so
        that rounding cannot decide it.
    until_kink : bool
        Whether to stop each network at its first crossing; then ``low`` is not watched before the end.
    neurons : bool
        Whether to return the neurons at the end.
    threads : int
        Threads that share the networks. The outcome of a network does not depend on it, nor on the other networks.

    Returns
    -------
    StarOutcome
        Cost for each network: O(m log m) once, then a number of operations for each step that depends neither on m
        nor on n (about 160 vector operations for eight networks), and 30 more for each neuron that has crossed.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what this says.
    """
    step = np.broadcast_to(finite_array(step, "step"), (len(networks),))
    if not (step > 0).all():
        raise ValueError(f"step must be positive, got {step.min():g}; gradient descent needs h > 0")
    horizon, threads = positive_integer(horizon, "horizon"), positive_integer(threads, "threads")
    if positive_number(threshold, "threshold") > 0.999999:
        raise ValueError(
            f"threshold = {threshold!r}: use at most 0.999999; closer to 1 rounding would decide"
        )
    count, width = networks.w.shape
    best = 2 * arm_affine_fit(networks.weights)[1]
    sector = sector_coordinate(networks.a)
    order = np.argsort(sector, axis=1)
    start = np.stack(
        [np.searchsorted(v[o], np.arange(GROUPS + 1)) for v, o in zip(sector, order, strict=True)]
    )
    results, final = np.zeros((count, 6)), np.empty((count if neurons else 0, width, 4))

    def part(chosen):
        few = StarNetworks(networks.a[chosen], networks.w[chosen], networks.weights[chosen])
        limit = threshold * best[chosen]
        engine = StarEngine(few, order[chosen], start[chosen], step[chosen], limit, horizon, bool(until_kink))
        engine.run(final[chosen] if neurons else None)
        results[chosen] = engine.results

    size = -(-count // threads)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, [slice(i, i + size) for i in range(0, count, size)]))
    kink, low, steps, crossed = results[:, :4].astype(np.int64).T
    return StarOutcome(kink, low, steps, crossed, results[:, 4] / best, results[:, 5].astype(np.int64), final)
