"""The Landweber iteration in closed form against real iterations, exact arithmetic and brute force."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from bad_input import bad_points, bad_positive, bad_vectors
from hypothesis import example, given
from hypothesis import strategies as st

from twolayer.landweber import (
    filter_factors,
    iterations_to_tolerance,
    landweber_iterates,
    residual_bound,
    residual_curve,
)
from twolayer.least_squares import (
    gradient_descent,
    least_norm_solution,
    optimal_step,
    residual_gradient_descent,
)

BAD_STEPS = [-1, 0.5, np.nan, np.inf, 2.0**54, "a", [1, -1], True]


def problem(seed=0, n=30, m=80):
    rng = np.random.default_rng(seed)
    z, y = rng.standard_normal((n, m)), rng.standard_normal(n)
    u, s, _ = np.linalg.svd(z, full_matrices=False)
    return z, y, s, u.T @ y


@pytest.mark.parametrize("fraction", [0.3, 0.99, 1.884, "optimal"])
def test_closed_form_agrees_with_real_iterations(fraction):
    # Also beyond the hypothesis of Lemma A.6 (errata E9). Rounding of 2000 steps stays near 1e-14.
    z, y, s, coefficients = problem()
    step = float(optimal_step(s)) if fraction == "optimal" else fraction / s[0] ** 2
    records = [0, 1, 2, 3, 20, 21, 500, 2000]
    path = gradient_descent(z, y, step=step, iterations=2000, record_at=records)
    np.testing.assert_allclose(landweber_iterates(z, y, step, records), path.iterates, atol=1e-13)
    curve = residual_curve(s, coefficients, step, records)
    np.testing.assert_allclose(curve, path.residual_norms, atol=1e-12)


def test_closed_form_agrees_with_the_residual_recursion_for_many_steps():
    z, y, s, coefficients = problem(1, 20, 22)
    step = float(optimal_step(s))
    records = [10, 100, 1000, 10_000]
    path = residual_gradient_descent(z, y, step=step, iterations=10_000, record_at=records)
    # The Gram matrix is formed once: relative errors up to kappa times epsilon.
    np.testing.assert_allclose(
        residual_curve(s, coefficients, step, records), path.residual_norms, rtol=1e-7, atol=1e-12
    )


def test_divergent_steps_follow_the_formula_too():
    z, y, s, coefficients = problem(2, 4, 9)
    step = 2.5 / s[0] ** 2
    path = gradient_descent(z, y, step=step, iterations=41, record_at=[40, 41])
    np.testing.assert_allclose(
        residual_curve(s, coefficients, step, [40, 41]), path.residual_norms, rtol=1e-10
    )
    np.testing.assert_allclose(landweber_iterates(z, y, step, 41), path.iterates[1], rtol=1e-8, atol=1e-6)
    assert residual_curve(s, coefficients, step, 10**9) == np.inf


@given(st.floats(1e-12, 2.5), st.integers(0, 10**10))
@example(1.0, 0)
def test_powers_agree_with_exact_arithmetic(product, k):
    # Reference: 60 decimal digits. The square root in sigma = sqrt(product) is exact up to rounding, whose effect
    # on the power is k * eps * product / |1 - product|; errors beyond ten times that are ours.
    sigma = math.sqrt(product)
    squared = sigma**2
    with localcontext() as context:
        context.prec = 60
        base = 1 - Decimal(squared)
        logarithm = float(abs(base).ln() * k) if base else (-math.inf if k else 0.0)
        # Decimal leaves 0**0 undefined; no step at all changes nothing.
        factor = 0.0 if k == 0 else 1.0 if logarithm < 0 else None
        if k and abs(logarithm) < 200:
            factor = float(1 - base**k)
    if factor is None:
        return
    loss = 10 * np.finfo(float).eps * (1 + k * squared / max(abs(1 - squared), 1e-300))
    power = math.exp(logarithm)
    found = filter_factors(k, 1.0, [sigma])[0]
    assert abs(found - factor) <= loss * max(power, 1e-300) + 10 * np.finfo(float).eps * abs(factor)


def test_a_tiny_component_keeps_its_digits_at_ten_billion_steps():
    # eta sigma^2 = 1e-13 and k = 1e10: f = 1 - exp(-1e-3 (1 + 5e-14)). Rounding 1 - 1e-13 first costs 1e-3 of it.
    found = filter_factors(10**10, 1e-13, [1.0])[0]
    assert found == pytest.approx(-math.expm1(-1e-3), rel=1e-12)
    naive = 1 - (1 - 1e-13) ** (10**10)
    assert abs(naive / found - 1) > 1e-5


def test_start_end_and_one_step():
    s = [2.0, 1.0, 0.5, 0.0]
    np.testing.assert_array_equal(filter_factors(0, 0.3, s), 0)
    np.testing.assert_allclose(filter_factors(1, 0.3, s), 0.3 * np.square(s))
    np.testing.assert_allclose(filter_factors(2**53, 0.3, s), [1, 1, 1, 0])
    np.testing.assert_array_equal(filter_factors([0, 1, 5], 1.0, [1.0])[:, 0], [0, 1, 1])


def test_the_first_component_is_not_damped_by_the_optimal_step():
    s = np.array([1.0, 0.3, 1e-3])
    step = float(optimal_step(s))
    factors = filter_factors([20, 21], step, s)
    assert factors[0, 0] == pytest.approx(0, abs=1e-4)
    assert factors[1, 0] == pytest.approx(2, abs=1e-4)
    expected = 1 - (1 - 2 * s**2 / (s[0] ** 2 + s[-1] ** 2)) ** 20  # (4.3) of paper 001
    np.testing.assert_allclose(factors[0], expected, atol=1e-12)


def test_shapes_follow_the_iterations():
    z, y, s, coefficients = problem(3, 4, 6)
    assert filter_factors([[1, 2, 3]], 0.01, s).shape == (1, 3, 4)
    assert landweber_iterates(z, y, 0.01, [[1, 2, 3]]).shape == (1, 3, 6)
    assert landweber_iterates(z, y, 0.01, 5).shape == (6,)
    assert residual_curve(s, coefficients, 0.01, [[1, 2, 3]]).shape == (1, 3)
    assert residual_curve(s, coefficients, 0.01, 3).shape == ()


def test_the_limit_is_the_least_norm_solution():
    z, y, s, _ = problem(4, 8, 20)
    limit = landweber_iterates(z, y, float(optimal_step(s)), 10**6)
    np.testing.assert_allclose(limit, least_norm_solution(z, y).solution, atol=1e-12)


def test_unreachable_labels_leave_their_residual():
    assert residual_curve([1.0, 0.0], [1.0, 2.0], 0.5, 10**9) == 2
    assert iterations_to_tolerance([1.0, 0.0], [1.0, 2.0], 0.5, 0.1) == math.inf
    np.testing.assert_allclose(landweber_iterates(np.diag([1.0, 0.0]), [1, 2], 0.5, 100), [1, 0])


def test_the_printed_form_lacks_a_square():
    # Errata E11: without the square the sum can be negative, and it is wrong where it is not.
    assert residual_curve([1.0], [4.0], 0.5, 0, printed=True) == 2
    assert residual_curve([1.0], [4.0], 0.5, 0) == 4
    assert np.isnan(residual_curve([1.0], [-4.0], 0.5, 0, printed=True))


@given(
    st.lists(st.tuples(st.floats(0.1, 1.0), st.floats(-5, 5)), min_size=1, max_size=5),
    st.floats(0.05, 2.0),
    st.floats(0.01, 0.99),
)
def test_iterations_to_tolerance_is_the_first_step_below(pairs, step, tolerance):
    values, weights = np.array(pairs).T
    if not np.abs(weights).max() > 1e-3:
        return
    norms = residual_curve(values, weights, step, np.arange(5000))
    assert (np.diff(norms) <= 1e-12 * norms[0]).all()  # the residual never grows
    goal = tolerance * np.linalg.norm(weights)
    if np.abs(norms - goal).min() < 1e-9 * goal:
        return  # a tie within rounding: either step is right
    below = np.flatnonzero(norms <= goal)
    found = iterations_to_tolerance(values, weights, step, tolerance)
    assert found == below[0] if len(below) else found >= 5000


def test_astronomically_many_steps_are_counted():
    # One component with eta sigma^2 = 1e-10: log(1e-3)/log1p(-1e-10) steps.
    found = iterations_to_tolerance([1.0, 1e-5], [0.0, 1.0], 1.0, 1e-3)
    assert found == math.ceil(math.log(1e-3) / math.log1p(-1e-10))


def test_rounding_at_the_edge_of_stability_is_not_divergence():
    s = np.array([0.7, 0.3, 1e-12])
    step = float(optimal_step(s))
    assert residual_curve(s, [1.0, 0, 0], step, 2**53) == pytest.approx(1)
    # The second component shrinks by 1 - 2 (0.3/0.7)^2 = 0.63 in each step, the first only changes its sign.
    assert iterations_to_tolerance(s, [0.1, 1.0, 0.0], step, 0.5) == 2


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_of_lemma_4_2_holds_and_is_nearly_attained(seed):
    _, _, s, coefficients = problem(seed)
    steps = np.arange(2001)
    relative = residual_curve(s, coefficients, float(optimal_step(s)), steps) / np.linalg.norm(coefficients)
    bound = residual_bound(s, steps)
    assert (relative <= bound * (1 + 1e-9)).all()
    # Only the extreme components are left in the end, and they decay at exactly the rate of the bound.
    slope = np.polyfit(steps[1000:1500], np.log(relative[1000:1500]), 1)[0]
    assert slope == pytest.approx(np.log(bound[1]), rel=1e-6)


def test_bounds_of_simple_spectra():
    np.testing.assert_allclose(residual_bound([2.0, 1.0], [0, 1, 2]), [1, 0.6, 0.36])
    np.testing.assert_array_equal(residual_bound([1.0, 1.0], [0, 1]), [1, 0])
    np.testing.assert_array_equal(residual_bound([1.0, 0.0], [0, 10**9]), [1, 1])


@pytest.mark.parametrize("steps", BAD_STEPS)
def test_bad_numbers_of_steps_are_refused(steps):
    for call in (
        lambda: filter_factors(steps, 0.1, [1.0]),
        lambda: residual_curve([1.0], [1.0], 0.1, steps),
        lambda: landweber_iterates(np.eye(2), np.ones(2), 0.1, steps),
        lambda: residual_bound([1.0], steps),
    ):
        with pytest.raises((TypeError, ValueError), match="iterations"):
            call()


@given(bad_positive())
def test_bad_step_sizes_are_refused(step):
    for call in (
        lambda: filter_factors(3, step, [1.0]),
        lambda: residual_curve([1.0], [1.0], step, 3),
        lambda: landweber_iterates(np.eye(2), np.ones(2), step, 3),
        lambda: iterations_to_tolerance([1.0], [1.0], step, 0.1),
    ):
        with pytest.raises((TypeError, ValueError), match="step"):
            call()
    with pytest.raises((TypeError, ValueError), match="tolerance"):
        iterations_to_tolerance([1.0], [1.0], 0.1, step)


@given(bad_vectors(3))
def test_bad_coefficients_are_refused(coefficients):
    with pytest.raises((TypeError, ValueError), match="coefficients"):
        residual_curve(np.ones(3), coefficients, 0.1, 3)
    with pytest.raises((TypeError, ValueError), match="coefficients"):
        iterations_to_tolerance(np.ones(3), coefficients, 0.1, 0.1)
    with pytest.raises((TypeError, ValueError), match="y "):
        landweber_iterates(np.eye(3), coefficients, 0.1, 3)


@given(bad_points())
def test_bad_features_are_refused(z):
    with pytest.raises((TypeError, ValueError), match="z "):
        landweber_iterates(z, np.ones(3), 0.1, 3)


@pytest.mark.parametrize("values", [[], [-1.0], [np.nan], [[1.0]], "a"])
def test_bad_singular_values_are_refused(values):
    for call in (
        lambda: filter_factors(3, 0.1, values),
        lambda: residual_curve(values, [1.0], 0.1, 3),
        lambda: iterations_to_tolerance(values, [1.0], 0.1, 0.1),
        lambda: residual_bound(values, 3),
    ):
        with pytest.raises((TypeError, ValueError), match="singular_values"):
            call()


def test_questions_without_an_answer_are_refused():
    with pytest.raises(ValueError, match="diverges"):
        iterations_to_tolerance([1.0], [1.0], 2.5, 0.1)
    with pytest.raises(ValueError, match="below 1"):
        iterations_to_tolerance([1.0], [1.0], 0.5, 1.0)
    with pytest.raises(ValueError, match="all zero"):
        iterations_to_tolerance([1.0], [0.0], 0.5, 0.1)
    with pytest.raises(ValueError, match="all zero"):
        residual_bound([0.0], 1)
