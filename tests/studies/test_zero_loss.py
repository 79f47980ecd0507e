"""Rank and smallest loss around m = n."""

import numpy as np
import pandas as pd
import pytest

from companion.runner import compute_table
from studies.underdetermined import zero_loss as study
from twolayer.activations import activation_by_name
from twolayer.initialisation import sphere_points


@pytest.fixture(scope="module")
def summary():
    return study.rank_summary(compute_table(study.RANK, "quick"))


def test_the_rank_is_the_smaller_dimension_for_relu_and_wendland(summary):
    generic = summary[summary["activation"].isin(["relu", "wendland0", "wendland2"])]
    generic = generic[(generic["data"] != "Synthetic-2") | (generic["activation"] != "relu")]
    assert (generic["generic"] == 1.0).all()
    fitted = generic[generic["width"] >= generic["n"]]
    assert (fitted["largest"] < 1e-6).all()
    short = generic[generic["width"] < generic["n"]]
    assert (short["low"] > 0).all()


def test_relu_never_fits_all_labels_of_synthetic_2(summary):
    relu = summary[(summary["data"] == "Synthetic-2") & (summary["activation"] == "relu")]
    assert (relu["largest_rank"] == np.minimum(relu["width"], 99)).all()
    assert (relu["median"] > 1e-3).all()


def test_the_mean_square_residual_is_the_missing_share_of_directions():
    # Chi-square: ||P y||^2 / ||y||^2 with P of rank 50 in 100 dimensions is Beta(25, 25), sd 0.07; the mean of twenty
    # draws, same weights and independent labels, is within five standard errors, 0.078: false alarm 6e-7.
    rows = pd.DataFrame(
        row | {"seed": seed}
        for seed in range(20)
        for row in study.rank_rows(study.WidthDraw(study.UNIFORM, 1, seed))
    )
    half = rows[(rows["width"] == 50) & (rows["activation"] == "wendland2")]
    assert (half["residual"] ** 2).mean() == pytest.approx(0.5, abs=0.078)


def test_the_residual_is_the_distance_to_the_range():
    # Slow reference: numpy's least squares on the same draw.
    draw = study.WidthDraw(study.UNIFORM, 1, 3)
    rows = pd.DataFrame(study.rank_rows(draw)).set_index(["activation", "width"])
    x = study.points_of(study.UNIFORM)
    rng = np.random.default_rng((3, 100))
    y = rng.standard_normal(100)
    a = sphere_points(rng, 150, 3)
    z = activation_by_name("wendland0", 3)(x @ a[:75].T)
    coefficients = np.linalg.lstsq(z, y, rcond=None)[0]
    expected = np.linalg.norm(z @ coefficients - y) / np.linalg.norm(y)
    assert rows.loc[("wendland0", 75), "residual"] == pytest.approx(expected, rel=1e-9)


def test_undecided_directions_are_those_near_the_tolerance():
    eps = np.finfo(float).eps
    values = np.array([1.0, 1e-3, 100 * eps * 10, 100 * eps, 1e-20])
    assert study.undecided_directions(values, 100) == 2
    assert study.undecided_directions(np.array([1.0, 0.5]), 2) == 0


def test_the_grid_straddles_the_threshold():
    grid = study.width_grid(97, 20)
    assert grid == sorted(set(grid))
    assert {96, 97, 98} <= set(grid)
    assert grid[-1] == 20 * 97
