"""Joint training by torch against the same loop in plain numpy, and the outcomes it must report."""

import numpy as np
import pytest
import torch
from bad_input import NOT_FINITE, NOT_NUMBERS, bad_counts, bad_points, bad_positive
from hypothesis import given, settings
from hypothesis import strategies as st

from twolayer.activations import relu
from twolayer.initialisation import gaussian, spherical
from twolayer.joint_training import MomentumSGD, train_jointly
from twolayer.network import squared_loss_gradient
from twolayer.parameters import Parameters

PROPERTY = settings(max_examples=40)


def small_problem(n=13, d=3, m=6, seed=0, deviation=1.0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return x, rng.standard_normal(n), spherical(rng, m, d, output_standard_deviation=deviation)


def order(seed):
    return torch.Generator().manual_seed(seed)


def train(epochs=3, learning_rate=0.1, seed=0, dtype=torch.float64, problem=None, record_at=None, **options):
    x, y, parameters = problem or small_problem()
    return train_jointly(
        x,
        y,
        parameters,
        MomentumSGD(learning_rate, **options),
        epochs=epochs,
        generator=order(seed),
        record_at=record_at,
        dtype=dtype,
    )


def numpy_reference(x, y, parameters, epochs, generator, learning_rate, batch, momentum, weight_decay, decay):
    """Do the same with the library's hand-written gradient and every formula of the optimiser spelt out."""
    a, w = parameters.a.copy(), parameters.w.copy()
    velocities = [np.zeros_like(a), np.zeros_like(w)]
    m = len(w)
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        permutation = torch.randperm(len(x), generator=generator).numpy()
        for start in range(0, len(x), batch):
            chosen = permutation[start : start + batch]
            here = Parameters(a, np.zeros(m), w, 0.0)
            gradient = squared_loss_gradient(here, x[chosen], y[chosen], relu(), alpha_out=m**-0.5)
            # The gradient is that of half the sum of squares; the loss is the mean of squares.
            for layer, part, v in zip((a, w), (gradient.a, gradient.w), velocities, strict=True):
                v *= momentum
                v += 2 / len(chosen) * part + weight_decay * layer
            a -= rate * velocities[0]
            w -= rate * velocities[1]
    return a, w


@pytest.mark.parametrize("epochs", [0, 1, 5])
def test_torch_does_what_the_formulas_say(epochs):
    x, y, parameters = small_problem()  # 13 points: the last batch of an epoch has three
    path = train(epochs, 0.2, seed=3, batch_size=5, momentum=0.7, weight_decay=0.01, decay=0.9)
    a, w = numpy_reference(x, y, parameters, epochs, order(3), 0.2, 5, 0.7, 0.01, 0.9)
    # Two float64 programs of fewer than twenty steps: rounding only.
    np.testing.assert_allclose(path.hidden_weights[0], a, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(path.output_weights[0], w, rtol=1e-12, atol=1e-14)
    residual = np.maximum(x @ a.T, 0) @ w / np.sqrt(6) - y
    assert path.mean_squared_errors[0] == pytest.approx(np.mean(residual**2), rel=1e-12)


def test_single_precision_stays_near_double_precision_over_a_few_epochs():
    single, double = train(5, dtype=torch.float32), train(5)
    # 15 steps with rounding 6e-8 each; a ReLU that switched would cost more than this.
    np.testing.assert_allclose(single.hidden_weights, double.hidden_weights, atol=1e-5)
    assert not np.array_equal(single.hidden_weights, double.hidden_weights)


def test_the_same_seed_gives_the_same_path_and_recording_changes_nothing():
    whole, ends = train(4, record_at=range(5)), train(4)
    np.testing.assert_array_equal(whole.epochs, range(5))
    np.testing.assert_array_equal(whole.hidden_weights[-1], ends.hidden_weights[0])
    assert not np.array_equal(train(4, seed=1).hidden_weights, ends.hidden_weights)


def test_the_global_generator_is_neither_read_nor_advanced():
    torch.manual_seed(5)
    first = train(2).hidden_weights
    torch.manual_seed(6)
    state = torch.get_rng_state()
    np.testing.assert_array_equal(train(2).hidden_weights, first)
    assert torch.equal(torch.get_rng_state(), state)


def test_with_zero_output_weights_the_first_step_moves_the_last_layer_only():
    x, y, parameters = small_problem(deviation=0.0)
    path = train_jointly(
        x, y, parameters, MomentumSGD(0.1, 13), epochs=1, generator=order(0), dtype=torch.float64
    )
    # One batch of all points: the gradient in the hidden layer carries a factor w = 0, up to weight decay.
    np.testing.assert_allclose(path.hidden_weights[0], parameters.a * (1 - 1e-6), rtol=1e-12)
    expected = 0.2 / 13 * np.maximum(x @ parameters.a.T, 0).T @ y / np.sqrt(6)
    np.testing.assert_allclose(path.output_weights[0], expected, rtol=1e-12)


def test_divergence_is_an_outcome_and_nothing_is_recorded_from_there_on():
    path = train(50, learning_rate=1e3, record_at=range(51))
    assert path.diverged_at is not None
    assert len(path.epochs) == path.diverged_at
    assert np.isfinite(path.hidden_weights).all()
    assert np.isfinite(path.mean_squared_errors).all()


def test_divergence_before_the_first_record_leaves_empty_arrays_of_the_right_shape():
    path = train(50, learning_rate=1e3, record_at=[50])
    assert path.epochs.shape == path.mean_squared_errors.shape == (0,)
    assert path.hidden_weights.shape == (0, 6, 3)
    assert path.output_weights.shape == (0, 6)


@PROPERTY
@given(x=bad_points())
def test_bad_points_are_refused(x):
    with pytest.raises((TypeError, ValueError)):
        train_jointly(x, [0.0], small_problem()[2], MomentumSGD(0.1), epochs=1, generator=order(0))


@PROPERTY
@given(epochs=bad_counts(0))
def test_bad_numbers_of_epochs_are_refused(epochs):
    with pytest.raises((TypeError, ValueError), match="epochs"):
        train(epochs)


@PROPERTY
@given(
    name=st.sampled_from(["learning_rate", "batch_size", "momentum", "weight_decay", "decay"]),
    value=NOT_NUMBERS | NOT_FINITE | st.floats(-1e6, -1e-6),
)
def test_bad_settings_are_refused(name, value):
    with pytest.raises((TypeError, ValueError), match=name):
        MomentumSGD(**{"learning_rate": 0.1, name: value})


@PROPERTY
@given(rate=bad_positive())
def test_a_learning_rate_must_be_positive(rate):
    with pytest.raises((TypeError, ValueError), match="learning_rate"):
        MomentumSGD(rate)


@pytest.mark.parametrize(("name", "value"), [("momentum", 1.0), ("decay", 0.0), ("decay", 1.5)])
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        MomentumSGD(0.1, **{name: value})


def test_networks_that_the_paper_does_not_have_are_refused():
    x, y, parameters = small_problem()
    biased = Parameters(parameters.a, np.ones(6), parameters.w, 0.0)
    ensemble = gaussian(np.random.default_rng(0), 6, 3, (2,))
    other = spherical(np.random.default_rng(0), 6, 4)
    for network, message in ((biased, "biases"), (ensemble, "ensemble"), (other, "dimension 4")):
        with pytest.raises(ValueError, match=message):
            train(problem=(x, y, network))
    with pytest.raises(TypeError, match="Parameters"):
        train(problem=(x, y, parameters.a))


def test_seeds_and_bare_numbers_are_refused_in_place_of_generators_and_settings():
    x, y, parameters = small_problem()
    with pytest.raises(TypeError, match="generator"):
        train_jointly(x, y, parameters, MomentumSGD(0.1), epochs=1, generator=0)
    with pytest.raises(TypeError, match="settings"):
        train_jointly(x, y, parameters, 0.1, epochs=1, generator=order(0))
    with pytest.raises(ValueError, match="epoch 9"):
        train(3, record_at=[1, 9])
