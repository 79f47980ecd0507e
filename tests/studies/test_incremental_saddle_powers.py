"""Powers at the saddles of random draws: which draws, what a row says, and how it goes on."""

import numpy as np
import pandas as pd
import pytest

from companion.archive import read_archive
from studies.incremental import saddle_powers
from studies.incremental.saddle_powers_summary import later_quotients
from twolayer.coverage import satisfies_assumption
from twolayer.jump_process import jump_process


def test_draws_are_eligible_and_were_not_looked_at_before():
    for cell in saddle_powers.cells("paper")[::9]:
        start = saddle_powers.draw(cell.signs, cell.seed)
        assert satisfies_assumption(start.active, start.signs, start.y)[1]
        assert np.diff(jump_process(start.active, start.signs, start.y).times).min() >= saddle_powers.EPSILON
        assert cell.seed >= saddle_powers.FIRST_SEED
    assert not saddle_powers.eligible("both signs", 24)  # has twins


def test_rows_of_a_short_ladder():
    cell = saddle_powers.cells("quick")[0]
    rows = pd.DataFrame(saddle_powers.compute(cell)).dropna()
    assert (rows["L"] <= cell.longest).all()
    assert (rows["predicted"] < rows["following"]).all()
    deep = rows[rows["predicted"] * rows["L"] > 8]
    assert len(deep) >= 3
    np.testing.assert_allclose(deep["measured"], deep["predicted"], rtol=0.03)


def test_a_row_that_was_read_off_too_early_comes_closer():
    rows = read_archive(saddle_powers.SADDLE_POWERS).dropna()
    quotients = rows["measured"] / rows["predicted"]
    slowest = rows.loc[quotients.idxmin()]
    later = later_quotients(slowest)
    assert quotients.min() < later[0] < later[1] < 1.0
    assert later[1] == pytest.approx(1.0, abs=0.02)
