"""Laws of the initial parameters, exact symmetries, and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from twolayer.activations import leaky_relu, relu, swish, tanh
from twolayer.initialisation import (
    balanced,
    gaussian,
    he,
    lecun,
    mirrored_lecun,
    ntk,
    ntk_scales,
    sphere_points,
    spherical,
)
from twolayer.network import network, squared_loss_gradient

MAKERS = {
    "spherical": spherical,
    "gaussian": gaussian,
    "he": he,
    "lecun": lecun,
    "ntk": ntk,
    "mirrored_lecun": mirrored_lecun,
    "balanced": lambda rng, m, d, ensemble=(): balanced(rng, m, d, 0.1, ensemble),
}


def generator(seed=0):
    return np.random.default_rng(seed)


@given(
    st.sampled_from(sorted(MAKERS)),
    st.integers(1, 5),
    st.integers(1, 5),
    st.lists(st.integers(1, 3), max_size=2),
)
def test_every_maker_gives_the_shapes_without_biases(name, half_width, d, ensemble):
    parameters = MAKERS[name](generator(), 2 * half_width, d, tuple(ensemble))
    assert parameters.a.shape == (*ensemble, 2 * half_width, d)
    assert not parameters.b.any()
    assert not parameters.c.any()


@pytest.mark.parametrize(
    ("maker", "hidden", "output"),
    [(he, 2 / 5, 2 / 40), (lecun, 1 / 5, 1 / 40), (ntk, 1, 1), (gaussian, 1, None)],
)
def test_gaussian_makers_have_their_variances(maker, hidden, output):
    """Kolmogorov-Smirnov at 1e-4 each on fixed seeds; for a fresh seed false alarms would have rate 2e-4 a case."""
    parameters = maker(generator(4), 40, 5, (50,))
    assert stats.kstest(parameters.a.ravel() / np.sqrt(hidden), "norm").pvalue > 1e-4
    if output is None:
        assert not parameters.w.any()
    else:
        assert stats.kstest(parameters.w.ravel() / np.sqrt(output), "norm").pvalue > 1e-4
        wrong = stats.kstest(parameters.w.ravel() / np.sqrt(2 * output), "norm").pvalue
        assert wrong < 1e-4  # the test can tell a variance twice as large


@pytest.mark.parametrize("d", [1, 2, 3, 10])
def test_sphere_points_are_uniform(d):
    """The first coordinate has (1 + w)/2 of Beta((d-1)/2, (d-1)/2) law; false-alarm rate 1e-4 a dimension."""
    points = sphere_points(generator(5), 3000, d)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, rtol=1e-15 * 4)
    if d == 1:
        assert stats.binomtest(int((points > 0).sum()), 3000).pvalue > 1e-4
    else:
        law = stats.beta((d - 1) / 2, (d - 1) / 2)
        assert stats.kstest((1 + points[:, 0]) / 2, law.cdf).pvalue > 1e-4
        direction = np.ones(d) / np.sqrt(d)
        assert stats.kstest((1 + points @ direction) / 2, law.cdf).pvalue > 1e-4


@given(st.integers(1, 20), st.integers(0, 20), st.integers(1, 6), st.integers(0, 100))
def test_a_wider_draw_begins_with_the_narrower_one(count, more, d, seed):
    narrow = sphere_points(generator(seed), count, d)
    wide = sphere_points(generator(seed), count + more, d)
    np.testing.assert_array_equal(wide[:count], narrow)


def test_output_standard_deviation_of_spherical_and_gaussian():
    for maker in (spherical, gaussian):
        w = maker(generator(6), 4000, 3, output_standard_deviation=2.0).w
        # The sample standard deviation has relative error 1/sqrt(8000) = 0.011: five of them, rate below 1e-6.
        assert w.std() == pytest.approx(2.0, rel=0.056)
        with pytest.raises(ValueError, match="output_standard_deviation must not be negative"):
            maker(generator(), 4, 3, output_standard_deviation=-1.0)


@pytest.mark.parametrize("activation", [relu(), leaky_relu(0.3), swish(), tanh()], ids=lambda a: a.name)
def test_the_mirrored_network_is_zero_everywhere(activation):
    parameters = mirrored_lecun(generator(1), 40, 6, (3,))
    x = generator(2).normal(size=(20, 6))
    np.testing.assert_allclose(network(parameters, x, activation), 0, atol=1e-14)
    np.testing.assert_array_equal(parameters.a[:, :20], parameters.a[:, 20:])
    np.testing.assert_array_equal(parameters.w[:, :20], -parameters.w[:, 20:])
    assert parameters.w[:, :20].std() == pytest.approx(40**-0.5, rel=0.5)
    plain = lecun(generator(1), 40, 6, (3,))
    assert np.abs(network(plain, x, activation)).min() > 1e-6  # an unmirrored one is not


def test_balanced_neurons_stay_balanced_to_first_order():
    parameters = balanced(generator(3), 30, 4, 0.2, (2,))
    norms = np.linalg.norm(parameters.a, axis=-1)
    np.testing.assert_allclose(np.abs(parameters.w), 0.2, rtol=1e-15)
    np.testing.assert_allclose(norms, 0.2, rtol=1e-14)
    x, y = generator(4).normal(size=(9, 4)), generator(5).normal(size=9)
    gradient = squared_loss_gradient(parameters, x, y, relu())
    # d/dt (w^2 - |a|^2) = -2 (w dw - <a, da>) vanishes for a homogeneous activation.
    drift = parameters.w * gradient.w - (parameters.a * gradient.a).sum(-1)
    np.testing.assert_allclose(drift, 0, atol=1e-14)
    not_homogeneous = squared_loss_gradient(parameters, x, y, swish())
    drift = parameters.w * not_homogeneous.w - (parameters.a * not_homogeneous.a).sum(-1)
    assert np.abs(drift).max() > 1e-4
    signs = balanced(generator(6), 4000, 1, 1.0).w
    assert stats.binomtest(int((signs > 0).sum()), 4000).pvalue > 1e-4  # false-alarm rate 1e-4


def test_ntk_scales_turn_ntk_draws_into_lecun_ones():
    m, d = 8, 3
    alpha_in, alpha_out = ntk_scales(m, d)
    x = generator(1).normal(size=(5, d))
    np.testing.assert_allclose(
        network(ntk(generator(0), m, d), x, tanh(), alpha_in, alpha_out),
        network(lecun(generator(0), m, d), x, tanh()),
        rtol=1e-12,
    )


CALLS = {**MAKERS, "sphere_points": sphere_points}


@given(st.sampled_from(sorted(CALLS)), st.integers(max_value=0), st.floats())
def test_sizes_below_one_and_not_integers_are_named(name, size, not_integer):
    make = CALLS[name]
    with pytest.raises(ValueError, match=r"(width|count) must be at least 1"):
        make(generator(), size, 3)
    with pytest.raises(ValueError, match="dimension must be at least 1"):
        make(generator(), 4, size)
    with pytest.raises(ValueError, match="a size in ensemble must be at least 1"):
        make(generator(), 4, 3, (size,))
    with pytest.raises(TypeError, match=r"(width|count) must be an integer"):
        make(generator(), not_integer, 3)
    with pytest.raises(TypeError, match="dimension must be an integer"):
        make(generator(), 4, not_integer)
    with pytest.raises(TypeError, match="ensemble must be a tuple of sizes"):
        make(generator(), 4, 3, 5)
    with pytest.raises(TypeError, match=r"make one from a seed with numpy.random.default_rng\(seed\)"):
        make(0, 4, 3)


@given(st.integers(0, 50), st.floats(max_value=0.0))
def test_odd_mirrors_and_bad_scales_are_named(half, scale):
    with pytest.raises(ValueError, match=f"width must be even.*take {2 * half + 2}"):
        mirrored_lecun(generator(), 2 * half + 1, 3)
    with pytest.raises(ValueError, match="scale must be"):
        balanced(generator(), 4, 3, scale)
    with pytest.raises(ValueError, match="width must be at least 1"):
        ntk_scales(-half, 3)
