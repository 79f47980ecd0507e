"""The pieces of the limit process: closed forms, saddles, signs, twins; and errors off the jumps."""

import numpy as np
import pytest

from studies.incremental import activation_order, limit_errors, limit_process
from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.jump_process import jump_process
from twolayer.saddle_rates import saddle_rates


def test_the_small_instance_is_the_one_done_by_hand():
    instance = limit_process.small_instance()
    process = jump_process(instance.active, instance.signs, instance.y, factor=limit_process.SMALL_FACTOR)
    second = 0.2 + (1 - np.sqrt(20) / 5) / 2
    third = second + 1 - np.sqrt(14) / 5 - np.sqrt(5) * (second - 0.2)
    np.testing.assert_allclose(process.times, [0.2, second, third, 1 / np.sqrt(5)], rtol=1e-12)
    assert process.neurons.tolist() == [0, 2, 1, 3]
    table = limit_process.steps_table(instance, process, limit_process.SMALL_FACTOR)
    assert table.loc[1, "$k = 0$"] == r"$1, 2, 3{:}$ $\sqrt{14}$; $-0.252$"
    assert table.loc[0, "$k = 1$"] == "–"


def test_closed_forms_are_those_of_integration():
    instance = positive_instance(3, 12, 4)
    table = limit_process.plateau_errors(instance.directions, instance.y / 12, np.linspace(0, 60, 7))
    np.testing.assert_allclose(table["cosine"], table["cosine formula"], atol=1e-10)
    np.testing.assert_allclose(table["growth"], table["growth formula"], atol=1e-9)
    jump = limit_process.jump_curve(instance.y, 1 / 12)
    np.testing.assert_allclose(jump["share"], jump["formula"], atol=1e-10)


def test_saddles_are_critical_and_of_growing_rank():
    instance = mixed_instance(3)
    process = jump_process(instance.active, instance.signs, instance.y)
    checks = limit_process.saddle_checks(instance, process)
    assert checks["gradient"].max() < 1e-15
    assert checks["loss error"].max() < 1e-14
    assert checks["rank"].tolist() == list(range(len(checks)))
    assert checks["descent"].max() < 1e-4


def test_a_state_that_is_no_saddle_has_a_gradient():
    instance = mixed_instance(3)
    process = jump_process(instance.active, instance.signs, instance.y)
    wrong = limit_process.OrthogonalInstance(2 * instance.y, instance.directions, instance.signs)
    # twice the labels with the weights of their own process would be fine; with another process they are not
    assert limit_process.saddle_checks(wrong, process)["loss error"].max() > 0.1


@pytest.mark.parametrize("seed", range(5))
def test_signs_decouple_and_leaders_jump_alone(seed):
    assert limit_process.split_difference(mixed_instance(seed, 20, 14)) < 1e-12
    instance = limit_process.two_leaders(seed)
    process = jump_process(instance.active, instance.signs, instance.y)
    expected = sorted(16 / np.linalg.norm(instance.y[instance.y * s > 0]) for s in (1, -1))
    np.testing.assert_allclose(process.times, expected, rtol=1e-12)


def test_twins_share_by_their_directions():
    pair = limit_process.twins(150.0)
    assert pair["sum"] == pytest.approx(1, abs=1e-9)
    assert pair["ratio"] == pytest.approx(pair["predicted"], rel=1e-9)
    assert pair["one"] == pytest.approx(0, abs=1e-6)


def test_printed_errors_off_the_windows():
    rows = {
        length: limit_errors.limit_error_rows(limit_errors.FlowCell("0", length))
        for length in (200.0, 1000.0)
    }
    norms, losses = ({k: row[1][name] for k, row in rows.items()} for name in ("norms", "loss"))
    # Printed to two digits.
    assert norms == pytest.approx({200.0: 0.35, 1000.0: 2.5e-2}, rel=0.02)
    assert losses == pytest.approx({200.0: 1.3e-3, 1000.0: 7.0e-6}, rel=0.01)
    assert rows[1000.0][1]["predicted"] == pytest.approx(norms[1000.0], rel=1e-3)


def test_printed_offsets_of_the_mixed_instance():
    rows = limit_errors.jump_time_rows(limit_errors.FlowCell("B", 200.0))
    np.testing.assert_allclose([r["offset"] for r in rows], [5.73, 5.09, 5.81, 6.59, 9.16, -6.30], atol=0.006)


def test_looks_are_the_edges_of_the_gaps():
    np.testing.assert_allclose(
        limit_errors.look_times(np.array([1.0, 1.1, 2.0]), 0.2), [0, 0.4, 0.8, 1.3, 1.55, 1.8, 2.2, 2.3, 2.4]
    )


def test_the_power_of_the_deviation_is_that_of_the_closest_neighbour():
    instance = positive_instance()
    process = jump_process(instance.active, instance.signs, instance.y)
    # Neuron 0 waits at -0.0068 when neuron 2 jumps, and keeps a point of its own.
    rates = saddle_rates(process, instance.active, instance.signs, instance.y, 6, np.inf)
    assert rates.norm == pytest.approx(0.0068, abs=5e-5)


def test_a_neuron_that_never_jumps_only_leaves_its_own_size():
    """One draw of the ensemble: what neuron 5 keeps would count, 0.0283, if it did jump in the end."""
    instance = activation_order.draw_instance("both signs", 23)
    process = jump_process(instance.active, instance.signs, instance.y)
    last = process.times.size
    power = saddle_rates(process, instance.active, instance.signs, instance.y, last, np.inf).norm
    rows = [
        activation_order.order_rows(activation_order.DrawCell("both signs", 23, L))[0] for L in (200.0, 400.0)
    ]
    assert rows[0]["exponent"] == power
    slope = -np.log(rows[1]["deviation"] / rows[0]["deviation"]) / 200
    assert slope == pytest.approx(power, rel=0.01)


def test_a_draw_of_the_ensemble_agrees_when_the_start_is_small():
    rows = [
        activation_order.order_rows(activation_order.DrawCell("one sign", 3, L))[0] for L in (20.0, 500.0)
    ]
    assert [row["listed"] for row in rows] == [False, True]
    assert rows[1]["reached"]
    assert rows[1]["norm_error"] < 1e-5 < rows[0]["norm_error"]
    assert rows[1]["time_error"] < 1e-3
