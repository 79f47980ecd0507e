import numpy as np
import pytest
import torch

from twolayer.activations import leaky_relu
from twolayer.descent import gradient_descent
from twolayer.example_distributions import cosine_distribution
from twolayer.initialisation import he
from twolayer.line_descent import adam_on_line, descent_on_line
from twolayer.parameters import Parameters


@pytest.fixture
def problem():
    x, y = cosine_distribution().sample(np.random.default_rng([0, 1]), 30)
    start = he(np.random.default_rng([0, 2]), 8, 1)
    biased = Parameters(start.a, np.linspace(-0.5, 0.5, 8), start.w, 0.2)
    return x, y, biased


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_agrees_with_the_generic_loop(problem, leak):
    x, y, start = problem
    weights = np.random.default_rng(3).dirichlet(np.ones(30))
    record = [0, 1, 50, 300]
    fast = descent_on_line(start, x, y, step=0.05, record_at=record, leak=leak, point_weights=weights)
    slow, losses = gradient_descent(
        start, x[:, None], y, leaky_relu(leak), step_size=0.05, record_at=record, point_weights=weights
    )
    # 300 steps of a contracting map: rounding of sums of 30 terms, not amplified.
    np.testing.assert_allclose(fast.parameters.vector(), slow.vector(), atol=1e-12)
    np.testing.assert_allclose(fast.losses, losses, rtol=1e-12)


def test_loss_is_half_the_mean_square(problem):
    x, y, start = problem
    path = descent_on_line(start, x, y, step=0.01, record_at=[0])
    f = 0.2 + (np.maximum(x[:, None] * start.a[:, 0] + start.b, 0) * start.w).sum(axis=1)
    np.testing.assert_allclose(path.losses, [0.5 * ((f - y) ** 2).mean()], rtol=1e-14)


def test_largest_kink_is_over_all_steps(problem):
    x, y, start = problem
    every = descent_on_line(start, x, y, step=0.05, record_at=range(101))
    ends = descent_on_line(start, x, y, step=0.05, record_at=[100])
    assert ends.largest_kink == every.largest_kink == np.abs(every.kinks).max()
    np.testing.assert_array_equal(ends.kinks[-1], every.kinks[-1])


@pytest.mark.parametrize("held", [0, 5])
def test_adam_agrees_with_torch(problem, held):
    x, y, start = problem
    kinks = np.linspace(-1, 1, 8)
    ours, loss = adam_on_line(start, x, y, rate=0.01, steps=40, kinks=kinks, held=held)
    tensors = [torch.tensor(v.copy(), requires_grad=True) for v in (start.a[:, 0], start.b, start.w, start.c)]
    a, b, w, c = tensors
    points, labels, places = torch.tensor(x), torch.tensor(y), torch.tensor(kinks)
    with torch.no_grad():
        b.copy_(-places * a)
    optimiser = torch.optim.Adam(tensors, lr=0.01)
    for k in range(40):
        f = c + (torch.relu(points[:, None] * a + b) * w).sum(dim=1)
        value = 0.5 * ((f - labels) ** 2).mean()
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        if k < held:
            with torch.no_grad():
                b.copy_(-places * a)
    theirs = np.concatenate([t.detach().numpy().ravel() for t in tensors])
    # Adam divides by the root of squared gradients, which magnifies rounding of small ones.
    np.testing.assert_allclose(ours.vector(), theirs, atol=1e-9)
    np.testing.assert_allclose(loss, value.item(), rtol=1e-9)


def test_gradient_is_that_of_automatic_differentiation(problem):
    x, y, start = problem
    path = descent_on_line(start, x, y, step=1.0, record_at=[0, 1])
    tensors = [torch.tensor(v.copy(), requires_grad=True) for v in (start.a[:, 0], start.b, start.w, start.c)]
    a, b, w, c = tensors
    f = c + (torch.relu(torch.tensor(x)[:, None] * a + b) * w).sum(dim=1)
    (0.5 * ((f - torch.tensor(y)) ** 2).mean()).backward()
    gradient = np.concatenate([t.grad.numpy().ravel() for t in tensors])
    first, second = path.parameters.vector()
    np.testing.assert_allclose(first - second, gradient, atol=1e-14)


def test_bad_input_is_refused(problem):
    x, y, start = problem
    with pytest.raises(ValueError, match="greater than zero"):
        descent_on_line(start, x, y, step=0.0, record_at=[1])
    with pytest.raises(ValueError, match="increasing"):
        descent_on_line(start, x, y, step=0.1, record_at=[2, 1])
    with pytest.raises(ValueError, match="increasing"):
        gradient_descent(start, x[:, None], y, leaky_relu(0.0), step_size=0.1, record_at=[])
    with pytest.raises(ValueError, match="smaller step"):
        descent_on_line(start, x, y, step=1e4, record_at=[200])
    with pytest.raises(ValueError, match=r"diverged.*smaller step"):
        gradient_descent(start, x[:, None], y, leaky_relu(0.0), step_size=1e4, record_at=[200])
    with pytest.raises(ValueError, match="scalar inputs"):
        descent_on_line(he(np.random.default_rng(0), 4, 2), x, y, step=0.1, record_at=[1])
    with pytest.raises(ValueError, match="line"):
        descent_on_line(start, x[:, None], y, step=0.1, record_at=[1])
    with pytest.raises(ValueError, match="not be negative"):
        descent_on_line(start, x, y, step=0.1, record_at=[1], point_weights=-np.ones(30))
    with pytest.raises(TypeError, match="Parameters"):
        descent_on_line(x, x, y, step=0.1, record_at=[1])
    with pytest.raises(ValueError, match="no kinks"):
        adam_on_line(start, x, y, rate=0.1, steps=3, held=2)
