r"""Appendix A of paper 002: gradient descent avoids singular points, where a pre-activation is zero."""

import numpy as np
import pandas as pd

from studies.convergence.instances import draw
from twolayer.activations import relu
from twolayer.network import network, squared_loss_gradient
from twolayer.parameters import Parameters
from twolayer.two_rate_descent import TwoRateDescent


def closest_approach(S: int, m: int, run: int, n: int = 100, rate: float = 1e-3) -> dict:
    r"""Train with random labels and return how near to zero a pre-activation was at any step.

    Parameters
    ----------
    S, m, run, n : int
        Of the instance.
    rate : float
        :math:`\eta_w`; the output layer is not trained.

    Returns
    -------
    dict
        ``T``; ``values`` seen, (T + 1) S m; ``zeros`` among them; ``smallest`` absolute value; ``expected``, the
        smallest of as many independent standard normal numbers, :math:`\sqrt{\pi/2}` over their number. Cost
        O(T n S m).
    """
    start = draw(S, m, run, n=n)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(rate, 0.0))
    zeros, smallest, going = 0, np.inf, True
    while going:
        products = np.abs(descent.x @ descent.a.T)
        zeros += int((products == 0).sum())
        smallest = min(smallest, float(products.min()))
        made = descent.step
        descent.advance(1)
        going = descent.step > made
    count = (descent.step + 1) * S * m
    return {
        "T": descent.step,
        "values": count,
        "zeros": zeros,
        "smallest": smallest,
        "expected": float(np.sqrt(np.pi / 2) / count),
    }


def fixed_point_drift(S: int, m: int, n: int, run: int, steps: int = 10) -> float:
    r"""Start with the labels :math:`y = f_0` and return how far anything moves: exactly zero.

    Parameters
    ----------
    S, m, n, run : int
        Of the instance.
    steps : int
        Steps with both rates 1, large enough to send anything but a zero gradient far away.

    Returns
    -------
    float
        The largest change of a weight. Cost O(steps n S m).
    """
    start = draw(S, m, run, n=n)
    first = net = Parameters(start.a, np.zeros(S), start.w, 0.0)
    y = network(net, start.x, relu())
    for _ in range(steps):
        gradient = squared_loss_gradient(net, start.x, y, relu())
        net = Parameters(net.a - gradient.a, net.b, net.w - gradient.w, net.c)
    return float(max(np.abs(net.a - first.a).max(), np.abs(net.w - first.w).max()))


def frozen_pattern_path(start, patterns, y, rates):
    r"""Return :math:`W_\tau X` for given activation matrices: the polynomial of appendix A.

    Parameters
    ----------
    start : Instance
        Points and weights at the start.
    patterns : ndarray of bool, shape (tau, m, S)
        :math:`A_0, \dots, A_{\tau-1}`, any.
    y : ndarray of shape (..., m)
        Labels.
    rates : tuple of two floats
        :math:`(\eta_w, \eta_z)`.

    Returns
    -------
    ndarray of shape (..., tau, m, S)
        Pre-activations at the steps 1 to tau, points as rows. Cost O(tau n S m) for each y.
    """
    y = np.asarray(y, dtype=float)
    a = np.broadcast_to(start.a, (*y.shape[:-1], *start.a.shape))
    w = np.broadcast_to(start.w, (*y.shape[:-1], start.w.size))
    path = []
    for active in patterns:
        features = active * (start.x @ np.swapaxes(a, -1, -2))  # (..., m, S)
        error = (features @ w[..., None])[..., 0] - y
        by_a = np.swapaxes(active * error[..., None], -1, -2) @ start.x
        by_w = (np.swapaxes(features, -1, -2) @ error[..., None])[..., 0]
        a, w = a - rates[0] * w[..., None] * by_a, w - rates[1] * by_w
        path.append(start.x @ np.swapaxes(a, -1, -2))
    return np.stack(path, axis=-3)


