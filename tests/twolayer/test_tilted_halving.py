"""The limit law of the norm at exponential width."""

import math

import numpy as np
import pytest

from twolayer.tilted_halving import normal_squares, pattern_cost, tilted_halving

LIMIT = 1 + math.sqrt(2)


def test_ends():
    assert tilted_halving(0).ratio == pytest.approx(LIMIT, rel=1e-8)
    assert tilted_halving(0, *normal_squares()).ratio == pytest.approx(LIMIT, rel=1e-8)
    assert tilted_halving(math.log(2)).ratio == pytest.approx(1.0, abs=1e-5)
    assert tilted_halving(0.8).ratio == 1.0


def test_equal_labels_follow_the_closed_form():
    cost = 0.1
    law = tilted_halving(cost)
    p = law.shares[0]
    assert math.log(2) + p * math.log(p) + (1 - p) * math.log(1 - p) == pytest.approx(cost, rel=1e-10)
    assert law.ratio == pytest.approx(math.sqrt(p) / (1 - math.sqrt(1 - p)), rel=1e-8)


@pytest.mark.parametrize("cost", [1e-6, 1e-5])
def test_small_cost_takes_its_square_root_off(cost):
    # The next term is of the order of the cost itself.
    assert (1 - tilted_halving(cost).ratio / LIMIT) / math.sqrt(cost) == pytest.approx(
        1, abs=2 * math.sqrt(cost)
    )


def test_normal_labels_lose_more():
    costs = np.geomspace(1e-3, 0.5, 12)
    equal = np.array([tilted_halving(c).ratio for c in costs])
    normal = np.array([tilted_halving(c, *normal_squares()).ratio for c in costs])
    assert (np.diff(equal) < 0).all()
    assert (np.diff(normal) < 0).all()
    assert (normal < equal).all()


def test_shares_add_up_and_the_scale_of_the_labels_is_irrelevant():
    squares, weights = normal_squares()
    assert weights.sum() == pytest.approx(1)
    assert weights @ squares == pytest.approx(1)
    assert weights @ squares**2 == pytest.approx(3)
    law = tilted_halving(0.05, squares, weights)
    assert law.shares.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(tilted_halving(0.05, 7 * squares, weights).shares, law.shares, rtol=1e-9)
    assert pattern_cost(law.tilt, squares, weights) == pytest.approx(0.05, rel=1e-9)


def test_the_quadrature_is_fine_enough():
    for cost in (1e-3, 0.05, 0.4):
        coarse, fine = (tilted_halving(cost, *normal_squares(k)).ratio for k in (100, 170))
        assert coarse == pytest.approx(fine, rel=1e-9)


def test_bad_input():
    with pytest.raises(ValueError, match="cost"):
        tilted_halving(-0.1)
    with pytest.raises(ValueError, match="one shape"):
        tilted_halving(0.1, [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="sum 1"):
        tilted_halving(0.1, [1.0, 2.0], [1.0, 1.0])
