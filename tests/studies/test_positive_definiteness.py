"""Theorem 3.3: predicted and measured ranks, the kernel by sampling, and the growth of ReLU's expansion."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import eval_gegenbauer

from studies.underdetermined import positive_definiteness as study
from twolayer.activations import relu, sine, swish, wendland
from twolayer.funk_hecke import funk_hecke_coefficients, population_kernel
from twolayer.kernels import arccosine_kernel


def test_every_prediction_of_the_rank_holds():
    table = study.rank_table(0)
    assert (table["cube"] == table["predicted_cube"]).all()
    assert (table["pairs"] == table["predicted_pairs"]).all()
    full = (table["cube"] == 8) & (table["pairs"] == 20)
    assert (full == table["definite"]).all()
    assert 0 < full.sum() < len(table)  # both answers occur


def test_another_seed_gives_the_same_ranks():
    first, second = study.rank_table(0), study.rank_table(7)
    assert (first[["cube", "pairs"]] == second[["cube", "pairs"]]).all(axis=None)


def test_an_odd_activation_has_no_even_part():
    assert study.predicted_rank(sine(), 4) == 4
    assert study.predicted_rank(relu(), 4) == 7
    assert study.predicted_rank(wendland(0, 3), 10) == 20


def test_rotated_pairs_keep_their_inner_product():
    t = np.linspace(-1, 1, 9)
    x, y = study.random_pairs_at(np.random.default_rng(0), t, 5)
    np.testing.assert_allclose((x * y).sum(axis=1), t, atol=1e-14)
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), 1, atol=1e-14)


def test_sampling_agrees_with_the_closed_form():
    t = np.array([-0.8, -0.1, 0.4, 0.95])
    rng = np.random.default_rng(3)
    x, y = study.random_pairs_at(rng, t, 4)
    mean, error = study.kernel_by_sampling(rng, x, y, [relu()], 20_000)
    # Four comparisons within five standard errors: false alarm about 2e-6.
    assert (np.abs(mean[0] - arccosine_kernel(t) / 8) < 5 * error[0]).all()


@pytest.mark.parametrize("dimension", [3, 4, 5, 8, 10])
def test_the_closed_form_of_relu_agrees_with_quadrature(dimension):
    coefficients = funk_hecke_coefficients(relu(), dimension, 20)
    for k in (2, 4, 10, 20):
        # Quadrature is known to about 1e-17 in absolute terms.
        assert study.relu_coefficient(dimension, k) == pytest.approx(coefficients[k], rel=1e-10, abs=1e-17)


@pytest.mark.parametrize("degree", [-2, 0, 1, 3])
def test_degrees_without_a_closed_form_are_refused(degree):
    with pytest.raises(ValueError, match="even and at least 2"):
        study.relu_coefficient(3, degree)


def test_the_terms_grow_with_the_exponent_of_theory():
    table = study.growth_table((3, 4, 5, 6, 8, 10))
    # The relative correction to the power law is O(d^2 / k), at most 0.1 at k = 200: exponents within 0.05.
    np.testing.assert_allclose(table["exponent"], table["theory"], atol=0.05)
    assert table["vanish"].tolist() == [True, True, True, False, False, False]
    assert table["summable"].tolist() == [True, False, False, False, False, False]


def test_the_coefficients_of_the_kernel_are_the_papers():
    # c_k = a_k^2 / b_k Gamma(d+k-2) / (Gamma(d-2) k!), with a_k computed by adaptive quadrature, without our P_k.
    d, lam = 5, 1.5
    kernel = population_kernel(swish(), d, degree=8)

    def inner(f):
        return quad(lambda t: f(t) * (1 - t * t) ** ((d - 3) / 2), -1, 1, epsabs=1e-13)[0]

    for k in (0, 1, 2, 4):
        a = inner(lambda t, k=k: swish()(t) * eval_gegenbauer(k, lam, t)) / inner(
            lambda t, k=k: eval_gegenbauer(k, lam, t) ** 2
        )
        b = math.comb(d + k - 1, k) - (math.comb(d + k - 3, k - 2) if k >= 2 else 0)
        c = a**2 / b * math.gamma(d + k - 2) / (math.gamma(d - 2) * math.factorial(k))
        assert c * eval_gegenbauer(k, lam, 1.0) == pytest.approx(kernel.energies[k], rel=1e-8, abs=1e-16)
