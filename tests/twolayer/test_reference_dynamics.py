"""The reference dynamics: modes, sums, and the limits for wide networks."""

import numpy as np
import pytest

from twolayer import closed_system, reference_dynamics
from twolayer.half_sided import WeightedData, half_sided_moments
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he


@pytest.fixture
def matrices():
    return half_sided_moments(six_points())[0]


def draw(m, count, seed=0):
    return reference_dynamics.he_moments(np.random.default_rng(seed), m, count)


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5, 0.9])
def test_limits_on_example_1_are_the_closed_forms(matrices, leak):
    fast, slow = reference_dynamics.limiting_eigenvalues(matrices, leak)
    np.testing.assert_allclose(
        np.sort(fast), np.sort(7 / 3 * np.array([1 + leak, 1 - leak]) ** 2), rtol=1e-13
    )
    expected = np.array([((1 + leak) ** 2 + 2) / 14, (1 - leak) ** 2 / 14])
    np.testing.assert_allclose(slow, np.sort(expected)[::-1], rtol=1e-12)


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_eigenvalues_of_very_wide_networks_reach_the_limits(matrices, leak):
    m = 10**8  # relative deviations of order 1/sqrt(m) = 1e-4, times constants below 10
    found = reference_dynamics.modes(
        closed_system.system_matrix(draw(m, 20), leak=leak), closed_system.data_matrix(matrices)
    )
    fast, slow = reference_dynamics.limiting_eigenvalues(matrices, leak)
    np.testing.assert_allclose(found.eigenvalues[:, :2] / m, np.tile(fast, (20, 1)), rtol=2e-3)
    np.testing.assert_allclose(found.eigenvalues[:, 2:], np.tile(slow, (20, 1)), rtol=2e-3)
    upper, lower = found.vectors[:, :2, :2], found.vectors[:, 2:, :2]
    leakage = m * np.linalg.norm(lower, axis=-2) / np.linalg.norm(upper, axis=-2)
    limit = reference_dynamics.limiting_leakage(matrices, leak)
    np.testing.assert_allclose(leakage, np.tile(limit, (20, 1)), rtol=5e-3)


def test_asymmetric_data_have_limits_too():
    data = WeightedData([-2.0, -0.5, 1.0, 2.0, 4.0], [1.0, 0.0, 2.0, -1.0, 1.0], [0.3, 0.2, 0.1, 0.3, 0.1])
    matrices, m = half_sided_moments(data)[0], 10**8
    found = reference_dynamics.modes(
        closed_system.system_matrix(draw(m, 1)[0], leak=0.3), closed_system.data_matrix(matrices)
    )
    fast, slow = reference_dynamics.limiting_eigenvalues(matrices, 0.3)
    np.testing.assert_allclose(found.eigenvalues, [*(fast * m), *slow], rtol=2e-3)


def test_drawn_moments_have_the_law_of_he_networks():
    # Means and standard deviations of 4000 draws each; z-scores of the 8 comparisons: above 5 with probability 5e-6.
    m, count = 32, 4000
    start = he(np.random.default_rng(1), m, 1, ensemble=(count,))
    neurons = closed_system.neuron_moments(start.a[..., 0], start.b, start.w)
    drawn = draw(m, count, seed=2)
    for row, column in ((0, 0), (2, 2), (0, 2)):
        one, two = neurons[:, 0, row, column], drawn[:, 0, row, column]
        error = np.hypot(one.std(), two.std()) / np.sqrt(count)
        assert abs(one.mean() - two.mean()) < 5 * error
        error = np.hypot((one - one.mean()).var(), (two - two.mean()).var()) * np.sqrt(12 / count)
        assert abs(one.var() - two.var()) < 5 * error
    for pair in (((0, 0), (2, 2)), ((0, 0), (0, 2))):
        products = [
            (values[:, 0, *pair[0]] - values[:, 0, *pair[0]].mean()) * values[:, 0, *pair[1]]
            for values in (neurons, drawn)
        ]
        error = np.hypot(products[0].std(), products[1].std()) / np.sqrt(count)
        assert abs(products[0].mean() - products[1].mean()) < 5 * error
    assert (drawn[:, :, 1] == 0).all()
    assert np.isfinite(draw(1, 100)).all()  # every network of one neuron leaves a side empty


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_modes_solve_the_recursion(matrices, leak):
    full = closed_system.data_matrix(matrices)
    system = closed_system.system_matrix(draw(20, 1)[0], leak=leak)
    found = reference_dynamics.modes(system, full)
    np.testing.assert_allclose(found.duals @ found.vectors, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(system @ full @ found.vectors, found.vectors * found.eigenvalues, rtol=1e-9)
    h, v = 1 / found.eigenvalues[0], np.array([1.0, -2.0, 0.1, 0.3])
    stepped = [v]
    for _ in range(50):
        stepped.append(stepped[-1] - h * system @ full @ stepped[-1])
    solution = reference_dynamics.reference_solution(found, v, h, range(51))
    np.testing.assert_allclose(solution, stepped, atol=1e-13)


def test_sums_are_below_their_bounds_and_equal_to_plain_addition(matrices):
    full = closed_system.data_matrix(matrices)
    system = closed_system.system_matrix(draw(8, 1)[0])
    found = reference_dynamics.modes(system, full)
    h, v = 1 / found.eigenvalues[0], np.array([1.0, -2.0, 0.1, 0.3])
    total, by_matrix, power, vector = 0.0, 0.0, np.eye(4), v
    for _ in range(60_000):
        total, vector = total + h * np.abs(vector).max(), vector - h * system @ full @ vector
        by_matrix, power = (
            by_matrix + h * np.linalg.norm(power, 2),
            power - h * system @ full @ power,
        )
        if np.linalg.norm(power) < 1e-10:
            break
    assert reference_dynamics.travelled(found, h, v) == pytest.approx(total, rel=1e-7)
    assert reference_dynamics.travelled(found, h, norm=2) == pytest.approx(by_matrix, rel=1e-7)
    assert total <= reference_dynamics.travel_bound(found, v).sum()
    assert by_matrix <= np.sqrt(np.linalg.cond(full)) / found.eigenvalues[3]


def test_bad_input_is_refused(matrices):
    full = closed_system.data_matrix(matrices)
    system = closed_system.system_matrix(draw(8, 1)[0])
    found = reference_dynamics.modes(system, full)
    with pytest.raises(ValueError, match=r"Assumption F\.2"):
        reference_dynamics.travelled(found, 1.1 / found.eigenvalues[0])
    with pytest.raises(ValueError, match="positive definite"):
        reference_dynamics.modes(system, np.diag([1.0, 1.0, 1.0, 0.0]))
    with pytest.raises(ValueError, match="shape"):
        reference_dynamics.modes(system[:3], full)
    with pytest.raises(ValueError, match="leak"):
        reference_dynamics.limiting_eigenvalues(matrices, 1.0)
    with pytest.raises(ValueError, match="width"):
        draw(0, 3)
    with pytest.raises(TypeError, match="rng"):
        reference_dynamics.he_moments(3, 4, 5)
