"""Appendices B, C and D: the fixed activation pattern, the closed system, and the remarks on it."""

import numpy as np
import pandas as pd

from studies.inconsistency.kernel_view import activation, random_data
from studies.inconsistency.recorded_runs import (
    LEAKS,
    deviations_along,
    moments_along,
    network_and_step,
    recorded_run,
    resampled_six_points,
)
from twolayer import closed_system
from twolayer import fixed_pattern as fixed
from twolayer.half_sided import (
    WeightedData,
    half_sided_moments,
    half_sided_regression,
    half_sided_risk,
)
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he
from twolayer.line_descent import descent_on_line
from twolayer.network import network, squared_loss_and_gradient
from twolayer.parameters import Parameters

LORENTZ = np.diag([1.0, 1.0, -1.0])


def equality_on_the_set(seed, m=32, draws=2000):
    """Return the largest differences of values, losses and gradients over draws from S (Lemma B.2), per leak."""
    data, rows = random_data(seed, 30), []
    start = he(np.random.default_rng([seed, m, 21]), m, 1)
    signs, distance = fixed.activation_signs(start), float(data.smallest_distance)
    weights = fixed.sample_keeping_pattern(np.random.default_rng([seed, 22]), start, distance, draws)
    x = np.r_[-np.geomspace(distance, 50, 20), np.geomspace(distance, 50, 20)]
    for leak in LEAKS:
        values = fixed.fixed_pattern_network(weights, signs, x, leak)
        loss, gradient = fixed.fixed_pattern_loss_and_gradient(weights, signs, data, leak)
        true, true_gradient = squared_loss_and_gradient(
            weights, data.x[:, None], data.y, activation(leak), point_weights=data.weights
        )
        gap = np.abs(values - network(weights, x[:, None], activation(leak)))
        scale = np.linalg.norm(true_gradient.vector(), axis=-1)
        rows.append(
            {
                "leak": leak,
                "values": (gap.max(axis=-1) / np.abs(values).max(axis=-1)).max(),
                "loss": np.abs(loss / true - 1).max(),
                "gradient": (
                    np.linalg.norm(gradient.vector() - true_gradient.vector(), axis=-1) / scale
                ).max(),
            }
        )
    return pd.DataFrame(rows)


def one_neuron_map(size=161):
    r"""Return, over a grid of :math:`(a/a_0, b/(|a_0|\underline{x}))` for one neuron, membership in S and the pattern.

    ``same pattern`` is asked at the two points :math:`\pm\underline{x}`, where it is the hardest to keep.
    """
    a, b = np.meshgrid(np.linspace(-0.5, 3.0, size), np.linspace(-2.0, 2.0, size))
    start = Parameters(np.ones((1, 1)), np.zeros(1), np.ones(1), 0.0)
    weights = Parameters(a.ravel()[:, None, None], b.ravel()[:, None], np.ones((a.size, 1)), np.zeros(a.size))
    inside = fixed.keeps_pattern(weights, start, 1.0)
    same = (np.sign(a.ravel() + b.ravel()) == 1) & (np.sign(-a.ravel() + b.ravel()) == -1)
    return pd.DataFrame({"a": a.ravel(), "b": b.ravel(), "in S": inside, "same pattern": same})


def delta_calculus(seed, m=50, leak=0.3, steps=200):
    """Return the largest errors of the rules of Lemma B.4 along a run of the true network."""
    data = resampled_six_points(seed)
    start, h = network_and_step(seed, m, leak, data)
    path = recorded_run(start, data, h, range(steps + 1), leak)
    weights, signs = path.parameters, fixed.activation_signs(start)
    _, gradient = fixed.fixed_pattern_loss_and_gradient(weights, signs, data, leak)
    a, b, w = weights.a[..., 0], weights.b, weights.w

    def delta(values):
        return values[1:] - values[:-1]

    positive = signs > 0
    product = delta(a) * w[:-1] + a[:-1] * delta(w) + delta(a) * delta(w)
    sums = (w * b)[:, positive].sum(axis=-1)
    return {
        "(a)": np.abs(delta(a) + h * gradient.a[:-1, :, 0]).max(),
        "(b)": np.abs(delta(np.full(len(a), 7.0))).max(),
        "(c)": np.abs(delta(a * w) - product).max(),
        "(d)": np.abs(delta(a + b) - delta(a) - delta(b)).max(),
        "(e)": np.abs(delta(sums) - delta(w * b)[:, positive].sum(axis=-1)).max(),
        "(f)": np.abs(delta(np.stack([a, w], -1)) - np.stack([delta(a), delta(w)], -1)).max(),
        "flow rule": np.abs(delta(a * w) - product + delta(a) * delta(w)).max(),
    }


