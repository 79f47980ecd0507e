"""Section 8 and Appendix K: the tangent kernel of the network is a matrix of rank four in disguise."""

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp

from studies.inconsistency.recorded_runs import LEAKS, moments_along, network_and_step, recorded_run
from twolayer import closed_system
from twolayer.activations import leaky_relu, relu
from twolayer.fixed_pattern import sample_keeping_pattern
from twolayer.half_sided import WeightedData, half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he
from twolayer.network import jacobian, network, squared_loss_gradient
from twolayer.parameters import Parameters


def activation(leak):
    """Return the (leaky) ReLU of a leak."""
    return relu() if leak == 0 else leaky_relu(leak)


def random_data(seed, n=40):
    """Return n points of the line, at least 0.2 away from zero, with random labels and half-sided intercepts zero."""
    rng = np.random.default_rng([seed, 11])
    x = rng.choice([-1.0, 1.0], n) * rng.uniform(0.2, 2.0, n)
    x[:4] = [0.2, 2.0, -0.2, -2.0]  # two distinct points on each side, whatever the seed
    data = WeightedData(x, rng.standard_normal(n))
    intercepts = half_sided_regression(data)[:, 1]
    return WeightedData(x, data.y - np.where(x > 0, *intercepts))


def design(x):
    """Return X of Section 8: row (x, 0, 1, 0) for a positive point and (0, x, 0, 1) for a negative one."""
    right = x > 0
    return np.stack([np.where(right, x, 0), np.where(right, 0, x), right, ~right], axis=1).astype(float)


def tangent_kernel(parameters, x, leak):
    """Return the Gram matrix of the derivatives with respect to all weights."""
    derivatives = jacobian(parameters, x[:, None], activation(leak)).vector()
    return derivatives @ np.swapaxes(derivatives, -1, -2)


def factorised(parameters, x, leak):
    """Return X A X^T with the matrix A of the weights (h = 0)."""
    moments = closed_system.neuron_moments(parameters.a[..., 0], parameters.b, parameters.w)
    return design(x) @ closed_system.system_matrix(moments, leak=leak) @ design(x).T


def relative_error(matrix, approximation):
    """Return the Frobenius norm of the difference over that of the matrix."""
    return np.linalg.norm(matrix - approximation, axis=(-2, -1)) / np.linalg.norm(matrix, axis=(-2, -1))


def rank(matrix, tolerance=1e-10):
    """Return the number of eigenvalues above a fraction of the largest."""
    values = np.linalg.eigvalsh(matrix)
    return (values > tolerance * values[..., -1:]).sum(axis=-1)


def network_keeping_pattern(seed, m, data):
    """Return a network with moved weights, biases not zero, whose kinks have crossed no point of the data."""
    start = he(np.random.default_rng([seed, m, 12]), m, 1)
    drawn = sample_keeping_pattern(
        np.random.default_rng([seed, m, 13]), start, float(data.smallest_distance), 1
    )
    return Parameters(*(getattr(drawn, name)[0] for name in "abwc"))


def identities(seed, m=50, n=40):
    """Return how exactly the statements of Proposition K.1 hold on random data, for each leak."""
    data, rows = random_data(seed, n), []
    weights, x = network_keeping_pattern(seed, m, data), design(data.x)
    matrices, _ = half_sided_moments(data)
    full = closed_system.data_matrix(matrices)
    moments = closed_system.neuron_moments(weights.a[:, 0], weights.b, weights.w)
    for leak in LEAKS:
        kernel = tangent_kernel(weights, data.x, leak)
        system = closed_system.system_matrix(moments, leak=leak)
        errors = network(weights, data.x[:, None], activation(leak)) - data.y
        lines = closed_system.lines(moments, weights.c, leak)
        deviation = closed_system.plain(lines - half_sided_regression(data))
        regressed = np.linalg.lstsq(x, errors, rcond=None)[0]
        nonzero = np.linalg.eigvalsh(kernel / n)[::-1][:4]
        expected = np.sort(np.linalg.eigvals(system @ full).real)[::-1]
        # The velocity of v under the flow, from the derivatives of the network and the gradient of the loss alone.
        gradient = squared_loss_gradient(
            weights, data.x[:, None], data.y, activation(leak), point_weights=data.weights
        )
        moving = -jacobian(weights, data.x[:, None], activation(leak)).vector() @ gradient.vector()
        velocity = np.linalg.lstsq(x, moving, rcond=None)[0]
        flow = -system @ full @ deviation
        rows.append(
            {
                "leak": leak,
                "kernel": relative_error(kernel, factorised(weights, data.x, leak)),
                "rank": int(rank(kernel)),
                "eigenvalues": np.abs(nonzero / expected - 1).max(),
                "moments": np.abs(full - x.T @ x / n).max(),
                "deviation": np.abs(regressed - deviation).max(),
                "kernel flow": np.linalg.norm(moving + kernel @ errors / n) / np.linalg.norm(moving),
                "flow": np.linalg.norm(velocity - flow) / np.linalg.norm(flow),
            }
        )
    return pd.DataFrame(rows)


