"""Strategies that spoil good arguments, shared by the tests of bad input."""

import numpy as np
from hypothesis import strategies as st

NOT_NUMBERS = st.sampled_from(["text", None, True, [1j], {"a": 1}, [[1.0], [2.0, 3.0]]])
NOT_FINITE = st.sampled_from([np.nan, np.inf, -np.inf])


def unit_points(seed, count, dimension):
    """Points drawn uniformly from the unit sphere, as rows."""
    x = np.random.default_rng(seed).standard_normal((count, dimension))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def cube():
    """The eight bad points of paper 001 and the null vector v."""
    x = np.array([[a, b, c] for a in (1, -1) for b in (1, -1) for c in (1, -1)]) / np.sqrt(3)
    return x, np.sign(x.prod(axis=1))


@st.composite
def bad_points(draw, unit=False):
    """Arrays that are not finite matrices of points (and, with ``unit``, matrices of points off the sphere)."""
    x = unit_points(draw(st.integers(0, 99)), draw(st.integers(1, 5)), draw(st.integers(2, 4)))
    kinds = ["vector", "cube", "no rows", "no columns", "not finite", "not numbers"]
    kind = draw(st.sampled_from(kinds + ["off the sphere"] * unit))
    if kind == "not finite":
        x[draw(st.integers(0, len(x) - 1)), draw(st.integers(0, x.shape[1] - 1))] = draw(NOT_FINITE)
    if kind == "off the sphere":
        x[draw(st.integers(0, len(x) - 1))] *= draw(st.sampled_from([0.0, 0.5, 1.001, 1e200]))
    spoiled = {"vector": x[0], "cube": x[None], "no rows": x[:0], "no columns": x[:, :0]}
    return draw(NOT_NUMBERS) if kind == "not numbers" else spoiled.get(kind, x)


@st.composite
def bad_vectors(draw, length):
    """Arrays that are not finite vectors of the given length."""
    y = np.ones(length)
    kind = draw(st.sampled_from(["longer", "matrix", "not finite", "not numbers"]))
    if kind == "not finite":
        y[draw(st.integers(0, length - 1))] = draw(NOT_FINITE)
    return {"longer": np.ones(length + 1), "matrix": y[None], "not finite": y}.get(kind, draw(NOT_NUMBERS))


def bad_positive():
    """Values that are not positive numbers."""
    return NOT_NUMBERS | NOT_FINITE | st.floats(-1e6, 0.0)


def bad_counts(minimum=1):
    """Values that are not integers from the minimum on."""
    return NOT_NUMBERS | NOT_FINITE | st.integers(-99, minimum - 1) | st.just(2.5)
