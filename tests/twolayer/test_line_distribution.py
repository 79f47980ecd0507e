"""Distributions on the line: moments and risks against closed forms and other integration, and samples."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest

from twolayer.example_distributions import beta_distribution, cosine_distribution, interval_labels
from twolayer.half_sided import WeightedData, half_sided_regression, half_sided_risk
from twolayer.line_distribution import LineDistribution, lines_error

ALL = [cosine_distribution(), interval_labels(), beta_distribution(3.0), beta_distribution(7.5, noise=0.0)]


@pytest.mark.parametrize("law", ALL, ids=lambda law: law.name)
def test_density_integrates_to_one_and_inputs_follow_it(law):
    assert law.expectation(np.ones_like) == pytest.approx(1.0, abs=1e-9)
    x = law.draw_inputs(np.random.default_rng(1), 4000)
    assert (law.density(x) > 0).all()

    def distribution_function(t):
        nodes, mass = law.quadrature()
        return np.array([mass[nodes <= s].sum() for s in np.atleast_1d(t)])

    # The quadrature resolves the distribution function to about 1e-3; a correct sampler fails with probability 1e-4.
    assert kstest(x, distribution_function).statistic < 2.2 / np.sqrt(4000) + 2e-3


def test_the_cosine_has_the_moments_of_appendix_l():
    law = cosine_distribution()
    assert law.expectation(np.square) == pytest.approx(1.0, abs=1e-12)
    assert law.eta == 5.0
    assert law.support[1][1] ** 2 == pytest.approx(196 / 105, rel=1e-14)
    # Independent adaptive integration of the density as printed.
    density = lambda x: law.density(np.array([x]))[0]  # noqa: E731
    second = quad(
        lambda x: density(x) * law.regression(np.array([x]))[0] ** 2, *law.support[1], epsabs=1e-12, limit=200
    )[0]
    assert 2 * second == pytest.approx(law.expectation(lambda x: law.regression(x) ** 2), abs=1e-10)
    # Golden scalars: root mean square of the best constant and half-sided affine predictors, to the digits of the
    # sampled values .9644 and .9626, which are known to 5e-4; and the Bayes error 0.1 / 0.727.
    constant = (
        law.expectation(lambda x: law.regression(x) ** 2)
        - law.expectation(law.regression) ** 2
        + law.noise**2
    )
    assert np.sqrt(constant) == pytest.approx(0.9644, abs=1e-3)
    assert np.sqrt(2 * law.affine_risk()) == pytest.approx(0.9626, abs=1e-3)
    assert np.sqrt(2 * law.bayes_risk) == pytest.approx(0.13755, abs=1e-5)


def test_near_zero_the_mass_has_the_exponent_eta():
    for eta in (3.0, 5.0, 8.0):
        law = beta_distribution(eta)
        mass = [1 - law.quadrature(t)[1].sum() for t in (0.02, 0.04)]
        # The density is t^(eta - 1) (1 - t): the ratio is 2^eta up to the second factor, a few per cent.
        assert np.log2(mass[1] / mass[0]) == pytest.approx(eta, abs=0.05)


@pytest.mark.parametrize("length", [0.25, 1.0, np.sqrt(3 / 58)])
def test_example_2_in_closed_form(length):
    law = interval_labels(length)
    matrices, correlations = law.moments()
    assert np.abs(correlations).max() < 1e-14 * max(length, 1)
    assert law.expectation(np.square) == pytest.approx(58 / 3 * length**2, rel=1e-12)
    assert matrices[0, 1, 1] == pytest.approx(0.5, rel=1e-12)
    # E[x; x > 0] = lambda (1.5 + 8 + 6.5) / 8 = 2 lambda.
    assert matrices[0, 0, 1] == pytest.approx(2 * length, rel=1e-12)
    assert law.affine_risk() == pytest.approx(0.5, rel=1e-12)
    assert law.bayes_risk == 0.0


def test_labels_of_example_2_are_those_of_the_intervals():
    law = interval_labels(1.0)
    assert law.regression(np.array([1.5, 4.0, 6.5, -1.5, -4.0, -6.5])).tolist() == [1, -1, 1, -1, 1, -1]


def test_the_shift_removes_the_intercepts_and_nothing_else():
    law = cosine_distribution()
    shifted = law.without_intercepts()
    assert np.abs(shifted.lines()[:, 1]).max() < 1e-13
    np.testing.assert_allclose(shifted.lines()[:, 0], law.lines()[:, 0], rtol=1e-12)
    assert shifted.affine_risk() == pytest.approx(law.affine_risk(), rel=1e-12)


def test_samples_approach_the_lines_of_the_distribution():
    law = cosine_distribution()
    data = WeightedData(*law.sample(np.random.default_rng(3), 200_000))
    # One standard error is about 0.02 for intercepts: five of them.
    assert lines_error(data, law) < 0.1
    assert half_sided_risk(data) == pytest.approx(law.affine_risk(), rel=0.02)
    assert half_sided_regression(data).shape == law.lines().shape


def test_excess_risk_of_the_regression_function_is_zero_and_of_the_lines_the_gap():
    law = cosine_distribution()
    slopes, intercepts = law.lines().T
    assert law.excess_risk(law.regression) == 0.0

    def broken_line(x):
        side = np.where(x > 0, 0, 1)
        return slopes[side] * x + intercepts[side]

    assert law.excess_risk(broken_line) + law.bayes_risk == pytest.approx(law.affine_risk(), rel=1e-12)


def test_freedom_near_zero_never_costs():
    risks = [cosine_distribution().affine_risk(delta) for delta in (0.0, 0.05, 0.1, 0.3, 0.9, 1.3)]
    assert (np.diff(risks) <= 1e-15).all()
    assert cosine_distribution().affine_risk(5.0) == pytest.approx(cosine_distribution().bayes_risk)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: beta_distribution(0.0), "eta"),
        (lambda: beta_distribution(5.0, noise=-1.0), "noise"),
        (lambda: interval_labels(-0.25), "length"),
        (lambda: cosine_distribution().sample(np.random.default_rng(0), 0), "n must be"),
        (lambda: cosine_distribution().affine_risk(-0.1), "distance from zero"),
        (lambda: cosine_distribution().excess_risk(lambda x: x[:-1]), "shape"),
        (lambda: cosine_distribution().excess_risk(lambda x: x * np.nan), "NaN"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_seed_is_no_generator():
    with pytest.raises(TypeError, match="rng"):
        LineDistribution(**cosine_distribution().__dict__).sample(0, 5)