def _fourteen(first, deviation, matrices, optimum, h, leak, steps):
    """Iterate 6 + 6 entries of the moments and the two intercepts; return deviations in the plain order."""
    upper = np.triu_indices(3)
    sides = np.swapaxes(deviation.reshape(2, 2), 0, 1)
    state = np.r_[first[0][upper], first[1][upper], sides[:, 1]]
    mixing, full, result = np.array([[1.0, leak], [leak, 1.0]]), closed_system.data_matrix(matrices), []
    for _ in range(steps + 1):
        moments = np.zeros((2, 3, 3))
        moments[:, upper[0], upper[1]] = state[:12].reshape(2, 6)
        moments = moments + np.swapaxes(np.triu(moments, 1), -1, -2)
        slopes = mixing @ moments[:, 0, 2] - optimum[:, 0]
        v = np.stack([slopes, state[12:]], axis=-1)
        result.append(closed_system.plain(v))
        u, _ = closed_system.drive(matrices, v, leak)
        matrix = closed_system.transition(u, h)
        system = closed_system.system_matrix(moments, u, h, leak)
        moments = matrix @ moments @ matrix
        after = result[-1] - h * system @ full @ result[-1]
        state = np.r_[moments[0][upper], moments[1][upper], after[2:]]
    return np.array(result)


def closed_system_errors(seed, m=200, steps=1000):
    """Return how well the system of Proposition C.2 follows a network, neuron by neuron, for each leak."""
    data, rows = resampled_six_points(seed), []
    matrices, _ = half_sided_moments(data)
    optimum = half_sided_regression(data)
    for leak in LEAKS:
        start, h = network_and_step(seed, m, leak, data)
        path = recorded_run(start, data, h, range(steps + 1), leak)
        weights, true = path.parameters, moments_along(path)
        moments, c, transfer = true[0], start.c, np.broadcast_to(np.eye(3), (2, 3, 3))
        side = np.where(start.a[:, 0] > 0, 0, 1)
        theta = np.stack([weights.a[..., 0], weights.b, weights.w], axis=-1)
        errors = np.zeros(3)
        for k in range(steps + 1):
            moved = (transfer[side] @ theta[0][..., None])[..., 0]
            gaps = (np.abs(moved - theta[k]).max(), np.abs(moments - true[k]).max() / m, c - weights.c[k])
            errors = np.maximum(errors, np.abs(gaps))
            moments, c, matrix = closed_system.step(moments, c, matrices, optimum, h, leak)
            transfer = matrix @ transfer
        v = deviations_along(path, data, leak)
        fourteen = _fourteen(true[0], v[0], matrices, optimum, h, leak, steps)
        difference = (1 - leak) * (true[:, 0, 1, 2] - true[:, 1, 1, 2])
        intercepts = v[:, 2:] + optimum[:, 1]
        rows.append(
            {
                "leak": leak,
                "largest kink": path.largest_kink,
                "neurons": errors[0],
                "moments": errors[1],
                "output bias": errors[2],
                "fourteen numbers": np.abs(fourteen - v).max(),
                "difference of intercepts": np.abs(intercepts[:, 0] - intercepts[:, 1] - difference).max(),
            }
        )
    return pd.DataFrame(rows)


def signs_of_the_parts(seed, m=200, steps=2000):
    r"""Return extreme eigenvalues of the parts of A along a run (Remark D.2), and the step at which A is indefinite.

    ``critical step`` is the least multiple of the largest step for which A at the start has a negative eigenvalue.
    """
    data = resampled_six_points(seed)
    matrices, _ = half_sided_moments(data)
    start, h = network_and_step(seed, m, 0.0, data)
    path = recorded_run(start, data, h, range(steps + 1))
    moments, v = moments_along(path), deviations_along(path, data)
    u, _ = closed_system.drive(matrices, np.swapaxes(v.reshape(-1, 2, 2), -1, -2))
    products = (u * moments[..., 2, :2]).sum(axis=-1)
    bias = np.outer([0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0])
    multiples = np.geomspace(1.0, 1e4, 2000)
    systems = closed_system.system_matrix(
        np.broadcast_to(moments[0], (len(multiples), 2, 3, 3)),
        np.broadcast_to(u[0], (len(multiples), 2, 2)),
        h * multiples,
    )
    indefinite = np.linalg.eigvalsh(systems)[:, 0] < 0
    return {
        "G^w": moments[..., 2, 2].min(),
        "G^ab": np.linalg.eigvalsh(moments[..., :2, :2]).min(),
        "C": np.linalg.eigvalsh(bias),
        "G^wab": (products.min(), products.max()),
        "critical step": float(multiples[indefinite][0]) if indefinite.any() else np.inf,
        "rank of G^ab at the start": int(np.linalg.matrix_rank(moments[0, 0, :2, :2])),
    }


