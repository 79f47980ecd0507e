"""Studies of bad points: weights of all kinds, floors of residuals, nullities, moved points, the bias as a dial."""

import numpy as np
import pytest

from companion.runner import compute_table
from studies.underdetermined import bad_points, bias_dial, smallest_bad_sets
from studies.underdetermined.summaries import quantile_bands
from twolayer.activations import activation_by_name, relu, squared_relu
from twolayer.antipodal import neural_tangent_moving_rate, relu_moving_rate
from twolayer.datasets import cube_null_vector, cube_vertices, planted_cube
from twolayer.initialisation import sphere_points
from twolayer.kernels import relu_gram
from twolayer.network import feature_matrix
from twolayer.preprocessing import append_bias


@pytest.mark.parametrize("law", bad_points.LAWS)
def test_no_law_of_weights_escapes(law):
    rng = np.random.default_rng(0)
    a = bad_points.draw_weights(law, rng, 500, 5)
    x, v = cube_vertices(5), cube_null_vector()
    # Rounding of eight terms of size one: below 1e-15.
    assert bad_points.null_residuals(x, v, a, relu()).max() <= 1e-14
    assert np.linalg.matrix_rank(feature_matrix(x, a, relu()), tol=1e-10) <= 7
    # Negative case: an activation whose odd part is no polynomial.
    assert bad_points.null_residuals(x, v, a, squared_relu()).max() > 1e-3


def test_adversarial_weights_hit_kinks_exactly_and_unknown_laws_are_refused():
    a = bad_points.draw_weights("adversarial", np.random.default_rng(1), 52, 3)
    assert (np.abs(cube_vertices() @ a.T) < 1e-15 * np.linalg.norm(a, axis=1)).any()
    with pytest.raises(ValueError, match="no law of weights 'uniform'"):
        bad_points.draw_weights("uniform", np.random.default_rng(1), 5, 3)


def test_floors_of_the_residuals_are_those_of_the_corollary():
    table = compute_table(bad_points.BAD_POINTS_FIT, "quick")
    wide = table[(table.features == "relu") & (table.width >= 200)]
    # Corollary 2.3 with its distance; 1e-8 is the accuracy of a solve with condition number 1e6.
    for labels, floor in (
        ("null vector", np.sqrt(8)),
        ("one label flipped", 2 / np.sqrt(8)),
        ("paper's own", 0),
    ):
        rows = wide[wide.labels == labels]
        np.testing.assert_allclose(rows.floor, floor, atol=1e-15)
        np.testing.assert_allclose(rows.residual, floor, atol=1e-8)
        assert (rows["rank"] == 99).all()
    cured = table[(table.features != "relu") & (table.width >= 200)]
    assert cured.residual.max() <= 1e-8
    assert (cured["rank"] == 100).all()


def test_labellings_differ_on_the_bad_points_only():
    _, y = planted_cube(np.random.default_rng(0))
    sets = bad_points.labellings(y)
    v = cube_null_vector()
    assert {name: abs(v @ labels[:8]) for name, labels in sets.items()} == {
        "paper's own": 0,
        "one label flipped": 2,
        "null vector": 8,
    }
    for labels in sets.values():
        np.testing.assert_array_equal(labels[8:], y[8:])


def test_ascent_succeeds_where_it_may_and_its_gradient_is_right():
    rng = np.random.default_rng(2)
    x, a = sphere_points(rng, 8, 3), sphere_points(rng, 16, 3)
    trace = bad_points.ascend_smallest_singular_value(
        x, a, activation_by_name("tanh", 3) + relu(), steps=60, length=0.1
    )
    assert trace[-1] > 1.2 * trace[0]
    stuck = bad_points.ascend_smallest_singular_value(cube_vertices(), a, relu(), steps=60, length=0.1)
    assert stuck.max() <= 1e-14


def test_nullities_are_the_predicted_ones():
    table = compute_table(smallest_bad_sets.NULLITY, "quick")
    for column in ("features", "tangent", "finite_width", "read_off"):
        np.testing.assert_array_equal(table[column], table.predicted)
    # Zeros and other eigenvalues are separated by orders of magnitude on both sides of the threshold.
    assert table.largest_zero.max() < 1e-3 * smallest_bad_sets.SINGULAR
    assert table.smallest_other.min() > 1e2 * smallest_bad_sets.SINGULAR


def test_moved_points_follow_the_laws_and_finite_tangent_kernels_leave_them():
    table = compute_table(smallest_bad_sets.MOVED_POINT, "quick")
    for name, (points, tangent) in smallest_bad_sets.BAD_SETS.items():
        rows = table[(table.points == name) & (table.width == 0) & (table.angle < 2e-3)]
        # Corrections are of relative order epsilon.
        features, gram = relu_moving_rate(points, 0, tangent), neural_tangent_moving_rate(points, 0)
        np.testing.assert_allclose(rows.features / rows.angle**2, features, rtol=5e-3)
        np.testing.assert_allclose(rows.tangent / rows.angle, gram, rtol=5e-3)
    finite = table[(table.width == 1000) & (table.angle < 2e-5)]
    # The lune of angle 1e-5 holds a neuron with probability 1000 * 1e-5 / pi = 0.3 % a draw; the seeds are fixed.
    assert (finite.tangent < 1e-10).all()
    assert finite.tangent.max() < 1e-3 * 1e-5 / (8 * np.pi)


def test_dial_has_the_measured_values():
    # Independent measurements to two digits, on the cube: the bias b and lambda_min of H and G.
    known = {0.1: (3.4e-4, 0.030), 1.0: (1.73e-3, 0.072), 10.0: (5.8e-6, 0.009)}
    rows = {row["bias"]: row for row in bias_dial.compute(bias_dial.Dial("bad points", 4))}
    for bias, (features, tangent) in known.items():
        assert rows[bias]["features_smallest"] == pytest.approx(features, rel=0.02)
        assert rows[bias]["tangent_smallest"] == pytest.approx(tangent, rel=0.02)
    eigenvalues = np.linalg.eigvalsh(relu_gram(append_bias(cube_vertices(), 0.3)))
    assert eigenvalues[-1] / eigenvalues[0] == pytest.approx(248, rel=5e-3)


def test_bands_are_quantiles():
    table = compute_table(smallest_bad_sets.MOVED_POINT, "quick")
    finite = table[table.width > 0]
    band = quantile_bands(finite, ["angle"], "features").iloc[0]
    values = finite[finite.angle == band.angle].features
    assert band["median"] == np.median(values)
    assert (band.low, band.high) == pytest.approx(tuple(np.quantile(values, [0.1, 0.9])), rel=1e-12)
    assert band["count"] == len(values)
