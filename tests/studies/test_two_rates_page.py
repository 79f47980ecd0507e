"""Gradients, learning rates, singular points, sliding neurons: the small computations of the page on two rates."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from studies.convergence import (
    learning_rates,
    model,
    output_laws,
    regime,
    singular_points,
    sliding,
    stability,
)
from studies.convergence import two_rates_pictures as pictures
from studies.convergence.instances import draw
from twolayer.two_rate_kernels import hidden_layer_gram


def test_khatri_rao_is_what_its_definition_says():
    rng = np.random.default_rng(0)
    A, X = rng.standard_normal((3, 5)), rng.standard_normal((2, 5))
    product = model.khatri_rao(A, X)
    assert product.shape == (6, 5)
    for nu, i, j in np.ndindex(3, 2, 5):
        assert product[2 * nu + i, j] == A[nu, j] * X[i, j]


def test_gradients_agree_four_ways():
    errors = model.gradient_errors(30, 20, 10, 1, 10)
    assert errors.pop("differences") < 1e-7  # rounding of a loss of 10^3 over 10^-5
    assert max(errors.values()) < 1e-12


def test_limit_formula_is_the_largest_eigenvalue_of_its_matrix():
    # The matrix (X^T X + I)/4, for points whose Gram matrix has exactly the largest eigenvalue (1 + sqrt(m/n))^2.
    assert learning_rates.limit_formula(100, 100) == pytest.approx(2 / (100 * 5 / 4))
    start = draw(2000, 60, 0)
    gram = hidden_layer_gram(start.x, start.a, start.w) / 2000
    simple = (start.x @ start.x.T + np.eye(60)) / 4
    assert np.abs(gram - simple).max() < 0.05  # entries of order 1/n and of 1/sqrt(S)


def test_stated_rates_are_those_of_section_4():
    table = learning_rates.stated_rates().set_index(["S", "m"])["eta"]
    assert len(table) == 91 + 46 + 19 + 10
    assert table[100, 1000] == table[500, 850] == table[1000, 800] == 1e-3
    assert table[500, 900] == 5e-4
    assert table[1000, 900] == 2e-4


def test_theorem_rates():
    assert learning_rates.theorem_rates(1000, 1000) == (pytest.approx(1e-7), pytest.approx(1e-9))
    assert learning_rates.theorem_rates(100, 50)[0] == pytest.approx(1e-4)


def test_nothing_moves_without_error_and_anything_else_does():
    assert singular_points.fixed_point_drift(20, 10, 5, 0) == 0.0


@pytest.mark.parametrize(
    ("rates", "expected"), [((1.0, 1.0), [1, 3, 9]), ((1.0, 0.0), [1, 1, 1]), ((0.0, 1.0), [0, 0, 0])]
)
def test_degrees_in_the_labels(rates, expected):
    assert singular_points.degrees(0, rates) == expected


def test_the_frozen_pattern_with_the_true_activations_is_the_descent():
    start = draw(6, 4, 2, n=3)
    a, w, patterns = start.a, start.w, []
    for _ in range(3):
        products = start.x @ a.T
        active = products > 0
        e = np.maximum(products, 0) @ w - start.y
        patterns.append(active)
        a, w = (
            a - 0.01 * w[:, None] * ((active * e[:, None]).T @ start.x),
            w - 0.02 * np.maximum(products, 0).T @ e,
        )
    path = singular_points.frozen_pattern_path(start, np.array(patterns), start.y, (0.01, 0.02))
    np.testing.assert_allclose(path[-1], start.x @ a.T, atol=1e-12)


def test_the_open_set_of_singular_labels_in_exact_arithmetic():
    def second_step(y, rate):
        W, z = [Fraction(1), Fraction(1)], [Fraction(1), Fraction(-1, 2)]
        for _ in range(2):
            e = sum(v * max(u, 0) for u, v in zip(W, z, strict=True)) - y
            W = [u - rate * v * e if u > 0 else u for u, v in zip(W, z, strict=True)]
        return W

    for y in (Fraction(8, 5), Fraction(2), Fraction(31, 10), Fraction(1000, 7)):
        assert second_step(y, Fraction(2))[0] == 0
        assert second_step(y, Fraction(199, 100))[0] != 0
    assert second_step(Fraction(1), Fraction(2))[0] != 0
    table = singular_points.second_step([1.0, 2.0, 3.25])
    assert (table["two"] == 0).tolist() == [False, True, True]
    assert (table["other"] < 0).tolist() == [False, True, True]
    assert (singular_points.second_step([2.0, 3.0], rate=1.9)["two"] != 0).all()
    shaken = singular_points.second_step([20.0], start=(1.25, 0.5))
    assert shaken["two"].iloc[0] == 0.75


def test_formal_descent_is_to_first_order_a_product_of_invertible_factors():
    # The proof for random starts: scale start and labels down, and the output layer stays, whatever its rate.
    n, m, S, steps = 3, 4, 5, 3
    start, rng = draw(S, m, 0, n=n), np.random.default_rng(1)
    rate = 0.9 / (np.linalg.norm(start.w) * np.linalg.norm(start.x, 2)) ** 2
    patterns = rng.random((steps, m, S)) < 0.5
    product = np.eye(S * n)
    for active in patterns:
        # Column (neuron, coordinate) of row j: z_nu A_nu,j X_i,j.
        M = ((active * start.w)[:, :, None] * start.x[:, None, :]).reshape(m, S * n)
        product = (np.eye(S * n) - rate * M.T @ M) @ product
    assert np.linalg.svd(product, compute_uv=False).min() > 0.1**steps
    linear = start.x @ (product @ start.a.ravel()).reshape(S, n).T
    small = 1e-5
    scaled = replace(start, a=small * start.a)
    path = singular_points.frozen_pattern_path(scaled, patterns, np.zeros(m), (rate, 1.0))
    np.testing.assert_allclose(path[-1] / small, linear, atol=1e-7)


def test_the_watershed():
    edge = singular_points.WATERSHED
    table = singular_points.watershed([edge - 1e-9, edge, edge + 1e-9])
    assert table["first"].tolist() == pytest.approx([-1e-9, 0.0, 1e-9], abs=1e-15)
    assert table["first"].iloc[1] == 0.0
    assert table["end"].iloc[2] - table["end"].iloc[0] == pytest.approx(0.2, abs=1e-6)
    assert (table["error"] < 1e-11).all()


def test_no_zero_but_near_ones():
    seen = singular_points.closest_approach(60, 60, 0, n=30, rate=2e-3)
    assert seen["zeros"] == 0
    assert seen["smallest"] < seen["expected"]  # sliding neurons
    assert seen["values"] == (seen["T"] + 1) * 3600


def test_sliding_pairs_go_to_zero_with_the_error():
    table, values = sliding.slide(100, 50, 0, 1e-3, tolerances=(1e-3, 1e-7))
    assert 0.005 < table["near zero"].iloc[1] < 0.05
    assert table["changes per step"].iloc[1] > 5
    near = [np.sort(values[k])[: int(0.005 * 5000)] for k in ("start", 1e-3, 1e-7)]
    assert near[0].max() > 1e-3 > 1e-6 > near[1].max() > 1e-10 > near[2].max()
    pushes = sliding.pushes(100, 50, 0, 1e-3)
    assert ((pushes["active side"] < 0) & (pushes["inactive side"] > 0)).mean() > 0.7


def test_below_and_beyond_the_limit_of_stability():
    below = stability.compute(stability.Cell(60, 50, 0.9, 0, 500))[0]
    assert (below["outcome"], below["first_increase"]) == ("converged", -1)
    beyond = stability.compute(stability.Cell(100, 100, 3.0, 0, 800))[0]
    assert beyond["outcome"] == "diverged"
    assert beyond["first_increase"] == 1
    assert np.isnan(beyond["lambda_max_HT"])
    assert np.isfinite(beyond["largest_growth"])


def test_output_weights_of_one_sign_get_stuck_and_others_do_not():
    table = output_laws.laws_table(10, 10, 80, 0, ratios=(0.0,)).set_index("law")
    assert (table.loc[["signs", "normal", "uniform"], "outcome"] == "converged").all()
    assert table.loc["all one", "error_T"] > 1


def test_the_linear_descent_of_the_opening_page():
    rng = np.random.default_rng(0)
    root = rng.standard_normal((5, 9))
    kernel, error = root @ root.T / 40, rng.standard_normal(5)
    direct = [np.linalg.norm(np.linalg.matrix_power(np.eye(5) - kernel, k) @ error) for k in (0, 1, 7)]
    np.testing.assert_allclose(regime.frozen_norms(kernel, error, np.array([0, 1, 7])), direct, rtol=1e-12)


def test_a_wide_network_follows_its_linear_descent():
    wide, narrow = (regime.follow(S, m, 20, 0) for S, m in ((400, 20), (20, 100)))
    both = regime.summary([wide, narrow])
    assert wide["error"].iloc[-1] * 400 < 1
    assert 0.9 < both["steps"][0] / both["frozen"][0] < 1.2
    assert both["changed"][0] < 0.1 < both["changed"][1]
    assert both["movement"][0] < both["movement"][1]
    assert (np.diff(wide["changed"]) >= 0).all()


def test_fates_add_up():
    table = pd.DataFrame(
        {
            "factor": [1.0, 1.0, 2.0, 2.0],
            "first_increase": [-1, 3, 1, 1],
            "outcome": ["converged", "converged", "running", "diverged"],
        }
    )
    shares = pictures.fates(table)
    np.testing.assert_allclose(shares[list(pictures.FATES)].sum(axis=1), 1.0)
    assert shares["grew"].tolist() == [0.5, 1.0]
    assert shares[pictures.FATES[3]].tolist() == [0.0, 0.5]


def test_positions_of_ratios_on_the_axis():
    ratios = np.array([0.0, 1e-3, 1.0, 100.0, np.inf])
    np.testing.assert_allclose(pictures.position(ratios), [0, 1, 4, 6, 7])
