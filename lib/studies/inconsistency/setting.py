"""Section 2: the network's kinks, the loss and its gradient, and networks in d dimensions whose data lie on a line."""

import numpy as np
import pandas as pd

from twolayer import closed_system
from twolayer.activations import leaky_relu
from twolayer.descent import gradient_descent
from twolayer.half_sided import half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import shifted, six_points
from twolayer.initialisation import he
from twolayer.largest_movement import largest_movements
from twolayer.network import network, squared_loss, squared_loss_gradient
from twolayer.parameters import Parameters, parameters_from_vector
from twolayer.statistics import wilson_interval


def bent_network(seed: int, width: int) -> Parameters:
    """Return a network on the line with kinks spread by normal biases, c = 0."""
    rng = np.random.default_rng([seed, width, 1])
    start = he(rng, width, 1)
    return Parameters(start.a, rng.normal(size=width), start.w, 0.0)


def kinks_and_jumps(parameters: Parameters, leak: float = 0.0) -> pd.DataFrame:
    r"""Measure how the slope of a network jumps at its kinks, and compare with :math:`w_i|a_i|(1-\alpha)`.

    Parameters
    ----------
    parameters : Parameters
        One network on the line with distinct kinks.
    leak : float
        :math:`\alpha`.

    Returns
    -------
    DataFrame
        In ascending order of ``kink`` :math:`-b_i/a_i`: ``jump`` from outputs at two points on each side of it, with no
        other kink between, ``formula``, and ``value``, the output at the kink. Cost O(m^2).
    """
    a, b, w = parameters.a[:, 0], parameters.b, parameters.w
    order = np.argsort(-b / a)
    kinks = (-b / a)[order]
    edges = np.concatenate([[kinks[0] - 1], kinks, [kinks[-1] + 1]])
    left, right = edges[:-1] * 0.75 + edges[1:] * 0.25, edges[:-1] * 0.25 + edges[1:] * 0.75
    f_left, f_right, value = (network(parameters, x[:, None], leaky_relu(leak)) for x in (left, right, kinks))
    slopes = (f_right - f_left) / (right - left)
    formula = (w * np.abs(a) * (1 - leak))[order]
    return pd.DataFrame({"kink": kinks, "jump": np.diff(slopes), "formula": formula, "value": value})


def gradient_errors(seed: int, width: int, leak: float) -> dict[str, float]:
    r"""Compare the hand-written gradient of :math:`L_D` with difference quotients and with the closed form.

    Along one parameter :math:`L_D` is a quadratic polynomial as long as no pre-activation changes its sign, so that
    central differences are exact up to rounding.

    Parameters
    ----------
    seed, width : int
        Of a He network on the six points of Example 1, a little away from zero biases.
    leak : float
        :math:`\alpha`.

    Returns
    -------
    dict
        ``loss`` (error of the factor 1/(2n)), ``differences`` and ``closed form`` (Prop. C.2): largest absolute errors.
        Cost O(n m^2).
    """
    data, phi = six_points(), leaky_relu(leak)
    x, y, share = data.x[:, None], data.y, data.weights
    rng = np.random.default_rng([seed, width, 2])
    start = he(rng, width, 1)
    net = Parameters(start.a, 0.1 * np.abs(start.a[:, 0]) * rng.uniform(-1, 1, width), start.w, 0.1)
    gradient = squared_loss_gradient(net, x, y, phi, point_weights=share)

    size = 1e-4
    vector = net.vector()
    shifts = size * np.eye(len(vector))
    above, below = (
        squared_loss(parameters_from_vector(vector + sign * shifts, width, 1), x, y, phi, point_weights=share)
        for sign in (1, -1)
    )
    differences = (above - below) / (2 * size)

    moments = closed_system.neuron_moments(net.a[:, 0], net.b, net.w)
    deviation = closed_system.lines(moments, net.c, leak) - half_sided_regression(data)
    u, u_hat = closed_system.drive(half_sided_moments(data)[0], deviation, leak)
    r, s = np.where(net.a[:, [0]] > 0, u[0], u[1]).T
    formula = np.concatenate([-r * net.w, -s * net.w, -(r * net.a[:, 0] + s * net.b), [-u_hat[:, 1].sum()]])
    mean_square = ((network(net, x, phi) - y) ** 2).mean()
    return {
        "loss": float(abs(squared_loss(net, x, y, phi, point_weights=share) - mean_square / 2)),
        "differences": float(np.abs(gradient.vector() - differences).max()),
        "closed form": float(np.abs(gradient.vector() - formula).max()),
    }


def direction(seed: int, dimension: int) -> np.ndarray:
    """Return a random unit vector z."""
    z = np.random.default_rng([seed, dimension, 3]).normal(size=dimension)
    return z / np.linalg.norm(z)


