"""The engine on the star gives the events, the steps and the neurons of the plain simulator."""

import numpy as np
import pytest

from twolayer.star import (
    STEP_RULES,
    StarNetworks,
    star_networks,
    step_sizes,
    tangent_gram,
    train_on_star,
    weighted_spectrum,
)
from twolayer.star_data import arm_affine_fit, star_points
from twolayer.star_reference import train_plainly

COUNT = 24


def plain(networks, step, horizon, **options):
    return [
        train_plainly(a, w, weights, h, horizon, **options)
        for a, w, weights, h in zip(networks.a, networks.w, networks.weights, step, strict=True)
    ]


@pytest.mark.parametrize("rule", STEP_RULES)
@pytest.mark.parametrize(("width", "horizon"), [(128, 1500), (256, 1200), (512, 600)])
def test_the_same_crossings_at_the_same_steps(width, horizon, rule):
    networks = star_networks(1, width, 0, COUNT)
    step = step_sizes(networks, rule)
    outcome = train_on_star(networks, step, horizon, neurons=True)
    reference = plain(networks, step, horizon)
    assert outcome.kink.tolist() == [r["kink"] for r in reference]
    assert outcome.low.tolist() == [r["low"] for r in reference]
    assert (outcome.kink > 0).sum() > 0  # and the comparison is not one of networks in which nothing happens
    # Rounding is some 1e-16 a step, here and there; it adds up like a random walk at worst linearly.
    for k in range(COUNT):
        assert np.abs(outcome.neurons[k] - reference[k]["neurons"]).max() < 1e-11
        assert outcome.ratio[k] == pytest.approx(reference[k]["ratio"], rel=1e-11)


def test_the_fall_below_the_threshold_comes_at_the_same_step():
    # A large step makes kinks cross often and the loss fall early: the hardest case for the regrouping.
    networks = star_networks(2, 64, 0, 16)
    step = 2 * step_sizes(networks, "stated")
    outcome = train_on_star(networks, step, 20_000)
    reference = plain(networks, step, 20_000)
    assert outcome.low.tolist() == [r["low"] for r in reference]
    assert (outcome.low > 0).sum() >= 8
    assert outcome.crossed.max() >= 8


def test_crossing_networks_stop_when_told():
    networks = star_networks(3, 128, 0, 9)
    step = step_sizes(networks, "stated")
    first = train_on_star(networks, step, 400, until_kink=True)
    full = train_on_star(networks, step, 400)
    assert first.kink.tolist() == full.kink.tolist()
    crossed = first.kink > 0
    assert crossed.any()
    assert (first.steps[crossed] == first.kink[crossed]).all()
    assert (first.steps[~crossed] == 400).all()


def test_a_network_does_not_depend_on_threads_or_neighbours():
    networks = star_networks(4, 128, 0, 11)
    step = step_sizes(networks, "published")
    together = train_on_star(networks, step, 500, neurons=True)
    threads = train_on_star(networks, step, 500, neurons=True, threads=3)
    last = star_networks(4, 128, 10, 1)
    alone = train_on_star(last, step_sizes(last, "published"), 500, neurons=True)
    assert np.array_equal(together.neurons, threads.neurons)
    assert np.array_equal(together.neurons[10], alone.neurons[0])
    assert together.kink.tolist() == threads.kink.tolist()


def test_before_a_crossing_no_network_beats_the_lines():
    networks = star_networks(5, 512, 0, 16)
    outcome = train_on_star(networks, step_sizes(networks, "published"), 3000)
    uncrossed = outcome.kink < 0
    assert uncrossed.any()
    assert (outcome.ratio[uncrossed] >= 1).all()


