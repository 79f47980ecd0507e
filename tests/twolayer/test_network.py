"""The hand-written gradients and Jacobian against autograd, finite differences, and one network at a time."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twolayer.activations import gelu, leaky_relu, relu, softplus, swish, tanh, wendland
from twolayer.network import (
    feature_matrix,
    jacobian,
    network,
    squared_loss,
    squared_loss_and_gradient,
    squared_loss_gradient,
)
from twolayer.parameters import Parameters, parameters_from_vector

N, M, D = 7, 5, 3
ALPHA_IN, ALPHA_OUT = 0.7, 1.3

SMOOTH = [swish(), tanh(), softplus(), gelu(), wendland(2, D)]
TORCH = [
    (relu(), torch.relu),
    (leaky_relu(0.2), lambda z: torch.nn.functional.leaky_relu(z, 0.2)),
    (swish(), torch.nn.functional.silu),
    (tanh(), torch.tanh),
    (softplus(), torch.nn.functional.softplus),
    (gelu(), torch.nn.functional.gelu),
]


def draw(seed, ensemble=(), small=False):
    """Draw parameters, points and labels; small ones keep the pre-activations within [-1, 1]."""
    rng = np.random.default_rng(seed)
    size = 0.1 if small else 1.0
    parameters = Parameters(
        size * rng.normal(size=(*ensemble, M, D)),
        size * rng.normal(size=(*ensemble, M)),
        rng.normal(size=(*ensemble, M)),
        rng.normal(size=ensemble),
    )
    return parameters, rng.normal(size=(N, D)) * (0.5 if small else 1.0), rng.normal(size=N)


def torch_network(parameters, x, function):
    a, b, w, c = parameters
    z = ALPHA_IN * x @ a.transpose(-1, -2) + b[..., None, :]
    return c[..., None] + ALPHA_OUT * (function(z) * w[..., None, :]).sum(-1)


@pytest.mark.parametrize("ensemble", [(), (4,), (2, 3)])
@pytest.mark.parametrize(("activation", "function"), TORCH, ids=lambda v: getattr(v, "name", ""))
def test_gradient_and_jacobian_agree_with_autograd(activation, function, ensemble):
    parameters, x, y = draw(3, ensemble)
    tensors = [torch.tensor(getattr(parameters, k), requires_grad=True) for k in "abwc"]
    outputs = torch_network(tensors, torch.tensor(x), function)
    np.testing.assert_allclose(
        network(parameters, x, activation, ALPHA_IN, ALPHA_OUT),
        outputs.detach().numpy(),
        rtol=1e-12,
        atol=1e-12,
    )
    # Summing over the ensemble before differentiating leaves each network its own gradient.
    loss = ((outputs - torch.tensor(y)) ** 2).sum() / 2
    expected = torch.autograd.grad(loss, tensors, retain_graph=True)
    gradient = squared_loss_gradient(parameters, x, y, activation, ALPHA_IN, ALPHA_OUT)
    for name, value in zip("abwc", expected, strict=True):
        np.testing.assert_allclose(getattr(gradient, name), value.numpy(), rtol=1e-11, atol=1e-11)
    derivatives = jacobian(parameters, x, activation, ALPHA_IN, ALPHA_OUT)
    for j in range(N):
        expected = torch.autograd.grad(outputs[..., j].sum(), tensors, retain_graph=True)
        for name, value in zip("abwc", expected, strict=True):
            axis = len(ensemble)
            actual = np.take(getattr(derivatives, name), j, axis=axis)
            np.testing.assert_allclose(actual, value.numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("activation", SMOOTH, ids=lambda v: v.name)
def test_jacobian_agrees_with_central_differences(activation):
    parameters, x, _ = draw(5, small=True)
    vector = parameters.vector()
    h = 1e-6
    columns = []
    for k in range(vector.size):
        step = h * (np.arange(vector.size) == k)
        plus, minus = (
            network(parameters_from_vector(vector + s, M, D), x, activation, ALPHA_IN, ALPHA_OUT)
            for s in (step, -step)
        )
        columns.append((plus - minus) / (2 * h))
    matrix = jacobian(parameters, x, activation, ALPHA_IN, ALPHA_OUT).vector()
    # h^2 times the third derivative, and rounding 1e-16 / h = 1e-10 times the size of f.
    np.testing.assert_allclose(matrix, np.array(columns).T, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("activation", SMOOTH, ids=lambda v: v.name)
def test_gradient_is_the_jacobian_applied_to_the_weighted_residual(activation):
    parameters, x, y = draw(6, (2,), small=True)
    p = np.arange(N) / 3.0
    y = np.stack([y, -y])  # labels of its own for each network
    loss, gradient = squared_loss_and_gradient(parameters, x, y, activation, point_weights=p)
    errors = network(parameters, x, activation) - y
    np.testing.assert_allclose(loss, (p * errors**2).sum(-1) / 2, rtol=1e-13)
    np.testing.assert_array_equal(squared_loss(parameters, x, y, activation, point_weights=p).shape, (2,))
    np.testing.assert_allclose(squared_loss(parameters, x, y, activation, point_weights=p), loss, rtol=1e-13)
    expected = np.einsum("en,enk->ek", p * errors, jacobian(parameters, x, activation).vector())
    np.testing.assert_allclose(gradient.vector(), expected, rtol=1e-12, atol=1e-12)


def test_an_ensemble_is_its_networks_one_by_one():
    parameters, x, y = draw(7, (2, 3))
    together = squared_loss_gradient(parameters, x, y, relu()).vector()
    for index in np.ndindex(2, 3):
        alone = Parameters(*(getattr(parameters, k)[index] for k in "abwc"))
        np.testing.assert_allclose(
            squared_loss_gradient(alone, x, y, relu()).vector(), together[index], rtol=1e-12
        )
    slow = [
        parameters.c[1, 2]
        + sum(
            parameters.w[1, 2, i] * max(parameters.a[1, 2, i] @ point + parameters.b[1, 2, i], 0)
            for i in range(M)
        )
        for point in x
    ]
    np.testing.assert_allclose(network(parameters, x, relu())[1, 2], slow, rtol=1e-12)


def test_random_features_are_the_network_without_biases():
    parameters, x, _ = draw(8, (4,))
    z = feature_matrix(x, parameters.a, swish())
    assert z.shape == (4, N, M)
    bare = Parameters(parameters.a, 0 * parameters.b, parameters.w, 0 * parameters.c)
    expected = network(bare, x, swish(), alpha_out=M**-0.5)
    np.testing.assert_allclose((z @ parameters.w[..., None])[..., 0], expected, rtol=1e-12)
    np.testing.assert_allclose(
        feature_matrix(x, parameters.a, swish(), scale=2.0), z * 2 * np.sqrt(M), rtol=1e-14
    )


def test_a_gradient_step_lowers_the_loss_at_the_predicted_rate():
    parameters, x, y = draw(9)
    loss, gradient = squared_loss_and_gradient(parameters, x, y, tanh())
    slope = gradient.vector() @ gradient.vector()
    steps = np.array([1e-4, 1e-5, 1e-6])
    drops = np.array([loss - squared_loss(parameters.plus(gradient, -s), x, y, tanh()) for s in steps])
    error = np.abs(drops / steps / slope - 1)
    assert np.all(error < 3e3 * steps)  # second order: the error is the step times the curvature
    assert error[2] < error[0] / 10


@given(st.integers(1, 4), st.integers(1, 4), hnp.array_shapes(min_dims=0, max_dims=2, max_side=3))
def test_vector_and_back_is_the_identity(m, d, ensemble):
    vector = np.random.default_rng(0).normal(size=(*ensemble, m * (d + 2) + 1))
    parameters = parameters_from_vector(vector, m, d)
    assert (parameters.ensemble, parameters.width, parameters.dimension) == (ensemble, m, d)
    np.testing.assert_array_equal(parameters.vector(), vector)
    with pytest.raises(ValueError, match="vector must have shape"):
        parameters_from_vector(vector, m, d + 1)


@settings(max_examples=60)
@given(st.sampled_from("abwc"), st.sampled_from([np.nan, np.inf, -np.inf]), st.integers(0, 10**6))
def test_parameters_refuse_what_is_not_finite(name, bad, place):
    fields = {k: np.ones(s) for k, s in {"a": (2, M, D), "b": (2, M), "w": (2, M), "c": (2,)}.items()}
    Parameters(**fields)
    fields[name].flat[place % fields[name].size] = bad
    with pytest.raises(ValueError, match=f"parameter {name} has 1 entries that are NaN"):
        Parameters(**fields)


@given(st.sampled_from("bwc"), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6))
def test_parameters_refuse_shapes_that_do_not_fit(name, shape):
    fields = {"a": np.ones((M, D)), "b": np.ones(M), "w": np.ones(M), "c": np.ones(())}
    right = fields[name].shape
    fields[name] = np.ones(shape)
    if shape == right:
        Parameters(**fields)
    else:
        with pytest.raises(ValueError, match=f"{name} must have shape"):
            Parameters(**fields)


@pytest.mark.parametrize("shape", [(3,), (), (0, 3), (3, 0)])
def test_parameters_refuse_no_neurons_and_no_inputs(shape):
    with pytest.raises(ValueError, match=r"a must have shape \(..., m, d\)"):
        Parameters(np.ones(shape), 1.0, 1.0, 1.0)


FUNCTIONS = [network, jacobian, squared_loss, squared_loss_gradient, squared_loss_and_gradient]


def call(function, parameters, x, y, activation, **options):
    labels = (y,) if "loss" in function.__name__ else ()
    return function(parameters, x, *labels, activation, **options)


@given(
    st.sampled_from(FUNCTIONS), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4), st.data()
)
def test_bad_points_scales_and_activations_are_named(function, shape, data):
    parameters, x, y = draw(1)
    if len(shape) != 2 or 0 in shape or shape[1] != D:
        with pytest.raises(ValueError, match="x "):
            call(function, parameters, np.ones(shape), y, relu())
    scale = data.draw(st.sampled_from(["alpha_in", "alpha_out"]))
    with pytest.raises(ValueError, match=f"{scale} must be finite"):
        call(function, parameters, x, y, relu(), **{scale: np.nan})
    with pytest.raises(TypeError, match=f"{scale} must be one real number"):
        call(function, parameters, x, y, relu(), **{scale: "1"})
    with pytest.raises(TypeError, match=r"as in relu\(\)"):
        call(function, parameters, x, y, relu)
    with pytest.raises(TypeError, match="parameters must be Parameters"):
        call(function, parameters.a, x, y, relu())


@given(hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=9))
def test_bad_labels_and_point_weights_are_named(shape):
    parameters, x, _ = draw(1)
    for function in (squared_loss, squared_loss_gradient):
        if shape != (N,):
            with pytest.raises(ValueError, match="y must have one label for each of the 7 points"):
                function(parameters, x, np.ones(shape), relu())
            with pytest.raises(ValueError, match="point_weights must be 7 numbers"):
                function(parameters, x, np.ones(N), relu(), point_weights=np.ones(shape))
        with pytest.raises(ValueError, match="point_weights must be 7 numbers"):
            function(parameters, x, np.ones(N), relu(), point_weights=-np.ones(N))
        with pytest.raises(ValueError, match="y has 7 entries that are NaN"):
            function(parameters, x, np.full(N, np.nan), relu())


def test_an_infinite_slope_is_refused_with_its_cause():
    x = np.eye(3)
    parameters = Parameters(np.eye(3), np.zeros(3), np.ones(3), 0.0)
    assert np.all(network(parameters, x, wendland(0, 3)) == 1.0)
    for function in (jacobian, squared_loss_gradient):
        with pytest.raises(ValueError, match="derivative of Wendland0 is infinite"):
            call(function, parameters, x, np.zeros(3), wendland(0, 3))


def test_plus_and_feature_matrix_refuse_misfits():
    parameters, x, _ = draw(1)
    with pytest.raises(TypeError, match="other must be Parameters"):
        parameters.plus(1.0)
    with pytest.raises(ValueError, match="shapes of a differ"):
        parameters.plus(draw(1, (2,))[0])
    with pytest.raises(ValueError, match="scale must be finite"):
        parameters.plus(parameters, np.inf)
    with pytest.raises(ValueError, match="NaN or infinite"):
        parameters.plus(parameters, 1e308).plus(parameters.plus(parameters, 1e308), 1e308)
    for a in (np.ones((4, 2)), np.ones(3), np.ones((0, 3))):
        with pytest.raises(ValueError, match=r"a must have shape \(..., m, 3\)"):
            feature_matrix(x, a, relu())
    with pytest.raises(TypeError, match="activation must be"):
        feature_matrix(x, parameters.a, np.abs)
    with pytest.raises(ValueError, match="Wendland0 is defined for"):
        feature_matrix(2 * x / np.linalg.norm(x, axis=1, keepdims=True), x, wendland(0, 3))
