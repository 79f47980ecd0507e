"""The studies behind the page about the certificate: shares of bounds, golden values, exact sampling of moments."""

import numpy as np
import pandas as pd
import pytest

from studies.inconsistency import certificate_validation, certificate_walk, moment_movement
from twolayer.closed_system import neuron_moments
from twolayer.initialisation import he


def test_certified_networks_do_not_cross_and_the_sharp_norm_is_earlier():
    cell = certificate_validation.ValidationCell(16, 0.0, 40, 3)
    trials = certificate_validation.start(cell)
    found = certificate_validation.run_until_certified(trials, 16)
    certified = found["sharp"] >= 0
    assert 10 < certified.sum() < 35  # about .63 of the trials at this width
    assert not found["broken"][certified].any()
    assert (found["sharp"] <= found["published"])[certified].all()
    assert (found["drive_share"][certified] < 1).all()
    assert (found["kink_share"][certified] < 1).all()
    assert (found["stopped"] ^ certified).all()
    (row,) = certificate_validation.compute(cell)
    assert row["certified"] + row["stopped_before"] + row["undecided"] == 40


def test_certificate_times_of_one_cell():
    # Mean steps to a verdict at m = 16 with the code's norm are 5650 in 10000 trials polled every 1000 steps.
    (row,) = certificate_validation.compute(certificate_validation.ValidationCell(16, 0.0, 150, 0))
    assert row["verdict_mean"] == pytest.approx(5650, rel=0.25)
    assert 0.05 < row["saved"] < 0.15


def test_exponents_and_bounds_of_the_moments():
    cells = [moment_movement.MovementCell(m, 0.0, 24, 0) for m in (16, 48, 128)]
    table = pd.DataFrame([vars(cell) | row for cell in cells for row in moment_movement.compute(cell)])
    assert table["violations"].sum() == 0
    laws = moment_movement.fits(table)
    for name, exponent in {"a2": -1, "ab": -1, "b2": -2, "wb": -1, "w2": -1, "kappa": -1}.items():
        assert abs(laws[name].exponent - exponent) < 4 * laws[name].standard_error + 0.1, name


def test_moments_drawn_without_neurons_have_the_same_law():
    direct = he(np.random.default_rng(0), 40, 1, (4000,))
    direct = neuron_moments(direct.a[..., 0], direct.b, direct.w)
    drawn = certificate_walk.initial_moments(np.random.default_rng(1), 40, 4000)
    for i, j in ((0, 0), (0, 2), (2, 2)):
        for power in (1, 2):
            one, two = direct[:, 0, i, j] ** power, drawn[:, 0, i, j] ** power
            error = np.hypot(one.std(), two.std()) / np.sqrt(4000)
            assert abs(one.mean() - two.mean()) < 4 * error


def test_the_walk_ends_certified_and_its_parts_add_up():
    table = certificate_walk.along_one_run(0, 64, 800)
    assert table["verdict"].iloc[0] in ("kappa", "delta")
    assert table["verdict"].iloc[-1] == "certified"
    assert (table["drive"] <= table["kappa"]).all()
    np.testing.assert_allclose(table[["output", "hidden", "mixed"]].sum(axis=1), table["delta"])


def test_the_start_closes_for_very_wide_networks_only():
    table = certificate_walk.at_the_start(0, [2.0**10, 2.0**26], 60)
    assert table["closes"].tolist() == [0.0, 1.0]


def test_lemma_g5_and_overshooting_steps():
    assert (certificate_walk.lemma_g5_on_random_matrices(0, 60)["share"] <= 1).all()
    found = certificate_walk.beyond_the_stable_step(1.5)
    assert found["geometric"] == pytest.approx(1.0)
    assert found["reciprocal"] == pytest.approx(1 / 3)


def test_networks_trained_neuron_by_neuron_keep_their_promise():
    table = certificate_walk.neuron_by_neuron(0, 8, 12, latest=1000)
    certified = table[table["step"] > 0]
    assert len(certified) >= 3
    assert (certified["kink_after"] < 1).all()
    assert (certified["largest_kink"] < 1).all()
    assert (table[table["step"] < 0]["largest_kink"] >= 1).any()
