"""Nets of the sphere: covering radii against samples, the proof of Fact 2.1, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twolayer.sphere_nets import circle_net, covering_radius, net_size_bound, separated_net


@given(st.floats(0.01, 2.0))
def test_the_net_of_the_circle_is_one_and_the_smallest(epsilon):
    net = circle_net(epsilon)
    assert covering_radius(net) <= epsilon * (1 + 1e-7)
    fewer = len(net) - 1
    if fewer > 1:
        assert 2 * np.sin(np.pi / (2 * fewer)) > epsilon * (1 - 1e-7)
    assert len(net) <= net_size_bound(epsilon, 2)


@pytest.mark.parametrize("epsilon", [1.2, 0.6, 0.3, 0.15])
def test_separated_nets_cover_and_are_separated(epsilon):
    net = separated_net(epsilon)
    distances = np.linalg.norm(net[:, None] - net[None], axis=2) + 9 * np.eye(len(net))
    assert distances.min() > epsilon
    assert 4 / epsilon**2 <= len(net) <= net_size_bound(epsilon, 3)
    samples = np.random.default_rng(0).standard_normal((20_000, 3))
    samples /= np.linalg.norm(samples, axis=1, keepdims=True)
    nearest = np.sqrt(np.maximum(2 - 2 * (samples @ net.T).max(axis=1), 0))
    assert 0.8 * covering_radius(net) <= nearest.max() <= covering_radius(net) + 1e-12 <= epsilon + 1e-12


def test_covering_radii_of_polyhedra():
    octahedron = np.concatenate([np.eye(3), -np.eye(3)])
    assert covering_radius(octahedron) == pytest.approx(np.sqrt(2 - 2 / np.sqrt(3)), rel=1e-12)
    assert covering_radius([[1.0, 0.0], [-1.0, 0.0]]) == pytest.approx(np.sqrt(2), rel=1e-12)
    assert covering_radius([[1.0, 0.0]]) == pytest.approx(2.0)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="epsilon must be greater than zero"):
        circle_net(0.0)
    with pytest.raises(ValueError, match=r"epsilon must be at most 1\.4"):
        separated_net(1.5)
    with pytest.raises(ValueError, match="dimension 2 or 3"):
        covering_radius(np.eye(4))
    with pytest.raises(ValueError, match="hemisphere"):
        covering_radius([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [0.6, 0.8, 0]])
    with pytest.raises(ValueError, match="norm 1"):
        covering_radius([[2.0, 0.0]])
