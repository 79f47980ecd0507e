"""Choices of the derivative at zero, and escape times: theory against runs."""

import numpy as np
import pytest

from studies.incremental import escape_times, kink_choices
from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.jump_offsets import jump_offsets
from twolayer.jump_process import least_squared_norm
from twolayer.log_scaled_descent import orthogonal_descent


def test_choice_zero_is_the_descent_of_the_library():
    instance = mixed_instance()
    hidden, output = 0.3 * instance.directions, 0.3 * instance.signs
    _, z, a = kink_choices.descend_with(0.0, hidden, output, instance.y, rate=0.3, epochs=200, keep=200)
    path = orthogonal_descent(hidden, output, instance.y, rate=0.3, epochs=200, stop_loss=1e-300)
    np.testing.assert_allclose(a[-1] @ np.maximum(z[-1], 0.0), path.outputs, atol=1e-13)


def test_without_zeros_the_choice_does_not_matter():
    instance = mixed_instance(3)
    start = 0.2 * instance.directions, 0.2 * instance.signs, instance.y
    ends = [kink_choices.descend_with(xi, *start, rate=0.3, epochs=300)[1][-1] for xi in (0.0, 0.5, 1.0)]
    assert (ends[0] == ends[1]).all()
    assert (ends[0] == ends[2]).all()


def test_the_flow_pushes_up_only_what_it_has_lost():
    instance = mixed_instance()
    lost, pushed = kink_choices.pushed_up_again(instance, -15.0, np.linspace(1.0, 180.0, 120))
    wrong = instance.active & (instance.signs[:, None] * instance.y < 0)
    assert (lost == wrong).all()
    assert pushed.any()
    assert (lost | ~pushed).all()
    before = kink_choices.pushed_up_again(instance, -15.0, np.linspace(1.0, 40.0, 40))
    assert not before[1].any()  # before the first jump no residual has changed its sign


@pytest.mark.parametrize("xi", [0.5, 1.0])
def test_pushed_down_the_coordinate_moves_by_one_step_and_stays(xi):
    rate, label = 0.07, -1.3
    times, z, _ = kink_choices.descend_with(xi, [[0.1, 0.0]], [0.1], [1.0, label], rate=rate, epochs=50)
    assert times[-1] == pytest.approx(50 * rate)
    np.testing.assert_allclose(z[1:, 0, 1], rate * xi * 0.1 * label / 2, rtol=1e-14)


def test_pushed_up_zero_stays_and_others_leave():
    table = kink_choices.one_neuron_at_zero(0.8, {"0": 0.0, "1": 1.0, "late": lambda t: float(t >= 5)})
    last = table.groupby("choice").last()
    # The uncovered point costs 0.8^2 / 4; the others interpolate with squared norm (1 + 0.64)^(1/2) of either layer.
    assert last.loc["0", "z_2"] == 0
    assert last.loc["0", "loss"] == pytest.approx(0.16, abs=1e-6)
    for name in ("1", "late"):
        assert last.loc[name, "loss"] < 1e-10
    assert last.loc["1", "z_2"] == pytest.approx(0.8 / 1.64**0.25, rel=1e-3)


def test_a_clipped_start_reaches_the_least_norm_unless_the_choice_is_zero():
    table = kink_choices.clipped_start(mixed_instance(), (0.0, 1.0), epochs=8000).set_index("choice")
    assert table["loss"].max() < 1e-20
    # All neurons of a sign then have the same points: two jumps. The rest of their misalignment is below 1e-6.
    assert table.loc[1.0, "ratio"] == pytest.approx(1.0, abs=1e-6)
    assert table.loc[0.0, "ratio"] > 1.3
    y = mixed_instance().y
    assert table.loc[1.0, "squared norm"] == pytest.approx(least_squared_norm(y), rel=1e-6)


def test_limit_gradients_are_the_vertices_and_fewer_for_repeated_inputs():
    rng = np.random.default_rng(0)
    found = kink_choices.limit_gradients(np.eye(3), np.zeros((1, 3)), [1.0], [1.0, -2.0, 3.0], rng)
    wanted = {(-a / 3, 2 * b / 3, -c) for a in (0, 1) for b in (0, 1) for c in (0, 1)}
    np.testing.assert_allclose(sorted(wanted), found, atol=1e-6)
    again = kink_choices.limit_gradients([[1, 0], [1, 0]], [[0, 0]], [1.0], [1.0, -1.0], rng)
    assert again.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_the_formula_of_the_offset_is_the_general_one_and_the_measured_one(seed):
    instance = positive_instance(seed, 16, 5)
    formula = escape_times.offset_formula(instance)
    general = jump_offsets(instance.directions, instance.signs, instance.y).offsets[0]
    assert formula == pytest.approx(general, rel=1e-12)
    table = escape_times.escapes(instance, (100, 200))
    # Other neurons are smaller by exp(-L gap) at the jump, here below 1e-4.
    np.testing.assert_allclose(table["offset"], formula, atol=1e-3)
    assert (table["lower"] <= table["escape"]).all()
    assert (table["escape"] <= table["upper"]).all()


def test_the_reference_offset():
    # Printed to two digits in the record of the reference instance.
    assert escape_times.offset_formula(positive_instance(0)) == pytest.approx(12.7162, abs=6e-5)


def test_the_hessian_has_the_spectrum_of_the_blocks_and_the_opposite_sign():
    instance = positive_instance(38, 4, 3)
    rates = escape_times.linear_part(instance)[1]
    values = np.linalg.eigvalsh(escape_times.hessian(instance))
    # Differences at size 1e-4: the residuals differ from the labels by 1e-8.
    np.testing.assert_allclose(np.sort(np.abs(values))[-6:], np.sort(np.repeat(rates, 2)), atol=1e-6)
    growth = escape_times.growth_by_eigenspace(instance, 30.0)
    assert growth["negative"] > 0 > growth["positive"]
