"""The least-norm solution, and gradient descent carried out step by step, against theory."""

import numpy as np
import pytest
from bad_input import bad_counts, bad_points, bad_positive, bad_vectors, cube, unit_points
from hypothesis import given
from hypothesis import strategies as st

from twolayer.activations import relu, wendland
from twolayer.least_squares import (
    contraction_rate,
    gradient_descent,
    least_norm_solution,
    optimal_step,
    residual_gradient_descent,
)


def problem(seed=0, n=30, m=80):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, m)), rng.standard_normal(n)


@pytest.mark.parametrize("shape", [(5, 20), (20, 20), (20, 5), (1, 1)])
def test_solution_agrees_with_lapack(shape):
    z, y = problem(1, *shape)
    found = least_norm_solution(z, y)
    np.testing.assert_allclose(found.solution, np.linalg.lstsq(z, y, rcond=None)[0], atol=1e-10)
    np.testing.assert_allclose(found.solution, np.linalg.pinv(z) @ y, atol=1e-10)
    assert found.residual_norm == pytest.approx(np.linalg.norm(z @ found.solution - y))
    assert found.rank == min(shape)


def test_full_row_rank_fits_any_labels():
    # Paper 001, Proposition 4.1 and (2.5).
    x = np.vstack([cube()[0], unit_points(0, 32, 3)])
    z = wendland(0, 3)(x @ unit_points(1, 400, 3).T) / 20
    for seed in range(3):
        y = np.random.default_rng(seed).standard_normal(40)
        found = least_norm_solution(z, y)
        assert found.residual_norm**2 <= 1e-20
        assert found.rank == 40
        # The formula squares the condition number; it holds to about kappa(Z)^2 times epsilon.
        np.testing.assert_allclose(z.T @ np.linalg.solve(z @ z.T, y), found.solution, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("width", [200, 1000])
def test_corollary_on_the_bad_points(width):
    # The residual is |<y, q>| / sqrt 8: sqrt 8 for labels v, 2 / sqrt 8 for one bad label among ones, and zero for
    # the paper's own labels (errata E1). Tolerance 1e-8: the rest of the spectrum is far above rounding.
    corners, v = cube()
    x = np.vstack([corners, unit_points(3, 92, 3)])
    z = relu()(x @ unit_points(4, width, 3).T) / np.sqrt(width)
    rest = np.where(np.arange(92) < 42, 1.0, -1.0)
    flipped = np.array([-1.0] + [1.0] * 7)
    for labels, residual in ((v, np.sqrt(8)), (flipped, 2 / np.sqrt(8)), (np.ones(8), 0)):
        found = least_norm_solution(z, np.concatenate([labels, rest]))
        assert found.residual_norm == pytest.approx(residual, abs=1e-8)
        assert found.rank == 99


def test_rank_deficiency_is_reported():
    found = least_norm_solution(np.ones((3, 4)), [1, 2, 3])
    assert found.rank == 1
    assert found.residual_norm == pytest.approx(np.sqrt(2))
    np.testing.assert_allclose(found.solution, 0.5)
    assert least_norm_solution(np.zeros((2, 2)), [1, 1]).rank == 0


def test_one_step_by_hand():
    path = gradient_descent([[2.0]], [1.0], step=0.125, iterations=2, record_at=[0, 1, 2])
    np.testing.assert_allclose(path.iterates[:, 0], [0, 0.25, 0.375])
    np.testing.assert_allclose(path.residual_norms, [1, 0.5, 0.25])
    np.testing.assert_array_equal(path.steps, [0, 1, 2])


def test_both_iterations_are_the_same():
    z, y = problem()
    step, records = float(optimal_step(np.linalg.svd(z, compute_uv=False))), [0, 1, 2, 10, 300]
    slow = gradient_descent(z, y, step=step, iterations=300, record_at=records)
    fast = residual_gradient_descent(z, y, step=step, iterations=300, record_at=records)
    np.testing.assert_allclose(slow.residual_norms, fast.residual_norms, atol=1e-13)
    np.testing.assert_allclose(slow.iterates @ z.T - y, fast.iterates, atol=1e-12)


@pytest.mark.parametrize("fraction", [0.5, 1.0, 1.9])
def test_convergence_to_the_least_norm_solution(fraction):
    # Theorem 4.3; the slowest component decides: its rate is fitted on the logarithm of the error.
    z, y = problem(2, 6, 30)
    s = np.linalg.svd(z, compute_uv=False)
    step = fraction / s[0] ** 2
    rate = float(contraction_rate(s, step))
    steps = np.arange(10, 60)
    path = gradient_descent(z, y, step=step, iterations=2000, record_at=[*steps, 2000])
    errors = np.linalg.norm(path.iterates - least_norm_solution(z, y).solution, axis=1)
    assert errors[-1] < 1e-12
    assert (errors[:-1] <= np.linalg.norm(y) / s[-1] * rate**steps * (1 + 1e-9)).all()
    assert rate < 1
    slope = np.polyfit(steps[20:], np.log(errors[20:-1]), 1)[0]
    assert slope == pytest.approx(np.log(rate), rel=0.05)  # faster components still fade


def test_divergence_beyond_twice_the_inverse_square():
    z, y = problem(2, 6, 30)
    step = 2.1 / np.linalg.norm(z, 2) ** 2
    path = gradient_descent(z, y, step=step, iterations=200, record_at=[100, 200])
    assert path.residual_norms[1] > 1e3 * path.residual_norms[0]
    for descend in (gradient_descent, residual_gradient_descent):
        with pytest.raises(ValueError, match="take a smaller step"):
            descend(z, y, step=1e3 * step, iterations=500)


def test_the_part_of_the_start_in_the_null_space_stays():
    z, y = problem(4, 10, 40)
    start = np.random.default_rng(9).standard_normal(40)
    step = 1 / np.linalg.norm(z, 2) ** 2
    path = gradient_descent(z, y, step=step, iterations=3000, start=start)
    expected = least_norm_solution(z, y).solution + start - np.linalg.pinv(z) @ (z @ start)
    np.testing.assert_allclose(path.iterates[0], expected, atol=1e-11)


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6), st.floats(0.01, 3))
def test_the_optimal_step_is_optimal(values, factor):
    best = contraction_rate(values)
    assert best <= contraction_rate(values, float(optimal_step(values)) * factor) + 1e-12
    kappa = (max(values) / min(values)) ** 2
    assert best == pytest.approx(1 - 2 / (1 + kappa), abs=1e-12)