def test_few_neurons_leave_groups_empty_or_singular():
    wide = star_networks(6, 32, 0, 40)
    networks = StarNetworks(wide.a[:, :5], wide.w[:, :5], wide.weights)
    step = 0.02 * step_sizes(networks, "stated")
    outcome = train_on_star(networks, step, 300, neurons=True)
    reference = plain(networks, step, 300)
    assert outcome.kink.tolist() == [r["kink"] for r in reference]
    assert (
        max(np.abs(n - r["neurons"]).max() for n, r in zip(outcome.neurons, reference, strict=True)) < 1e-12
    )


def test_tangent_kernel_is_that_of_the_gradients():
    networks = star_networks(7, 48, 0, 3)
    x, _ = star_points()
    z = networks.a @ x.T
    on = (z > 0).astype(float)
    for k in range(3):
        inner = on[k] * networks.w[k][:, None]
        parts = [inner * x[:, 0], inner * x[:, 1], inner, z[k] * on[k], np.ones((1, 33))]
        gram = sum(p.T @ p for p in parts)
        assert np.allclose(tangent_gram(networks)[k], gram, rtol=0, atol=1e-11)


def test_tangent_kernel_has_rank_22_and_the_limits_of_the_paper_book():
    networks = star_networks(8, 8192, 0, 6)
    spectrum = weighted_spectrum(networks) / 8192
    assert (spectrum[:, 21] > 1e-10).all()
    assert (np.abs(spectrum[:, 22:]) < 1e-14).all()
    # Fluctuations of a mean over 8192 neurons are some 3 %, those of a mean of six networks some 1.3 %.
    assert spectrum[:, 0].mean() == pytest.approx(2 / np.pi**2, rel=0.08)
    assert spectrum[:, 1:3].mean() == pytest.approx(1 / 8, rel=0.08)


def test_both_step_rules():
    networks = star_networks(9, 128, 0, 4)
    published = step_sizes(networks, "published")
    squares = (networks.a**2).sum(axis=(1, 2)) + (networks.w**2).sum(axis=1)
    assert np.allclose(published * squares, 2)
    assert (step_sizes(networks, "stated") / published > 3.5).all()
    with pytest.raises(ValueError, match=r"unknown.*stated.*published"):
        step_sizes(networks, "code")


def test_bad_input():
    networks = star_networks(0, 32, 0, 2)
    with pytest.raises(ValueError, match="step must be positive"):
        train_on_star(networks, 0.0, 10)
    with pytest.raises(ValueError, match="horizon"):
        train_on_star(networks, 0.1, 0)
    with pytest.raises(ValueError, match="rounding would decide"):
        train_on_star(networks, 0.1, 10, threshold=1.0)
    with pytest.raises(ValueError, match="NaN"):
        StarNetworks(networks.a * np.nan, networks.w, networks.weights)
    with pytest.raises(ValueError, match="shapes"):
        StarNetworks(networks.a[:, :4], networks.w, networks.weights)
    with pytest.raises(ValueError, match="no kink"):
        StarNetworks(0 * networks.a, networks.w, networks.weights)
    with pytest.raises(ValueError, match="sum to one"):
        StarNetworks(networks.a, networks.w, 2 * networks.weights)
    with pytest.raises(ValueError, match="width"):
        star_networks(0, 0, 0, 2)
    with pytest.raises(ValueError, match="shapes"):
        train_plainly(networks.a[0], networks.w[0][:3], networks.weights[0], 0.1, 10)


def test_arm_affine_fit_is_least_squares_on_each_arm():
    networks = star_networks(10, 64, 0, 3)
    lines, risk = arm_affine_fit(networks.weights)
    x, y = star_points()
    radius = np.linalg.norm(x, axis=1)
    for k in range(3):
        total = 0.0
        for arm in range(11):
            rows = slice(3 * arm, 3 * arm + 3)
            root = np.sqrt(networks.weights[k, rows])
            design = np.stack([radius[rows], np.ones(3)], axis=1) * root[:, None]
            fit, residual, *_ = np.linalg.lstsq(design, y[rows] * root, rcond=None)
            assert np.allclose(fit, lines[k, arm])
            total += residual[0] / 2
        assert risk[k] == pytest.approx(total)
