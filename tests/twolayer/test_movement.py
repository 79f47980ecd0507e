"""The bounds of Appendix G on random products, and what breaks them."""

import numpy as np
import pytest

from twolayer.movement import PATTERN, moment_movement_bound, movement_bound, perturbed_sum_bound


def products(seed, steps, size):
    """Random drives and the products of I + Q they make, with the accumulated drive."""
    rng = np.random.default_rng([31, seed])
    drives = size * rng.standard_normal((steps, 2)) * rng.geometric(0.3, (steps, 1))
    matrices = np.zeros((steps, 3, 3)) + np.eye(3)
    matrices[:, 2, :2] = matrices[:, :2, 2] = drives
    transfer = [np.eye(3)]
    for matrix in matrices:
        transfer.append(matrix @ transfer[-1])
    return np.array(transfer), np.concatenate([[0.0], np.abs(drives).max(axis=1).cumsum()])


@pytest.mark.parametrize("size", [1e-4, 1e-2, 0.1])
def test_random_products_move_no_more_than_the_bounds(size):
    for seed in range(20):
        transfer, kappa = products(seed, 30, size)
        theta = np.random.default_rng([32, seed]).standard_normal((40, 3)) * [1.0, 0.1, 3.0]
        moved = np.abs(np.einsum("kab,ib->kia", transfer, theta) - theta)
        assert (moved <= movement_bound(theta, kappa[:, None]) * (1 + 1e-12)).all()
        moments = theta.T @ theta
        moved = np.abs(transfer @ moments @ np.swapaxes(transfer, 1, 2) - moments)
        assert (moved <= moment_movement_bound(moments, kappa) * (1 + 1e-12)).all()


def test_the_first_order_term_alone_is_no_bound():
    # A neuron with w = 0 moves a to second order in the drive.
    transfer, kappa = products(0, 30, 0.1)
    theta = np.array([1.0, 0.0, 0.0])
    assert abs((transfer[-1] @ theta - theta)[0]) > kappa[-1] * (np.abs(theta) @ PATTERN)[0] == 0.0
    assert abs((transfer[-1] @ theta - theta)[0]) <= movement_bound(theta, kappa[-1])[0]


def test_bounds_by_hand():
    np.testing.assert_allclose(
        movement_bound([2.0, -1.0, 0.5], 0.1),
        0.02 * np.exp(0.2) * 2 + 0.1 * np.array([0.5, 0.5, 3.0]),
        rtol=1e-14,
    )
    np.testing.assert_allclose(
        moment_movement_bound(np.diag([4.0, 0.0, 1.0]), 0.1),
        0.08 * np.exp(0.4) * 4 + 0.1 * np.array([[0, 0, 5], [0, 0, 1], [5, 1, 0]]),
        rtol=1e-14,
    )
    assert (movement_bound(np.ones(3), 0.0) == 0).all()


@pytest.mark.parametrize("seed", range(30))
def test_lemma_g5(seed):
    rng = np.random.default_rng([33, seed])
    reference = 0.9 * np.linalg.qr(rng.standard_normal((4, 4)))[0] / 2
    matrices = reference + rng.uniform(0, 0.2) * rng.uniform(-1, 1, (50, 4, 4))
    total, fixed, delta = perturbed_sum_bound(reference, matrices, rng.standard_normal(4))
    assert delta >= 1 or total <= fixed / (1 - delta)
    same = perturbed_sum_bound(reference, np.array([reference] * 50), np.ones(4))
    assert same[0] == pytest.approx(same[1])
    assert same[2] == 0


def test_lemma_g5_is_sharp_in_one_dimension():
    # With k steps of 1/2 + 1/4 against 1/2: 4 against 2 / (1 - 1/2) in the limit.
    total, fixed, delta = perturbed_sum_bound([[0.5]], np.full((200, 1, 1), 0.75), [1.0])
    assert (total, fixed, delta) == pytest.approx((4.0, 2.0, 0.5))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="shape"):
        movement_bound(np.ones(2), 0.1)
    with pytest.raises(ValueError, match="shape"):
        moment_movement_bound(np.ones((2, 2)), 0.1)
    with pytest.raises(ValueError, match=">= 0"):
        movement_bound(np.ones(3), -0.1)
    with pytest.raises(ValueError, match=">= 0"):
        moment_movement_bound(np.eye(3), np.nan)
    with pytest.raises(ValueError, match="shapes"):
        perturbed_sum_bound(np.eye(2), np.ones((5, 2, 2)), np.ones(3))
