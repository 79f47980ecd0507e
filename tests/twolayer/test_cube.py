"""The four eigenvalues of a kernel on the cube: against a plain eigenvalue solver, and for kernels that must vanish."""

import numpy as np
import pytest

from twolayer.cube import CUBE_INNER_PRODUCTS, CUBE_MULTIPLICITIES, cube_characters, cube_spectrum
from twolayer.datasets import cube_null_vector, cube_vertices
from twolayer.kernels import arccosine_kernel


@pytest.mark.parametrize("kernel", [np.exp, np.tanh, np.sin, arccosine_kernel, lambda t: t**3 - 0.2 * t])
def test_the_spectrum_is_that_of_the_matrix(kernel):
    x = cube_vertices()
    gram = kernel(np.clip(x @ x.T, -1, 1))
    slow = np.linalg.eigvalsh(gram)
    fast = np.sort(np.repeat(cube_spectrum(kernel), CUBE_MULTIPLICITIES))
    # The arc cosine turns the rounding of an inner product near 1 into its square root, hence 1e-7 for that one.
    np.testing.assert_allclose(fast, slow, atol=1e-7 if kernel is arccosine_kernel else 1e-14)


def test_characters_are_orthogonal_eigenvectors_and_the_last_is_the_null_vector():
    u = cube_characters()
    np.testing.assert_array_equal(u.T @ u, 8 * np.eye(8))
    np.testing.assert_array_equal(u[:, 7], cube_null_vector())
    x = cube_vertices()
    eigenvalues = np.repeat(cube_spectrum(np.exp), CUBE_MULTIPLICITIES)
    np.testing.assert_allclose(np.exp(x @ x.T) @ u, u * eigenvalues, atol=1e-13)


@pytest.mark.parametrize("kernel", [np.cosh, np.abs, lambda t: 3 * t**2 - t + 2, lambda t: t**4 + 7 * t])
def test_third_difference_vanishes_for_even_plus_linear(kernel):
    assert abs(cube_spectrum(kernel)[3]) <= 1e-14


def test_third_difference_of_a_cube_is_six_steps_cubed():
    assert cube_spectrum(lambda t: t**3)[3] == pytest.approx(6 * (2 / 3) ** 3, rel=1e-14)


def test_inner_products_are_those_of_the_first_vertex():
    x = cube_vertices()
    np.testing.assert_allclose(
        np.sort(x @ x[0]), np.sort(np.repeat(CUBE_INNER_PRODUCTS, CUBE_MULTIPLICITIES))
    )


@pytest.mark.parametrize("kernel", ["relu", None, lambda t: t[:2], lambda t: t * np.nan])
def test_bad_kernels_are_refused(kernel):
    with pytest.raises((TypeError, ValueError), match="activation"):
        cube_spectrum(kernel)