def flipped_identity(seed, m=50, n=40, leak=0.3):
    r"""Return the relative error of the factorisation after every second hidden weight changed its sign.

    Their kinks stay within the gap, so the activation pattern is another one and the network still affine on each side.
    """
    data = random_data(seed, n)
    weights = network_keeping_pattern(seed, m, data)
    signs = np.where(np.arange(m) % 2, 1.0, -1.0)
    flipped = Parameters(weights.a * signs[:, None], weights.b, weights.w, weights.c)
    return float(relative_error(tangent_kernel(flipped, data.x, leak), factorised(flipped, data.x, leak)))


def spectra(seed, m=200, n=40, leak=0.0):
    """Return the eigenvalues of K / n and of A M, both in decreasing order, for one network."""
    data = random_data(seed, n)
    weights = network_keeping_pattern(seed, m, data)
    moments = closed_system.neuron_moments(weights.a[:, 0], weights.b, weights.w)
    product = closed_system.system_matrix(moments, leak=leak) @ closed_system.data_matrix(
        half_sided_moments(data)[0]
    )
    return (
        np.linalg.eigvalsh(tangent_kernel(weights, data.x, leak) / n)[::-1],
        np.sort(np.linalg.eigvals(product).real)[::-1],
    )


def crossing_run(seed, m=16, steps=20_000, points=220, trials=100):
    """Return a run on Example 1 in which a kink crosses a data point, with errors of the factorisation along it.

    The first such trial is taken in which no hidden weight changes its sign.
    """
    data = six_points()
    times = np.unique(np.r_[0, np.geomspace(1, steps, points).astype(int)])
    for trial in range(trials):
        start, h = network_and_step(1000 * seed + trial, m, 0.0, data)
        path = recorded_run(start, data, 0.3 * h, times)
        weights = path.parameters
        if path.largest_kink > 1.3 and (np.sign(weights.a) == np.sign(weights.a[0])).all():
            break
    else:
        raise RuntimeError(
            f"none of {trials} networks of width {m} had a kink that crossed; take more trials"
        )
    kernel = tangent_kernel(weights, data.x, 0.0)
    values = np.linalg.eigvalsh(kernel / data.x.size)
    return pd.DataFrame(
        {
            "step": path.steps,
            "largest kink": np.abs(path.kinks).max(axis=-1),
            "error": relative_error(kernel, factorised(weights, data.x, 0.0)),
            "fourth eigenvalue": values[:, -4],
            "fifth eigenvalue": np.maximum(values[:, -5], 0.0),
            "rank": rank(kernel),
            "loss": path.losses,
        }
    )


def flow_order(seed, m=50, horizon=0.5, leak=0.3, fractions=(1.0, 0.5, 0.25, 0.125)):
    """Return how far descent with shrinking steps is, at a given time, from the flow v' = -A M v."""
    data = six_points()
    start, largest = network_and_step(seed, m, leak, data)
    matrices, _ = half_sided_moments(data)
    optimum, full = half_sided_regression(data), closed_system.data_matrix(half_sided_moments(data)[0])
    first = closed_system.neuron_moments(start.a[:, 0], start.b, start.w)
    deviation = closed_system.plain(closed_system.lines(first, start.c, leak) - optimum)

    def velocity(_, state):
        v, moments = state[:4], state[4:].reshape(2, 3, 3)
        u, _ = closed_system.drive(matrices, np.swapaxes(v.reshape(2, 2), 0, 1), leak)
        q = closed_system.transition(u, 1.0) - np.eye(3)
        pushed = q @ moments + moments @ q
        return np.r_[-closed_system.system_matrix(moments, leak=leak) @ full @ v, pushed.ravel()]

    flow = solve_ivp(
        velocity, (0.0, horizon), np.r_[deviation, first.ravel()], rtol=1e-11, atol=1e-13, method="LSODA"
    ).y[:, -1]
    rows = []
    for fraction in fractions:
        steps = int(np.ceil(horizon / (fraction * largest)))
        path = recorded_run(start, data, horizon / steps, [0, steps], leak)
        c, last = path.parameters.c[-1], moments_along(path)[-1]
        v = closed_system.plain(closed_system.lines(last, c, leak) - optimum)
        rows.append({"step": horizon / steps, "distance": float(np.abs(v - flow[:4]).max())})
    return pd.DataFrame(rows)


def stuck_part(seed, m=400, n=40, steps=4000):
    """Return by how much the part of the errors orthogonal to the columns of X moves during training, and its size."""
    data = random_data(seed, n)
    start, h = network_and_step(seed, m, 0.0, data)
    path = recorded_run(start, data, h, range(0, steps + 1, steps // 20))
    errors = network(path.parameters, data.x[:, None], relu()) - data.y
    basis = np.linalg.qr(design(data.x))[0]
    outside = errors - (errors @ basis) @ basis.T
    return {
        "moved": float(np.abs(outside - outside[0]).max()),
        "size": float(np.linalg.norm(outside[0])),
        "inside, start": float(np.linalg.norm(errors[0] @ basis)),
        "inside, end": float(np.linalg.norm(errors[-1] @ basis)),
        "largest kink": path.largest_kink / float(data.smallest_distance),
    }
