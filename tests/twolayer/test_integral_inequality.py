"""Lemma 10: the bound, the largest solution, and where the lemma fails."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from twolayer.integral_inequality import IntegralInequality

POSITIVE = st.floats(1e-3, 3)
TIMES = np.linspace(0, 2, 41)


@given(st.floats(-3, 3), POSITIVE, POSITIVE, POSITIVE)
def test_the_largest_solution_is_below_the_bound(alpha, beta, gamma, start):
    case = IntegralInequality(alpha, beta, gamma, start)
    assert case.rate**2 == pytest.approx(alpha * case.rate + beta, rel=1e-9)
    assert (case.largest(TIMES) <= case.bound(TIMES) * (1 + 1e-12)).all()
    assert case.bound(0.0) == start
    assert case.largest(0.0) == pytest.approx(start)


@given(st.floats(-2, 2), st.floats(0.01, 2), st.floats(0, 2), st.floats(-1, 1))
@settings(max_examples=25)
def test_the_largest_solution_solves_the_equation(alpha, beta, gamma, start):
    case = IntegralInequality(alpha, beta, gamma, start)
    direct = solve_ivp(
        lambda _, v: [alpha * v[0] + beta * v[1] + gamma, v[0]],
        (0, 2),
        [start, 0.0],
        t_eval=TIMES,
        rtol=1e-10,
        atol=1e-12,
    )
    np.testing.assert_allclose(case.largest(TIMES), direct.y[0], rtol=1e-7, atol=1e-8)


@given(st.integers(0, 10**6), st.floats(-2, 2), POSITIVE, st.floats(0, 2))
@settings(max_examples=30)
def test_whoever_obeys_the_inequality_stays_below(seed, alpha, beta, gamma):
    rng = np.random.default_rng(seed)
    f, integral, step, values = 0.5, 0.0, 1e-3, []
    case = IntegralInequality(alpha, beta, gamma, f)
    for _ in range(2000):
        values.append(f)
        slope = alpha * f + beta * integral + gamma - rng.exponential(2.0)
        integral += step * f
        f += step * slope
    times = step * np.arange(2000)
    # Euler's method, whose error of 1e-3 per unit time and exponent is all that may be missing.
    assert (np.array(values) <= case.largest(times) + 0.02 * np.exp(case.rate * times)).all()


def test_attained_without_the_integral_and_never_tight_with_it():
    plain = IntegralInequality(0.7, 0.0, 0.3, 1.0)
    np.testing.assert_allclose(plain.largest(TIMES), plain.bound(TIMES), rtol=1e-14)
    case = IntegralInequality(0.5, 2.0, 0.0, 1.0)
    share = case.rate / (case.rate + case.decay)
    assert case.largest(30.0) / case.bound(30.0) == pytest.approx(share, rel=1e-12)
    assert (case.largest(TIMES[1:]) < case.bound(TIMES[1:])).all()


def test_a_negative_start_breaks_the_lemma():
    case = IntegralInequality(0.5, 2.0, 0.0, -1.0)
    assert case.largest(1.0) > -np.exp(case.rate)
    with pytest.raises(ValueError, match=r"f\(0\) >= 0"):
        case.bound(1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, -0.1, 0.0, 1.0), "beta and gamma"),
        ((1.0, 0.1, -1.0, 1.0), "beta and gamma"),
        ((0.0, 0.0, 1.0, 1.0), "beta must be positive"),
        ((-2.0, 0.0, 1.0, 1.0), "beta must be positive"),
        ((np.nan, 1.0, 1.0, 1.0), "alpha"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        IntegralInequality(*arguments)


def test_other_bad_input():
    with pytest.raises(TypeError, match="start"):
        IntegralInequality(1.0, 1.0, 1.0, "one")
    with pytest.raises(ValueError, match="time must be >= 0"):
        IntegralInequality(1.0, 1.0, 1.0, 1.0).largest([-1.0])
    with pytest.raises(ValueError, match="700 / rate"):
        IntegralInequality(1.0, 1.0, 0.0, 0.0).bound(1e4)


def test_numbers_of_any_size():
    assert IntegralInequality(1e200, 1.0, 1.0, 1.0).rate == pytest.approx(1e200)
    assert IntegralInequality(-1e200, 1.0, 1.0, 1.0).rate == pytest.approx(1e-200)
