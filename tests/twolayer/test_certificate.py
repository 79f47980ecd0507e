"""The stopping certificate against brute force, its own inequalities, and networks that run on."""

import itertools

import numpy as np
import pytest

from twolayer.certificate import EIGENVECTOR_NORMS, bound_future_drive, certify, extreme_neurons, margins
from twolayer.closed_system import (
    data_matrix,
    drive,
    largest_step,
    lines,
    neuron_moments,
    plain,
    square_root,
    step,
    system_matrix,
)
from twolayer.half_sided import half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import six_points


def he(seed, m, ensemble=()):
    rng = np.random.default_rng([4711, seed])
    a = np.sqrt(2) * rng.standard_normal((*ensemble, m))
    return a, np.zeros_like(a), np.sqrt(2 / m) * rng.standard_normal(a.shape), np.zeros(ensemble)


def problem():
    data = six_points()
    return half_sided_moments(data)[0], half_sided_regression(data)


def run(parameters, steps, step_size, leak=0.0, keep=(0,)):
    """Train the closed system and every neuron with it; return the states at the times to keep, and all drives."""
    a, b, w, c = parameters
    matrices, best = problem()
    moments, positive = neuron_moments(a, b, w), (a > 0)[..., None, None]
    theta = np.stack([a, b, w], axis=-1)
    states, drives, transfer = {}, [], np.eye(3)
    for k in range(steps + 1):
        if k in keep:
            own = (
                np.where(positive, transfer[..., 0, None, :, :], transfer[..., 1, None, :, :])
                if k
                else np.eye(3)
            )
            states[k] = (own @ theta[..., None])[..., 0], moments, c
        drives.append(drive(matrices, lines(moments, c, leak) - best, leak)[0])
        moments, c, matrix = step(moments, c, matrices, best, step_size, leak)
        transfer = matrix @ transfer
    return states, np.array(drives)


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_every_inequality_of_the_certificate_holds_on_runs_it_certifies(leak):
    matrices, optimum = problem()
    root = square_root(data_matrix(matrices))
    times = (0, 20, 2000, 5000, 9000, 11_000, 12_000)
    a, b, w, c = he(0, 32, (24,))
    step_sizes = largest_step(neuron_moments(a, b, w), matrices, leak)
    states, drives = run((a, b, w, c), times[-1], step_sizes, leak, times)
    certified, closing = 0, 0
    for start, norm in itertools.product(times[:-1], EIGENVECTOR_NORMS):
        theta, moments, c = states[start]
        found = certify(*np.moveaxis(theta, -1, 0), c, matrices, optimum, 1.0, step_sizes, leak, norm)
        h = step_sizes[:, None, None]
        operator = root @ system_matrix(moments, leak=leak) @ root
        psi = -root @ plain(lines(moments, c, leak) - optimum)[..., None]
        power, powers, residuals = np.eye(4) + np.zeros((24, 4, 4)), 0.0, 0.0
        for _ in range(600):
            powers += step_sizes * np.abs(power).sum(axis=-1).max(axis=-1)
            residuals += step_sizes * np.abs(power @ psi).max(axis=(-1, -2))
            power = power - h * operator @ power
        assert (powers <= found.power_sum).all()
        assert (residuals <= found.residual_sum * (1 + 1e-12)).all()
        # The future drive, the deviation of the operator, and the movement of every neuron.
        future = step_sizes * np.abs(drives[start:]).max(axis=(-1, -2)).sum(axis=0)
        assert (future <= found.kappa)[found.closes].all()
        for later in times:
            theta_later, moments_later, _ = states[later]
            change = system_matrix(moments_later, drives[later], step_sizes, leak) - system_matrix(
                moments, leak=leak
            )
            change = found.power_sum * np.abs(root @ change @ root).sum(axis=-1).max(axis=-1)
            assert (change <= found.delta)[found.closes].all() or later < start
            size = np.abs(theta_later)[found.certified]
            assert (size[..., 0] > size[..., 1]).all() or later < start
        certified, closing = certified + found.certified.sum(), closing + found.closes.sum()
    assert certified > 5
    assert closing >= certified


def test_the_row_sum_is_the_larger_bound_and_nothing_else_changes():
    a, b, w, c = he(3, 64, (50,))
    matrices, optimum = problem()
    h = largest_step(neuron_moments(a, b, w), matrices)
    sharp, published = (
        certify(a, b, w, c, matrices, optimum, 1.0, h, 0.0, norm) for norm in EIGENVECTOR_NORMS
    )
    assert (sharp.residual_sum <= published.residual_sum).all()
    assert (sharp.kappa < published.kappa).any()
    np.testing.assert_array_equal(sharp.power_sum, published.power_sum)


def test_an_ensemble_is_certified_member_by_member():
    a, b, w, c = he(5, 32, (6,))
    matrices, optimum = problem()
    w = 1e-3 * w
    h = 0.3 * largest_step(neuron_moments(a, b, w), matrices)
    together = certify(a, b, w, c, matrices, optimum, 1.0, h)
    for i in range(6):
        alone = certify(a[i], b[i], w[i], c[i], matrices, optimum, 1.0, h[i])
        np.testing.assert_allclose(together.margins[i], alone.margins, rtol=1e-12)
        assert together.certified[i] == alone.certified
        assert together.verdict[i] == alone.verdict


