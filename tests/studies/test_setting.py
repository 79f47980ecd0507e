import numpy as np
import pytest

from studies.inconsistency import setting
from twolayer.statistics import wilson_interval


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_slopes_jump_as_the_formula_says(leak):
    table = setting.kinks_and_jumps(setting.bent_network(3, 20), leak)
    # Differences over intervals as short as 1e-3 divide rounding of the outputs by them.
    np.testing.assert_allclose(table["jump"], table["formula"], atol=1e-11)
    assert table["kink"].is_monotonic_increasing


def test_a_wrong_leak_is_noticed():
    right = setting.kinks_and_jumps(setting.bent_network(3, 20), 0.3)
    wrong = setting.kinks_and_jumps(setting.bent_network(3, 20), 0.0)
    assert np.abs(right["jump"] - wrong["formula"]).max() > 0.1


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_three_gradients_agree(leak):
    errors = setting.gradient_errors(1, 15, leak)
    assert errors["loss"] < 1e-14
    assert errors["closed form"] < 1e-13
    assert errors["differences"] < 1e-9  # rounding of the loss over a step of 1e-4


def test_embedding_holds_while_kinks_cross():
    errors = setting.embedding_errors(0, 10, 12, 0.0, 300, 0.05)
    assert errors["crossings"] > 0
    assert errors["moved"] > 0.1
    assert max(errors["parameters"], errors["outputs"], errors["across"]) < 1e-12


def test_another_start_on_the_line_is_another_run():
    """Negative control: the twin must start from the projected weights, not from the recipe in one dimension."""
    high, low = setting.embedded_run(0, 10, 12, 0.0, 50, 0.05)
    z = setting.direction(0, 10)
    assert np.abs(setting.project(high, -z).vector() - low.vector()).max() > 0.1


def test_twin_has_the_variance_of_its_dimension():
    table = setting.twin_table(0, (1, 9), 16, 60)
    scores = (table["variance"] - 2 / table["dimension"]) / table["standard_error"]
    assert (scores.abs() < 4).all()  # false alarm once in 16 000
    low, high = wilson_interval((table["crossed"] * 60).round(), [60, 60])
    np.testing.assert_allclose(table[["low", "high"]], np.stack([low, high], axis=1))
    assert table["crossed"].is_monotonic_increasing
