"""Lemma J.1: at most three added points make both half-sided lines run through the origin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twolayer.adversarial import adversarial_points, with_adversarial_points
from twolayer.half_sided import WeightedData, half_sided_regression

coordinate = st.floats(0.05, 10.0).flatmap(lambda t: st.sampled_from([t, -t]))
points = st.lists(st.tuples(coordinate, st.floats(-5.0, 5.0)), min_size=1, max_size=20)


@given(points, st.floats(0.1, 5.0))
def test_any_data_become_centred(pairs, distance):
    x, y = np.array(pairs).T
    x_added, _ = adversarial_points(x, y, distance)
    assert len(x_added) == 2 + (np.sign(x) == np.sign(x[0])).all()
    data = WeightedData(*with_adversarial_points(x, y, distance))
    # The label solves a linear equation whose terms are as large as the label times the spread of the points.
    scale = max(np.abs(data.y).max(), 1e-3) * (1 + (np.abs(data.x).max() / distance) ** 2)
    assert np.abs(half_sided_regression(data)[:, 1]).max() < 1e-11 * scale


def test_the_closed_form_by_hand():
    # One side (1, 1), (2, 1): the sums are S_xx = 5, S_x = 3, S_xy = 3, S_y = 2; x' = 3 gives y' = (28 - 18) / 4.
    x_added, y_added = adversarial_points([1.0, 2.0, -1.0, -2.0], [1.0, 1.0, 0.0, 0.0])
    assert x_added.tolist() == [3.0, -3.0]
    assert y_added.tolist() == [2.5, 0.0]


def test_a_point_is_added_on_the_line_where_it_runs_through_the_origin_already():
    x_added, y_added = adversarial_points([1.0, 2.0, -1.0, -4.0], [2.0, 4.0, 3.0, 12.0])
    np.testing.assert_allclose(y_added, [2.0 * x_added[0], -3.0 * x_added[1]], rtol=1e-14)


def test_an_empty_side_gets_two_points():
    x_added, y_added = adversarial_points([2.0], [1.0])
    assert x_added.tolist() == [3.0, -1.0, -2.0]
    assert y_added.tolist() == [1.5, 0.0, 0.0]


@pytest.mark.parametrize(
    ("x", "y", "distance", "message"),
    [
        ([1.0, 0.0], [1.0, 1.0], 1.0, "is zero"),
        ([], [], 1.0, "at least one point"),
        ([[1.0]], [1.0], 1.0, "at least one point"),
        ([1.0, np.nan], [1.0, 1.0], 1.0, "NaN"),
        ([1.0], [1.0, 2.0], 1.0, "one label"),
        ([1.0], [np.inf], 1.0, "infinite"),
        ([1.0], [1.0], 0.0, "distance"),
    ],
)
def test_bad_data_are_refused(x, y, distance, message):
    with pytest.raises(ValueError, match=message):
        adversarial_points(x, y, distance)


def test_text_is_refused():
    with pytest.raises(TypeError, match="real numbers"):
        adversarial_points(["one"], [1.0])