def test_beyond_the_stable_step_the_reciprocal_eigenvalue_is_no_bound_but_ours_is():
    # h lambda = 1.5 in the fast modes: the sum over steps is h / 0.5 and not 1 / lambda = h / 1.5.
    a, b, w, c = he(7, 64)
    matrices, optimum = problem()
    moments = neuron_moments(a, b, w)
    h = 1.5 * float(largest_step(moments, matrices))
    root = square_root(data_matrix(matrices))
    values, vectors = np.linalg.eigh(root @ system_matrix(moments) @ root)
    psi = 0.01 * vectors[:, -1]
    optimum = lines(moments, c) + np.linalg.solve(root, psi)[[0, 2, 1, 3]].reshape(2, 2)
    exact = h * np.abs(vectors[:, -1]).max() * 0.01 / (1 - abs(1 - h * values[-1]))
    found = bound_future_drive(moments, c, matrices, optimum, h)
    assert 0.01 / values[-1] * np.abs(vectors[:, -1]).max() < 0.4 * exact
    assert found.residual_sum == pytest.approx(exact, rel=1e-9)


def test_verdicts_name_the_first_failing_condition():
    matrices, optimum = problem()
    a, b, w, c = he(1, 256)
    h = float(largest_step(neuron_moments(a, b, w), matrices))
    too_long = certify(a, b, w, c, matrices, optimum, 1.0, 2.1 * h)
    assert too_long.verdict == "rho"
    assert not np.isfinite(too_long.power_sum)
    assert certify(a, b, w, c + 50.0, matrices, optimum, 1.0, h).verdict == "kappa"
    # Four neurons that fit the optimum exactly, then an output bias that leaves more and more to be learnt.
    a, w = np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, -1.0, 1.0, -1.0])
    found = certify(
        *(np.tile(v, (60, 1)) for v in (a, 0 * a, w)), np.geomspace(1e-6, 1, 60), matrices, optimum, 1.0, 0.05
    )
    assert found.verdict[0] == "certified"
    assert (np.diff(found.kappa) > 0).all()
    assert (np.diff(found.delta) > 0).all()
    assert {"certified", "delta", "kappa"} <= set(found.verdict)
    # A neuron close to zero decides alone.
    a = np.append(a, 1e-9)
    quiet = certify(a, 0 * a, np.append(w, 1e-3), 1e-6, matrices, optimum, 1.0, 0.05)
    assert quiet.verdict == "margin"
    assert (quiet.margins < 0).tolist() == [False] * 4 + [True]


def test_a_side_without_neurons_is_not_certified():
    matrices, optimum = problem()
    found = certify([1.0, 0.5], [0.0, 0.0], [0.1, 0.1], 0.0, matrices, optimum, 1.0, 0.05)
    assert not found.certified


def test_extreme_ratios_decide_for_all_neurons():
    # Neurons moved by one matrix: the margin over |a_0| is concave in w_0 / a_0.
    a, b, w, c = he(11, 300)
    h = float(largest_step(neuron_moments(a, b, w), problem()[0]))
    indices = extreme_neurons(a, w)
    decided = {True: 0, False: 0}
    for theta, _, _ in run((a, b, w, c), 5000, h, keep=(0, 500, 5000))[0].values():
        assert (np.sign(theta[:, 0]) == np.sign(a)).all()
        for kappa in np.geomspace(1e-6, 0.3, 40):
            left = margins(*theta.T, kappa, 1.0)
            extreme = margins(*theta[indices.ravel()].T, kappa, 1.0)
            assert (left > 0).all() == (extreme > 0).all()
            decided[bool((left > 0).all())] += 1
            for side, sign in enumerate((1, -1)):
                chosen = np.flatnonzero(np.sign(a) == sign)
                order = chosen[np.argsort(w[chosen] / a[chosen])]
                ratio, value = (w / a)[order], (left / np.abs(a))[order]
                share = np.diff(ratio)[:-1] / (ratio[2:] - ratio[:-2])
                chord = (1 - share) * value[:-2] + share * value[2:]
                assert (value[1:-1] >= chord - 1e-12).all()
                assert set(indices[side]) == {order[0], order[-1]}
    assert min(decided.values()) > 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step_size": 0.0}, "greater than zero"),
        ({"leak": 1.0}, "must not be 1 or -1"),
        ({"eigenvector_norm": "spectral"}, "must be one of"),
        ({"a": [np.nan, 1.0]}, "NaN"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    matrices, optimum = problem()
    arguments = {"a": [1.0, -1.0], "b": [0.0, 0.0], "w": [0.1, 0.1], "c": 0.0, "matrices": matrices}
    arguments |= {"optimum": optimum, "smallest_distance": 1.0, "step_size": 0.1} | change
    with pytest.raises(ValueError, match=message):
        certify(**arguments)


def test_a_side_without_neurons_has_no_extreme_neurons():
    with pytest.raises(ValueError, match="both signs"):
        extreme_neurons([1.0, 2.0], [0.1, 0.2])
