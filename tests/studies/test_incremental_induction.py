"""The lemmas of appendix D along runs of the flow, at the values of the two reference instances."""

import numpy as np
import pandas as pd
import pytest

from studies.incremental import induction, phase_durations
from studies.incremental.instances import mixed_instance, positive_instance
from studies.incremental.phases import record_jumps


def test_printed_error_after_the_first_jump():
    # 4.38e-3 and 1.41e-6 are printed for L = 200 and 400 in another integrator, whose half height differs a little.
    errors = induction.saddle_errors(positive_instance(), (200.0, 400.0), 0.2)
    first = errors[errors["k"] == 1].sort_values("L")["norm"].to_numpy()
    np.testing.assert_allclose(first, [4.38e-3, 1.41e-6], rtol=0.02)
    assert np.log(first[0] / first[1]) / 200 == pytest.approx(0.0402, abs=2e-4)


def test_powers_and_constants_of_a_mixed_instance():
    instance = mixed_instance()
    errors = induction.saddle_errors(instance, (300.0, 700.0, 1000.0), 0.2)
    found = induction.powers(instance, errors, 0.2).dropna()
    assert len(found) >= 10
    np.testing.assert_allclose(found["measured"], found["predicted"], rtol=0.01)
    measured = errors[errors["L"] == 1000]["exponent"].to_numpy()
    np.testing.assert_allclose(measured, induction.predicted_behind(instance), atol=0.01)


def test_growth_is_capped():
    # Equality holds on the last plateau; secants see it up to the rounding of a logarithm over a short time.
    for instance in (positive_instance(), mixed_instance()):
        assert 0.8 < induction.growth_cap(instance, 200.0) <= 1 + 1e-6


def test_the_last_coordinate_of_the_wrong_sign():
    lost = induction.deactivation_times(mixed_instance(), (50.0, 200.0, 500.0))
    np.testing.assert_allclose(lost[:, -1], 23.457888, atol=1e-5)
    assert np.ptp(lost, axis=0).max() < 1e-9
    with pytest.raises(ValueError, match="coordinates are lost"):
        induction.deactivation_times(mixed_instance(), (40.0,))


def test_the_signs_part_only_after_the_deactivations():
    assert induction.split_difference(mixed_instance(), 100.0, 30.0) < 1e-6
    # Earlier, labels of the other sign still pull at coordinates that have not been lost.
    assert induction.split_difference(mixed_instance(), 100.0, 5.0) > 1e-2


def test_alignment_stays_below_the_bound():
    table = induction.early_alignment(mixed_instance(), 200.0, 40.0, samples=20)
    assert (table["gap"] <= table["bound"]).all()
    assert table["neuron"].nunique() == 12


def test_kicks_need_a_shared_point():
    table = induction.kicks(positive_instance(), (2,), (200.0, 300.0), samples=20)
    slope = -np.diff(np.log(table["peak"])).item() / 100
    assert slope == pytest.approx(table["predicted"].iloc[0], rel=0.01)
    with pytest.raises(ValueError, match="shares no point"):
        induction.kicks(positive_instance(), (1,), (200.0,))


def test_phases_agree_with_snapshots_and_with_the_closed_forms():
    instance = mixed_instance()
    table = phase_durations.phase_times(instance, 500.0)
    record = record_jumps(instance, 500.0, jumps=[1], samples=60)[0]
    row = table[table["jump"] == 2].iloc[0]
    assert row["t_2b"] == pytest.approx(record.phases.t_2b, abs=1e-6)
    assert row["t_3"] == pytest.approx(record.phases.t_3, abs=0.05)  # interpolated between snapshots
    lengths = phase_durations.durations(pd.concat([table]))
    np.testing.assert_allclose(
        lengths["fit_predicted"], instance.y.size / (2 * table["Y"]) * np.log(891), rtol=1e-9
    )
    assert lengths["turn"].notna().sum() == 3


def test_directions_turn_at_the_same_raw_time_for_all_scales():
    table = phase_durations.turning_cosines(positive_instance(), (200.0, 500.0), 1, (-10.0, 30.0))
    small, large = (rows["least"].to_numpy() for _, rows in table.groupby("L"))
    np.testing.assert_allclose(small, large, atol=1e-4)
    assert small[1] > 0.96


def test_margins_of_the_reference_instances():
    # The neuron of B that is stuck has the printed exponent -0.0065.
    rows = phase_durations.margins(mixed_instance())
    assert rows["margin"].iloc[-1] == pytest.approx(0.0065, abs=5e-5)
    assert np.isnan(phase_durations.margins(positive_instance())["margin"].iloc[-1])


def test_the_others_stay_small_while_a_neuron_jumps():
    rows = phase_durations.bystanders(positive_instance(), 500.0)
    assert rows["jump"].tolist() == [1, 2, 3, 4, 5]
    # Half the margin is what is claimed; before the window opens they are below the margin, up to a constant over L.
    assert (rows["exponent"] > rows["margin"] / 2).all()
    assert (rows["exponent"] < 1.1 * rows["margin"]).all()
    wide = phase_durations.bystanders(positive_instance(), 500.0, part=1.0)
    assert (wide["exponent"] < rows["exponent"]).all()


@pytest.mark.parametrize("epsilon", [0.05, 0.0, -1.0, 0.46, float("nan")])
def test_a_delay_that_shows_nothing_is_refused(epsilon):
    with pytest.raises(ValueError, match=r"epsilon must be at least 0.1 and below 0.45, .* got"):
        induction.measurable_delay(epsilon, [positive_instance(), mixed_instance()])
    assert induction.measurable_delay(0.3, [positive_instance()]) == 0.3