def test_rates_of_several_spectra_at_once():
    spectra = np.array([[2.0, 1.0], [3.0, 0.0]])
    np.testing.assert_allclose(optimal_step(spectra), [0.4, 2 / 9])
    np.testing.assert_allclose(contraction_rate(spectra), [0.6, 1.0])
    np.testing.assert_allclose(contraction_rate(spectra, 0.1), [0.9, 1.0])
    assert contraction_rate([1.0], 3.0) == 2


@given(bad_points())
def test_bad_features_are_refused(z):
    for call in (
        lambda: least_norm_solution(z, np.ones(3)),
        lambda: gradient_descent(z, np.ones(3), step=0.1, iterations=2),
        lambda: residual_gradient_descent(z, np.ones(3), step=0.1, iterations=2),
    ):
        with pytest.raises((TypeError, ValueError), match="z "):
            call()


@given(bad_vectors(3))
def test_bad_labels_are_refused(y):
    z = np.eye(3)
    for call in (
        lambda: least_norm_solution(z, y),
        lambda: gradient_descent(z, y, step=0.1, iterations=2),
        lambda: residual_gradient_descent(z, y, step=0.1, iterations=2),
    ):
        with pytest.raises((TypeError, ValueError), match="y "):
            call()


@given(bad_vectors(3).filter(lambda start: start is not None))
def test_bad_starts_are_refused(start):
    with pytest.raises((TypeError, ValueError), match="start"):
        gradient_descent(np.eye(3), np.ones(3), step=0.1, iterations=2, start=start)


@given(bad_positive(), bad_counts(0))
def test_bad_steps_and_iterations_are_refused(step, iterations):
    for descend in (gradient_descent, residual_gradient_descent):
        with pytest.raises((TypeError, ValueError), match="step"):
            descend(np.eye(2), np.ones(2), step=step, iterations=2)
        with pytest.raises((TypeError, ValueError), match="iterations"):
            descend(np.eye(2), np.ones(2), step=0.1, iterations=iterations)
    if step is not None:
        with pytest.raises((TypeError, ValueError), match="step"):
            contraction_rate([1.0], step)
        with pytest.raises((TypeError, ValueError), match="relative_tolerance"):
            least_norm_solution(np.eye(2), np.ones(2), relative_tolerance=step)


@pytest.mark.parametrize("records", [[], [1, 1], [2, 1], [-1], [0.5], [5], 3, "12"])
def test_bad_records_are_refused(records):
    with pytest.raises((TypeError, ValueError), match="record_at"):
        gradient_descent(np.eye(2), np.ones(2), step=0.1, iterations=4, record_at=records)


@pytest.mark.parametrize("values", [[], [-1.0], [np.nan], [0.0, 0.0], "a"])
def test_bad_singular_values_are_refused(values):
    for function in (optimal_step, contraction_rate):
        with pytest.raises((TypeError, ValueError), match="singular_values"):
            function(values)
