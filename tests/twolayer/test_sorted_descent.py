"""Training on accumulated sums is training on the points: against the slow loop, through crossings."""

import numpy as np
import pytest

from twolayer.activations import leaky_relu, relu
from twolayer.example_distributions import cosine_distribution
from twolayer.half_sided_datasets import six_points
from twolayer.initialisation import he
from twolayer.line_descent import descent_on_line
from twolayer.network import squared_loss
from twolayer.sorted_descent import train_sorted

RECORDED = [0, 1, 10, 100, 1000]


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
@pytest.mark.parametrize(("m", "step"), [(8, 0.05), (16, 0.1), (64, 0.01)])
def test_it_is_the_slow_loop(leak, m, step):
    x, y = cosine_distribution().sample(np.random.default_rng(1), 300)
    start = he(np.random.default_rng([3, m]), m, 1)
    fast = train_sorted(start, x, y, step=step, record_at=RECORDED, leak=leak)
    slow = descent_on_line(start, x, y, step=step, record_at=RECORDED, leak=leak)
    # Two orders of summation over 300 points and 1000 steps; kinks do cross in some of these runs.
    np.testing.assert_allclose(fast.losses, slow.losses, atol=1e-12)
    for name in ("a", "b", "w", "c"):
        np.testing.assert_allclose(
            getattr(fast.parameters, name), getattr(slow.parameters, name)[-1], atol=1e-10
        )
    assert fast.crossed <= (slow.largest_kink >= np.abs(x).min())


def test_crossings_occur_in_these_checks():
    x, y = cosine_distribution().sample(np.random.default_rng(1), 300)
    run = train_sorted(he(np.random.default_rng([3, 16]), 16, 1), x, y, step=0.1, record_at=[1000])
    assert 0 <= run.first_crossing <= 1000
    short = train_sorted(
        he(np.random.default_rng([3, 16]), 16, 1), x, y, step=0.1, record_at=[int(run.first_crossing) - 1]
    )
    assert short.first_crossing == -1


def test_the_first_crossing_is_the_first_kink_beyond_a_point():
    data = six_points()
    start = he(np.random.default_rng(11), 16, 1, (40,))
    fast = train_sorted(start, data.x, data.y, step=0.03, record_at=[3000])
    for t in np.flatnonzero(fast.crossed)[:3]:
        alone = type(start)(start.a[t], start.b[t], start.w[t], start.c[t])
        first = int(fast.first_crossing[t])
        path = descent_on_line(alone, data.x, data.y, step=0.03, record_at=[first - 1, first])
        assert np.abs(path.kinks[0]).max() < 1.0 < np.abs(path.kinks[1]).max()


def test_weights_stand_for_repeated_points_and_threads_change_nothing():
    x, y = np.array([-2.0, -1.0, 1.0, 3.0]), np.array([1.0, -1.0, 2.0, 0.5])
    times = np.array([1, 3, 2, 4])
    start = he(np.random.default_rng(5), 12, 1, (3,))
    weighted = train_sorted(
        start, x, y, step=0.02, record_at=[500], point_weights=times / times.sum(), threads=3
    )
    repeated = train_sorted(start, np.repeat(x, times), np.repeat(y, times), step=0.02, record_at=[500])
    np.testing.assert_allclose(weighted.losses, repeated.losses, rtol=1e-10)
    alone = train_sorted(start, x, y, step=0.02, record_at=[500], point_weights=times / times.sum())
    np.testing.assert_array_equal(weighted.losses, alone.losses)


@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_the_loss_is_that_of_the_network(leak):
    x, y = cosine_distribution().sample(np.random.default_rng(2), 40)
    start = he(np.random.default_rng(6), 20, 1)
    run = train_sorted(start, x, y, step=0.02, record_at=[200], leak=leak)
    activation = leaky_relu(leak) if leak else relu()
    loss = squared_loss(run.parameters, x[:, None], y, activation, point_weights=np.full(40, 1 / 40))
    assert run.losses[0] == pytest.approx(float(loss), abs=1e-13)


def test_neurons_without_a_kink_are_allowed():
    start = he(np.random.default_rng(7), 4, 1)
    start.a[0, 0], start.b[0] = 0.0, 1.0
    x, y = np.array([-1.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0])
    fast = train_sorted(start, x, y, step=0.05, record_at=[0, 1])
    slow = [squared_loss(start, x[:, None], y, relu(), point_weights=np.full(3, 1 / 3))]
    assert fast.losses[0] == pytest.approx(float(slow[0]), rel=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [0.0, 1.0, 2.0]}, "none of them zero"),
        ({"y": [1.0, 2.0]}, "one label"),
        ({"step": 0.0}, "step must be > 0"),
        ({"step": 50.0, "record_at": [2000]}, "diverged"),
        ({"record_at": [5, 5]}, "increasing"),
        ({"record_at": []}, "increasing"),
        ({"point_weights": [1.0, -1.0, 1.0]}, "negative"),
        ({"threads": 0}, "threads"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_bad_input_is_refused(change, message):
    arguments = {"x": [-1.0, 1.0, 2.0], "y": [1.0, 0.0, 2.0], "step": 0.01, "record_at": [10]} | change
    with pytest.raises(ValueError, match=message):
        train_sorted(he(np.random.default_rng(0), 5, 1), arguments.pop("x"), arguments.pop("y"), **arguments)


def test_planar_networks_and_other_things_are_refused():
    with pytest.raises(ValueError, match="scalar inputs"):
        train_sorted(he(np.random.default_rng(0), 5, 2), [1.0], [1.0], step=0.1, record_at=[1])
    with pytest.raises(TypeError, match="Parameters"):
        train_sorted(None, [1.0], [1.0], step=0.1, record_at=[1])
