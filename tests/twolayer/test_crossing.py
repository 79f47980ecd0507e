"""The fast engine for the line against the neuron-by-neuron simulator: same verdicts, same steps."""

import numpy as np
import pytest

from twolayer.activations import leaky_relu
from twolayer.certificate import bound_future_drive
from twolayer.closed_system import largest_step, lines, neuron_moments
from twolayer.crossing import OUTCOMES, simulate_crossings, train_to_verdict
from twolayer.crossing_certificate import symmetric_eigensystem, total_movement
from twolayer.crossing_protocol import (
    batch_generator,
    batch_thresholds,
    draw_batch,
    point_features,
    should_stop,
    validation_loss,
)
from twolayer.crossing_reference import gradient_step, train
from twolayer.crossing_start import draw_network
from twolayer.half_sided import WeightedData, half_sided_moments, half_sided_regression, half_sided_risk
from twolayer.half_sided_datasets import sample_weights, shifted, six_points
from twolayer.network import squared_loss_gradient
from twolayer.parameters import Parameters

SIX = six_points()


def draws(m, trials, seed):
    """The networks, training and validation weights that simulate_crossings makes for itself."""
    parts = []
    for trial in range(trials):
        a, w, rng = draw_network(seed, m, trial)
        parts.append((a, w, sample_weights(rng, SIX, m * m), sample_weights(rng, SIX, m * m)))
    return [np.array(part) for part in zip(*parts, strict=True)]


def both(m, trials, *, optimizer="GD", early_stopping=False, leak=0.0, cap=20_000, seed=5):
    a, w, weights, validation = draws(m, trials, seed)
    sgd = optimizer == "SGD"
    fast = simulate_crossings(
        SIX,
        m,
        range(trials),
        seed,
        sample_size=m * m,
        early_stopping=early_stopping,
        batch_size=16 if sgd else 0,
        leak=leak,
        cap=cap,
    )
    generators = (
        (np.array([batch_generator([seed, m, k, 1]) for k in range(trials)]), batch_thresholds(weights))
        if sgd
        else None
    )
    slow = train(
        a,
        w,
        WeightedData(SIX.x, SIX.y, weights),
        fast.step_size,
        leak=leak,
        cap=cap,
        certify=not sgd,
        validation_weights=validation if early_stopping else None,
        generators=generators,
    )
    return fast, slow


@pytest.mark.parametrize(
    ("m", "trials", "settings"),
    [
        (16, 150, {}),
        (16, 60, {"leak": 0.3}),
        (16, 60, {"leak": -0.5}),
        (16, 60, {"early_stopping": True}),
        (32, 40, {}),
        (16, 40, {"optimizer": "SGD", "early_stopping": True, "cap": 12_000}),
        (64, 20, {"cap": 12_000}),
    ],
)
def test_same_verdicts_at_the_same_steps(m, trials, settings):
    fast, (outcome, steps) = both(m, trials, **settings)
    np.testing.assert_array_equal(fast.outcome, outcome)
    np.testing.assert_array_equal(fast.step, steps)
    assert len(set(outcome)) > 1, "the test should see several verdicts"


def test_flips_are_among_the_cases_compared():
    fast, (outcome, steps) = both(16, 150)
    flipped = fast.flips > 0
    assert flipped.sum() >= 3
    assert (outcome[flipped] == OUTCOMES.index("certified")).any()
    np.testing.assert_array_equal(fast.step[flipped], steps[flipped])


def test_results_depend_on_the_trial_alone():
    whole = simulate_crossings(SIX, 16, range(60), 3, sample_size=256, threads=2)
    part = simulate_crossings(SIX, 16, [41, 7, 13], 3, sample_size=256)
    for name in ("outcome", "step", "flips", "step_size", "lines"):
        np.testing.assert_array_equal(getattr(whole, name)[[41, 7, 13]], getattr(part, name))


def test_given_networks_are_trained_like_drawn_ones():
    a, w, weights, _ = draws(16, 30, 4)
    data = WeightedData(SIX.x, SIX.y, weights)
    drawn = simulate_crossings(SIX, 16, range(30), 4, sample_size=256)
    given = train_to_verdict(a, w, data)
    np.testing.assert_array_equal(drawn.step, given.step)
    single = train_to_verdict(a, w, [WeightedData(SIX.x, SIX.y, row) for row in weights], threads=2)
    np.testing.assert_array_equal(given.outcome, single.outcome)


def test_uncrossed_networks_end_near_the_half_sided_regression():
    data = shifted(SIX, 0.02)
    results = simulate_crossings(data, 256, range(20), 0)
    done = results.outcome == OUTCOMES.index("certified")
    assert done.sum() >= 10
    risks = half_sided_risk(data, results.lines[done])
    # The certificate fires late in the slow phase: what is left of the excess is below a thousandth of it.
    assert (risks - half_sided_risk(data) < 1e-3).all()
    assert (risks >= half_sided_risk(data) - 1e-12).all()


def test_the_published_constant_is_met_within_sampling_error():
    # sqrt(m) P = 1.45 within 0.25: five standard errors of 1500 trials at m = 64, a false alarm in a million.
    results = simulate_crossings(SIX, 64, range(1500), 1, sample_size=64**2, threads=2)
    assert abs(8 * results.count("crossed") / 1500 - 1.45) < 0.42
    assert results.count("crossed") + results.count("certified") == 1500


