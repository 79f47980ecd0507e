"""The tangent kernel of networks with biases on the line, against the library's Gram matrices and a wide network."""

import numpy as np
import pytest

from twolayer.activations import relu
from twolayer.interpolation import interpolating_network
from twolayer.kernels import relu_gram, relu_neural_tangent_gram
from twolayer.line_kernel import line_tangent_kernel
from twolayer.network import network

X = np.array([-3.0, -1.0, -0.2, 0.1, 0.5, 2.0, 7.0])


def test_it_is_the_sum_of_the_closed_forms_on_the_sphere():
    lifted = np.stack([X, np.ones_like(X)], axis=1)
    norms = np.linalg.norm(lifted, axis=1)
    unit = lifted / norms[:, None]
    expected = (
        np.outer(norms, norms) * 2 * (relu_gram(unit, weights="gaussian") + relu_neural_tangent_gram(unit))
    )
    np.testing.assert_allclose(line_tangent_kernel(X, X), expected, rtol=1e-12)


def test_it_is_positive_definite_even_for_opposite_points():
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    assert np.linalg.eigvalsh(line_tangent_kernel(x, x))[0] > 1e-3


def test_rectangular_and_symmetric():
    kernel = line_tangent_kernel(X, X[:3])
    assert kernel.shape == (7, 3)
    np.testing.assert_array_equal(kernel, line_tangent_kernel(X, X)[:, :3])


def test_bad_points_are_refused():
    with pytest.raises(ValueError, match="vectors"):
        line_tangent_kernel(X[:, None], X)
    with pytest.raises(ValueError, match="NaN"):
        line_tangent_kernel([np.nan], X)


@pytest.mark.parametrize("width", [None, 6, 20])
def test_the_polygon_goes_through_the_points(width):
    x, y = np.array([3.0, -1.0, 0.5, -2.0, 1.0]), np.array([1.0, -2.0, 0.0, 4.0, 4.0])
    polygon = interpolating_network(x, y, width)
    assert polygon.width == (width or 4)
    np.testing.assert_allclose(network(polygon, x[:, None], relu()), y, atol=1e-13)
    middle = network(polygon, np.array([[0.75]]), relu())
    assert middle[0] == pytest.approx(2.0, abs=1e-13)


@pytest.mark.parametrize(
    ("x", "y", "width", "message"),
    [
        ([1.0, 1.0], [0.0, 1.0], None, "distinct"),
        ([1.0], [0.0], None, "two distinct"),
        ([1.0, 2.0], [0.0], None, "one label"),
        ([1.0, 2.0, 3.0], [0.0, 1.0, 0.0], 1, "width"),
    ],
)
def test_no_polygon_from_bad_data(x, y, width, message):
    with pytest.raises(ValueError, match=message):
        interpolating_network(x, y, width)
