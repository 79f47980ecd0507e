"""Sections 1.2 and 1.3 of paper 002: the algebra, the experiments among the thresholds, LeCun's ratio."""

import numpy as np
import pytest

from studies.convergence import thresholds as study


@pytest.fixture(scope="module")
def run():
    return study.lecun_steps(3, 12, 40, 30, 40)


def test_the_algebra_holds_on_two_grids():
    assert all(study.algebra().values())
    assert all(study.algebra(unit=24, largest=3).values())


def test_experiments_covered():
    table = study.experiments()
    assert len(table) == 170
    assert table.groupby("S")["covered"].sum().to_dict() == {100: 0, 200: 5, 500: 8, 1000: 5}


def test_logarithms_are_won_back_where_they_should():
    power_of_ten = study.dimension_for_logarithms(0.125, 1.5, 2)
    log_n = power_of_ten * np.log(10)
    assert 0.125 * log_n == pytest.approx(2 * np.log(2.5 * log_n), rel=1e-9)
    assert study.dimension_for_logarithms(5.0, 1.0, 1) == 0.0
    assert study.dimension_for_logarithms(0.1, 1.0, 0) == 0.0


def test_a_step_of_lecun_implies_the_ratio_of_width_and_dimension(run):
    assert study.implied_ratio(run) == pytest.approx(40 / 12, rel=1e-12)
    assert study.renormalised_error(run).max() < 1e-13
    assert study.renormalised_error(run, ratio=40 / 30)[1:].min() > 1e-3


def test_the_run_learns(run):
    first, last = (np.abs(run["outputs"][k] - run["y"]).max() for k in (0, -1))
    assert last < first
