"""Khatri-Rao products: against scipy, the inequalities as properties, refusals."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from twolayer.khatri_rao import PAIRS, khatri_rao, norm_inequalities, smallest_singular_value


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**31))
def test_product_and_inequalities_on_random_matrices(S, n, m, seed):
    rng = np.random.default_rng(seed)
    a, x, z = rng.standard_normal((S, m)), rng.standard_normal((n, m)), rng.standard_normal(S)
    np.testing.assert_array_equal(khatri_rao(a, x), scipy.linalg.khatri_rao(a, x))
    sides = norm_inequalities(a, x, z)
    assert tuple(sides) == PAIRS
    assert all(small <= large * (1 + 1e-9) + 1e-12 for small, large in sides.values())


def test_the_derivative_of_the_outputs_is_a_product():
    rng = np.random.default_rng(0)
    x, w, z = rng.standard_normal((3, 7)), rng.standard_normal((4, 3)), rng.standard_normal(4)
    jacobian = khatri_rao(z[:, None] * (w @ x > 0), x)
    step = 1e-6 * rng.standard_normal((4, 3))
    change = np.maximum((w + step) @ x, 0).T @ z - np.maximum(w @ x, 0).T @ z
    np.testing.assert_allclose(change, jacobian.T @ step.ravel(), atol=1e-15)


def test_smallest_singular_value_is_that_of_the_definition():
    assert smallest_singular_value(np.ones((2, 3))) == 0.0
    assert smallest_singular_value(np.diag([3.0, 2.0])) == pytest.approx(2.0)
    assert smallest_singular_value([[3.0], [4.0]]) == pytest.approx(5.0)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="equally many columns"):
        khatri_rao(np.ones((2, 3)), np.ones((2, 4)))
    with pytest.raises(ValueError, match="NaN or infinite"):
        khatri_rao(np.ones((2, 3)), np.full((2, 3), np.nan))
    with pytest.raises(ValueError, match=r"z must have shape \(2,\)"):
        norm_inequalities(np.ones((2, 3)), np.ones((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match="matrix must have two axes"):
        smallest_singular_value(np.ones(3))
