"""What the second order leaves out: proved powers by hand, the first jump, the first saddle, and who jumps."""

import numpy as np
import pandas as pd
import pytest

from studies.incremental.jump_errors import (
    first_jump_powers,
    first_saddle_norms,
    jump_powers,
    proved_power,
)
from studies.incremental.width_law_leaders import leaders
from twolayer.jump_process import jump_process


def test_proved_power_by_hand():
    # Rates 5 and 3 (factor = n): the second neuron waits at -0.4 after 0.2, with one point of size 1 left.
    y, signs = np.array([3.0, 4.0, 1.0]), np.ones(3)
    active = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=bool)
    process = jump_process(active, signs, y, factor=3.0)
    # Plateaus: 0.2 times the least rate 1; 0.8 times the least of the rate 1 and Y_1 = 5. Margins: 0.4.
    assert proved_power(process, y, signs, factor=3.0) == pytest.approx(0.2 / 2)


def test_each_sign_is_a_process_by_itself():
    y, signs = np.array([3.0, -2.9]), np.array([1, -1])
    process = jump_process(np.eye(2, dtype=bool), signs, y, factor=2.0)
    # The jumps are 0.01 apart, but do not meet: a plateau from 0 on, of length 1/rate.
    assert proved_power(process, y, signs, factor=2.0) == pytest.approx(0.5)


def test_the_first_jump_is_late_by_the_proved_power():
    rows = first_jump_powers((1, 4))
    assert (rows["error"] > 0).all()
    # The next power is far in these draws: one per cent.
    np.testing.assert_allclose(rows["measured"], rows["proved"], rtol=0.01)


def test_powers_are_read_off_between_the_two_largest_usable_lengths():
    lengths = np.array([100.0, 200.0, 300.0, 400.0])
    times = pd.DataFrame({"instance": "x", "jump": 1, "L": lengths, "predicted": 2.0})
    times["offset"] = 2.0 - np.exp(-0.025 * lengths)
    found = jump_powers(times)
    assert found["measured"].tolist() == [pytest.approx(0.025)]
    assert jump_powers(times[times["L"] > 350]).empty


def test_the_first_saddle_has_the_proved_error():
    rows = first_saddle_norms((1, 4), (300.0,))
    usable = rows[rows["error"] > 1e-8]
    assert len(usable) >= 4
    # Relative corrections are powers of lambda, below a per cent here except where the error itself is large.
    small = usable[usable["error"] < 1e-2]
    np.testing.assert_allclose(small["error"], small["tail"] + small["kept"], rtol=0.01)


def test_neurons_that_jump_were_near_the_largest():
    rows = leaders((64, 128), 0.05, 3)
    assert rows["W"].tolist() == [24, 601]
    assert (rows["largest"] >= rows["jumpers"]).all()
    assert (rows["jumpers"] > rows["typical"]).all()
    assert (rows["depth"] < 2).all()