def degrees(
    seed: int, rates: tuple[float, float], steps: int = 3, S: int = 6, m: int = 4, n: int = 3
) -> list[int]:
    r"""Return the degree of :math:`W_\tau X` as a polynomial in y for tau = 1, 2, ..., measured along a line.

    Parameters
    ----------
    seed : int
        Of the instance, of the (random, not necessarily consistent) patterns and of the line.
    rates : tuple of two floats
        :math:`(\eta_w, \eta_z)`.
    steps, S, m, n : int
        Number of steps and sizes.

    Returns
    -------
    list of int
        For each step the smallest degree of a polynomial through Chebyshev points that explains all the entries at
        other points, to 1e-8 of their size. Cost O(3^steps) evaluations of the network.
    """
    start, rng = draw(S, m, seed, n=n), np.random.default_rng([seed, 7])
    patterns = rng.random((steps, m, S)) < 0.7
    direction = rng.standard_normal(m)
    outputs = network(Parameters(start.a, np.zeros(S), start.w, 0.0), start.x, relu())

    def entries(s):
        y = outputs + 2.0 * np.asarray(s)[:, None] * direction
        return frozen_pattern_path(start, patterns, y, rates)

    tests = entries(np.linspace(-0.97, 0.93, 23)).reshape(23, steps, -1)
    found = []
    for step in range(steps):
        for degree in range(3**steps + 1):
            nodes = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
            values = entries(nodes).reshape(degree + 1, steps, -1)[:, step]
            fit = np.polynomial.chebyshev.chebfit(nodes, values, degree)
            model = np.polynomial.chebyshev.chebval(np.linspace(-0.97, 0.93, 23), fit).T
            if np.abs(model - tests[:, step]).max() < 1e-8 * np.abs(tests[:, step]).max():
                found.append(degree)
                break
    return found


WATERSHED = -0.5
"""The label at which the network of :func:`watershed` becomes singular, exactly, at its first step."""


def watershed(labels, steps: int = 200) -> pd.DataFrame:
    r"""Train a network with one input, two neurons and one data point whose first step may end on a kink.

    With :math:`X = 1`, :math:`W_0 = (1, 1)`, :math:`z = (1, -\tfrac12)`, :math:`\eta_w = 1`, :math:`\eta_z = 0` the
    first step leads to :math:`W_1 = (1 - e_0, 1 + e_0/2)` with :math:`e_0 = \tfrac12 - y`: singular at
    :math:`y = -\tfrac12`, in binary arithmetic too.

    Parameters
    ----------
    labels : array_like of shape (k,)
        Values of y.
    steps : int
        Number of steps.

    Returns
    -------
    DataFrame
        ``y``; ``first``, the weight :math:`W_{1}` of the first neuron after one step; ``end``, the same after all
        steps; ``error`` then. Zero counts as inactive. Cost O(k steps).
    """
    rows = []
    for y in labels:
        descent = TwoRateDescent([[1.0]], [y], [[1.0], [1.0]], [1.0, -0.5], rates=(1.0, 0.0), monotone=False)
        descent.tolerance = 1e-12
        descent.advance(1)
        first = float(descent.a[0, 0])
        descent.advance(steps)
        rows.append((float(y), first, float(descent.a[0, 0]), float(abs(descent.error[0]))))
    return pd.DataFrame(rows, columns=["y", "first", "end", "error"])


def second_step(labels, rate: float = 2.0, start=(1.0, 1.0)) -> pd.DataFrame:
    r"""Make two steps with the network of :func:`watershed`, by default at a rate with an open set of singular labels.

    For :math:`\eta_w = 2` and :math:`y > \tfrac32` the second neuron is inactive after the first step, and the second
    step leads the first neuron to :math:`2y - 2y = 0`. From other positive weights :math:`(w_1, w_2)` it leads to
    :math:`w_1 - w_2`.

    Parameters
    ----------
    labels : array_like of shape (k,)
        Values of y.
    rate : float
        :math:`\eta_w`.
    start : array_like of shape (2,)
        :math:`W_0`.

    Returns
    -------
    DataFrame
        ``y``; ``one`` and ``two``, the weight of the first neuron after one and two steps; ``other``, that of the
        second neuron after one. Cost O(k).
    """
    rows, hidden = [], np.asarray(start, dtype=float).reshape(2, 1)
    for y in labels:
        descent = TwoRateDescent([[1.0]], [y], hidden, [1.0, -0.5], rates=(rate, 0.0), monotone=False)
        descent.advance(1)
        one, other = descent.a[:, 0].tolist()
        descent.advance(1)
        rows.append((float(y), one, float(descent.a[0, 0]), other))
    return pd.DataFrame(rows, columns=["y", "one", "two", "other"])
