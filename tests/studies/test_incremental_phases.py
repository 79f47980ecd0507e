"""The phases of the proof along the flow: printed values, and theory against measurement."""

from dataclasses import astuple

import numpy as np
import pytest

from studies.incremental.instances import mixed_instance, positive_instance
from studies.incremental.phases import (
    Thresholds,
    plateau_directions,
    predicted_phases,
    record_jumps,
    turning_time,
)
from twolayer.jump_process import jump_process


@pytest.fixture(scope="module")
def records():
    return record_jumps(positive_instance(), 500.0, [0, 1, 2, 3])


def test_the_printed_duration_of_fitting(records):
    phases = records[0].phases
    assert phases.t_2b - phases.t_2a == pytest.approx(33.7708, abs=5e-4)


def test_theory_gives_all_times(records):
    # The first jumps of this run have an o(1) below 1e-3 at L = 500; the fourth misses 1 % of Y and is late.
    expected = predicted_phases(positive_instance(), 500.0)
    for record in records[:3]:
        np.testing.assert_allclose(astuple(record.phases), astuple(expected[record.jump]), atol=2e-3)


def test_whoever_was_aligned_turns(records):
    first = records[0]
    waiting = np.flatnonzero(~np.isnan(first.new[0]))
    assert first.neuron not in waiting
    assert first.old[0, waiting].min() > 0.999
    assert first.new[0, waiting].max() < 0.9  # 0.64 to 0.82 well before the jump
    assert first.new[-1, waiting].min() > 0.99
    assert first.times[0] < first.phases.t_1 < first.phases.t_2a < first.phases.t_2b < first.phases.t_3


def test_later_thresholds_are_later():
    kept = [predicted_phases(mixed_instance(), 400.0, thresholds=Thresholds(0.1, p, q, c))
            for p, q, c in ((0.1, 0.01, 0.99), (0.3, 0.001, 0.999))]  # fmt: skip
    for early, late in zip(*kept, strict=True):
        assert (np.subtract(astuple(late), astuple(early)) >= 0).all()


def test_turning_at_once_is_near():
    instance = positive_instance()
    process = jump_process(instance.active, instance.signs, instance.y)
    exact, quick = (turning_time(instance, process, 0, at_once=flag) for flag in (False, True))
    assert quick < exact < 1.2 * quick
    assert turning_time(instance, process, 5) == -np.inf


def test_directions_are_unit_vectors_of_their_own_points():
    instance = mixed_instance()
    process = jump_process(instance.active, instance.signs, instance.y)
    for k in range(process.times.size + 1):
        lines = plateau_directions(process, instance.active, instance.signs, instance.y, k)
        alive = process.rates[k] > 0
        np.testing.assert_allclose(np.linalg.norm(lines[alive], axis=1), 1.0)
        assert np.isnan(lines[~alive]).all()
        fitted = (process.fitted_by >= 0) & (process.fitted_by < k)
        assert (lines[alive][:, fitted] == 0).all()


def test_jumps_that_do_not_exist_are_named():
    with pytest.raises(ValueError, match="from 0 to 5"):
        record_jumps(positive_instance(), 500.0, [6])