def test_one_step_is_that_of_the_network():
    rng = np.random.default_rng(0)
    a, b, w, c = rng.normal(size=(3, 5)), rng.normal(size=(3, 5)), rng.normal(size=(3, 5)), rng.normal(size=3)
    weights, h = rng.dirichlet(np.ones(6), 3), np.array([0.1, 0.2, 0.05])
    expected = []
    for k in range(3):
        start = Parameters(a[k][:, None], b[k], w[k], c[k])
        gradient = squared_loss_gradient(
            start, SIX.x[:, None], SIX.y, leaky_relu(0.2), point_weights=weights[k]
        )
        expected.append([getattr(start, n).ravel() - h[k] * getattr(gradient, n).ravel() for n in "abwc"])
    gradient_step(a, b, w, c, SIX.x, SIX.y, weights, h, 0.2)
    for k in range(3):
        for got, wanted in zip((a[k], b[k], w[k], c[k : k + 1]), expected[k], strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_the_compiled_eigensystem_is_that_of_lapack(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(4, 4)) * 10.0 ** rng.integers(-3, 4, 4)
    matrix = matrix @ matrix.T
    values, vectors = matrix.copy(), np.empty((4, 4))
    symmetric_eigensystem(values, vectors)
    np.testing.assert_allclose(
        np.sort(np.diag(values)), np.linalg.eigvalsh(matrix), atol=1e-13 * np.trace(matrix)
    )
    np.testing.assert_allclose(
        vectors @ np.diag(np.diag(values)) @ vectors.T, matrix, atol=1e-12 * np.trace(matrix)
    )


@pytest.mark.parametrize("leak", [0.0, 0.3, -0.5])
def test_the_compiled_certificate_is_the_one_in_numpy(leak):
    rng = np.random.default_rng(7)
    finite = 0
    for _ in range(60):
        size = 10.0 ** rng.uniform(-6, -1)
        a, b, w = rng.normal(size=200), size * rng.normal(size=200), rng.normal(size=200) / 15
        data = WeightedData(SIX.x, SIX.y, rng.dirichlet(np.full(6, 20.0)))
        matrices, vectors = half_sided_moments(data)
        moments, optimum = neuron_moments(a, b, w), half_sided_regression(data)
        # Start near the optimum, where the certificate can hold: labels fitted up to a small error.
        c = size
        optimum = lines(moments, c, leak) + size * rng.normal(size=(2, 2)) / 50
        vectors = (matrices @ optimum[..., None])[..., 0]
        h = float(largest_step(moments, matrices, leak)) * rng.uniform(0.1, 1.9)
        expected = bound_future_drive(moments, c, matrices, optimum, h, leak)
        rows = np.stack([matrices[:, 0, 0], matrices[:, 0, 1], matrices[:, 1, 1], *vectors.T], axis=1)
        entries = np.array([[s[0, 0], s[0, 1], s[0, 2], s[1, 1], s[1, 2], s[2, 2]] for s in moments])
        got = total_movement(entries, c, np.ascontiguousarray(rows), h, leak)
        assert np.isfinite(got) == bool(expected.closes)
        if np.isfinite(got):
            finite += 1
            assert got == pytest.approx(float(expected.kappa), rel=1e-6)
    assert 5 < finite < 55


def test_batches_have_the_frequencies_of_the_weights():
    weights = np.array([0.05, 0.2, 0.25, 0.1, 0.1, 0.3])
    state, counts, total = batch_generator(11), np.zeros(6), np.zeros(6)
    for _ in range(4000):
        draw_batch(state, batch_thresholds(weights), 16, counts)
        assert counts.sum() == 16
        total += counts
    # 64000 draws: five standard deviations of the largest frequency are 0.009.
    np.testing.assert_allclose(total / 64_000, weights, atol=0.009)


def test_validation_loss_from_moments_is_the_loss():
    rng = np.random.default_rng(2)
    weights = rng.dirichlet(np.ones(6))
    lines = rng.normal(size=(2, 2))
    rows = (point_features(SIX.x, SIX.y) @ weights).reshape(2, 5)
    got = validation_loss(rows, weights @ SIX.y**2, *lines[0], *lines[1])
    assert got == pytest.approx(float(half_sided_risk(WeightedData(SIX.x, SIX.y, weights), lines)), rel=1e-13)


def test_patience_counts_checks_without_improvement():
    memory = np.array([np.inf, 0.0])
    assert not should_stop(1.0, memory)
    assert [should_stop(1.0 - 5e-9, memory) for _ in range(10)] == [False] * 9 + [True]
    memory = np.array([np.inf, 0.0])
    assert not any(should_stop(1.0 - 1e-3 * k, memory) for k in range(30))


def test_networks_with_all_neurons_on_one_side_are_degenerate():
    results = train_to_verdict(np.ones((1, 4)), np.ones((1, 4)), SIX, 0.1)
    assert results.count("degenerate") == 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"m": 0}, ValueError, "m must be at least 2"),
        ({"m": 2.0}, TypeError, "m must be an integer"),
        ({"trials": []}, ValueError, "trials is empty"),
        ({"leak": 1.0}, ValueError, "must not be 1 or -1"),
        ({"scaled_step": 0.0}, ValueError, "scaled_step must be greater than zero"),
        ({"early_stopping": True}, ValueError, "needs validation data"),
        ({"cap": 0}, ValueError, "cap must be at least 1"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
    ],
)
def test_bad_protocols_are_refused(change, error, message):
    arguments = {"m": 16, "trials": range(2), "seed": 0} | change
    with pytest.raises(error, match=message):
        simulate_crossings(SIX, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones(3), np.ones(3), SIX), "shape"),
        ((np.zeros((1, 3)), np.ones((1, 3)), SIX), "zero: that neuron has no kink"),
        ((np.ones((1, 3)), np.ones((1, 3)), SIX, -1.0), "h > 0"),
        ((np.ones((2, 3)), np.ones((2, 3)), [SIX, SIX, SIX]), "one for each network"),
        ((np.full((1, 3), np.nan), np.ones((1, 3)), SIX), "NaN"),
    ],
)
def test_bad_networks_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        train_to_verdict(*arguments)