def project(parameters: Parameters, z: np.ndarray) -> Parameters:
    r"""Return :math:`Z\tilde W`: the network on the line whose hidden weights are :math:`z^T\tilde a_i`."""
    return Parameters((parameters.a @ z)[..., None], parameters.b, parameters.w, parameters.c)


def embedded_run(seed: int, dimension: int, width: int, leak: float, epochs: int, step: float):
    r"""Train in d dimensions on a line of data, and train the twin on the line.

    The data are the six points with labels raised by one: that takes biases, so kinks cross data points on the way.

    Parameters
    ----------
    seed, dimension, width : int
        Of the He network in d dimensions.
    leak : float
        :math:`\alpha`.
    epochs : int
        Number of steps; every one is recorded.
    step : float
        h.

    Returns
    -------
    high, low : Parameters
        Paths of :math:`\tilde W_k` and of :math:`W_k`, the latter from :math:`W_0 = Z\tilde W_0`.
    """
    data, z = shifted(six_points(), 1.0), direction(seed, dimension)
    start = he(np.random.default_rng([seed, dimension, width]), width, dimension)
    options = {"step_size": step, "record_at": range(epochs + 1)}
    high, _ = gradient_descent(start, np.outer(data.x, z), data.y, leaky_relu(leak), **options)
    low, _ = gradient_descent(project(start, z), data.x[:, None], data.y, leaky_relu(leak), **options)
    return high, low


def embedding_errors(seed: int, dimension: int, width: int, leak: float, epochs: int, step: float) -> dict:
    r"""Return how far the two runs of :func:`embedded_run` are apart, and how far they went.

    Parameters
    ----------
    seed, dimension, width, leak, epochs, step
        As in :func:`embedded_run`.

    Returns
    -------
    dict
        ``dimension``, ``leak``; ``parameters`` and ``outputs``, the largest absolute differences of
        :math:`Z\tilde W_k` and :math:`W_k`, and of the networks on 41 points of [-4, 4], over all steps;
        ``across``, the largest change of a hidden weight orthogonal to z; ``crossings``, the number of times that a
        kink passed a data point; ``moved``, the largest change of a parameter.
    """
    high, low = embedded_run(seed, dimension, width, leak, epochs, step)
    z, x, phi = direction(seed, dimension), np.linspace(-4, 4, 41), leaky_relu(leak)
    twin = project(high, z)
    across = high.a - twin.a * z
    patterns = six_points().x * low.a + low.b[..., None] > 0  # (epochs + 1, m, n)
    outputs = network(high, np.outer(x, z), phi) - network(low, x[:, None], phi)
    return {
        "dimension": dimension,
        "leak": leak,
        "parameters": float(np.abs(twin.vector() - low.vector()).max()),
        "outputs": float(np.abs(outputs).max()),
        "across": float(np.abs(across - across[0]).max()),
        "crossings": int((patterns[1:] != patterns[:-1]).sum()),
        "moved": float(np.abs(low.vector() - low.vector()[0]).max()),
    }


def twin_table(seed: int, dimensions: tuple[int, ...], width: int, trials: int) -> pd.DataFrame:
    r"""Compare He networks in d dimensions, seen on a line, with He networks on the line.

    The twin of a d-dimensional He network has :math:`a \sim N(0, 2/d)`. Its runs are those of Theorem 10's test: six
    points, :math:`h = \lambda_{\max}(H)^{-1}`, 400 m steps.

    Parameters
    ----------
    seed : int
        Of the draws.
    dimensions : tuple of int
        Values of d.
    width, trials : int
        m, and the number of networks for each d.

    Returns
    -------
    DataFrame
        ``dimension``, ``variance`` of :math:`z^T\tilde a_i` and its ``standard_error``, ``crossed`` (share of runs in
        which a kink reached a data point), and the ends ``low``, ``high`` of its 95 % Wilson interval.
    """
    rows, data = [], six_points()
    for d in dimensions:
        start = he(np.random.default_rng([seed, d, width, 4]), width, d, (trials,))
        twin = project(start, direction(seed, d))
        a = twin.a[..., 0]
        limit = closed_system.largest_step(
            closed_system.neuron_moments(a, twin.b, twin.w), half_sided_moments(data)[0]
        )
        crossed = largest_movements(a, twin.w, data, step_size=limit, steps=400 * width).crossed.sum()
        low, high = wilson_interval(crossed, trials)
        row = [d, (a**2).mean(), (a**2).std() / np.sqrt(a.size), crossed / trials, float(low), float(high)]
        rows.append(row)
    return pd.DataFrame(rows, columns=["dimension", "variance", "standard_error", "crossed", "low", "high"])