def invariant(seed, m=50, fractions=(1.0, 0.5, 0.25, 0.125, 0.0625), horizon=1.0):
    r"""Return the drift of :math:`a_i^2 + b_i^2 - w_i^2` under shrinking steps, and the error of the exact formula.

    ``Lorentz`` is the distance of :math:`\Phi^T J \Phi` from :math:`J = \operatorname{diag}(1, 1, -1)` for the matrix
    that carries the neurons of side 1 from the start to the end: zero for the flow.
    """
    data, rows = six_points(), []
    matrices, _ = half_sided_moments(data)
    start, largest = network_and_step(seed, m, 0.0, data)
    for fraction in fractions:
        h = fraction * largest
        steps = int(np.ceil(horizon / h))
        path = recorded_run(start, data, h, range(steps + 1))
        weights, v = path.parameters, deviations_along(path, data)
        u, _ = closed_system.drive(matrices, np.swapaxes(v.reshape(-1, 2, 2), -1, -2))
        a, b, w = weights.a[..., 0], weights.b, weights.w
        values = fixed.flow_invariant(a, b, w)
        predicted = fixed.invariant_drift(a, b, w, u, h)[:-1]
        transfer = np.eye(3)
        for matrix in closed_system.transition(u[:-1], h)[:, 0]:
            transfer = matrix @ transfer
        rows.append(
            {
                "fraction": fraction,
                "step": h,
                "drift": np.abs(values[-1] - values[0]).max(),
                "formula": np.abs(np.diff(values, axis=0) - predicted).max(),
                "Lorentz": np.abs(transfer.T @ LORENTZ @ transfer - LORENTZ).max(),
            }
        )
    return pd.DataFrame(rows)


def regression_algebra(seed, count=2000):
    """Return the ratios of eigenvalues and bounds of Remark D.5 on random data, and the error of the determinant."""
    rng, rows = np.random.default_rng([seed, 31]), []
    for case in range(count):
        n, others = int(rng.integers(2, 12)), int(rng.integers(2, 12))
        points = rng.uniform(0.1, 3.0, n) * rng.lognormal()
        if (
            case % 4 == 0
        ):  # one point far from many: both eigenvalues are nearly equal, the bounds off by nearly two
            n = 50
            points = np.r_[rng.uniform(0.01, 0.02, n - 1), np.sqrt(n) * rng.uniform(0.7, 1.4)]
        x = np.r_[points, -rng.uniform(0.1, 3.0, others)]
        data = WeightedData(x, rng.standard_normal(x.size))
        matrix = half_sided_moments(data)[0][0]
        share = n / x.size
        trace = share * (points.var() + points.mean() ** 2 + 1)
        determinant = share**2 * points.var()
        low, high = np.linalg.eigvalsh(matrix)
        rows.append(
            {
                "determinant": (np.linalg.det(matrix) - determinant) / matrix.diagonal().prod(),
                "smallest over bound": low / (determinant / trace),
                "bound over largest": trace / high,
            }
        )
    return pd.DataFrame(rows)


def loss_as_quadratic_form(seed, m=32, draws=500):
    r"""Return the largest relative error of :math:`L = \tfrac12\overline v^T M_D\overline v + R` over S, per leak."""
    data = random_data(seed, 30)
    matrices, _ = half_sided_moments(data)
    start = he(np.random.default_rng([seed, m, 23]), m, 1)
    weights = fixed.sample_keeping_pattern(
        np.random.default_rng([seed, 24]), start, float(data.smallest_distance), draws
    )
    moments = closed_system.neuron_moments(weights.a[..., 0], weights.b, weights.w)
    errors = {}
    for leak in LEAKS:
        lines = closed_system.lines(moments, weights.c, leak)
        v = closed_system.plain(lines - half_sided_regression(data))
        form = 0.5 * np.einsum("ki,ij,kj->k", v, closed_system.data_matrix(matrices), v)
        loss, _ = squared_loss_and_gradient(
            weights, data.x[:, None], data.y, activation(leak), point_weights=data.weights
        )
        errors[leak] = float(np.abs((form + half_sided_risk(data)) / loss - 1).max())
    return errors


def special_cases(seed, m=60, steps=300):
    """Return the errors of the reduced systems of Remark D.4: data on one side only, and leaks 1 and -1."""
    x, y = np.array([0.5, 1.0, 2.0]), np.array([1.0, -1.0, 0.5])
    start = he(np.random.default_rng([seed, m, 25]), m, 1)
    data = six_points()
    h, leak = 0.3 / m, 0.3
    path = descent_on_line(start, x, y, step=h, record_at=range(steps + 1), leak=leak)
    matrix = np.array([[(x**2).mean(), x.mean()], [x.mean(), 1.0]])
    optimum = np.linalg.solve(matrix, [(x * y).mean(), y.mean()])
    moments, c = moments_along(path), path.parameters.c
    v = closed_system.lines(moments, c, leak)[:, 0] - optimum
    u_hat = -(matrix @ v[..., None])[..., 0]
    u = np.stack([u_hat, leak * u_hat], axis=1)
    system = closed_system.system_matrix(moments, u, h, leak)[:, ::2, ::2]
    predicted = v - h * (system @ matrix @ v[..., None])[..., 0]
    lines = {}
    for slope in (1.0, -1.0):
        run = recorded_run(start, data, h, [0, steps], slope)
        lines[slope] = deviations_along(run, data, slope) + closed_system.plain(half_sided_regression(data))
    return {
        "one side": np.abs(v[1:] - predicted[:-1]).max(),
        "leak 1": np.abs(lines[1.0][:, ::2] - lines[1.0][:, 1::2]).max(),
        "leak -1": np.abs(lines[-1.0][:, 0] + lines[-1.0][:, 1]).max(),
    }
