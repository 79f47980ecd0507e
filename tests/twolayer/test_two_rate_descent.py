"""The fused training loop is the plain algorithm, step by step; it can be stopped anywhere; it refuses bad input."""

import re

import numpy as np
import pytest
import torch
from bad_input import bad_counts, bad_points, bad_positive, bad_vectors, unit_points
from hypothesis import given
from hypothesis import strategies as st

from twolayer.activations import relu
from twolayer.network import squared_loss_gradient
from twolayer.parameters import Parameters
from twolayer.two_rate_descent import TwoRateDescent, advance_all


def instance(seed, m, d, n, laws="signs"):
    """Points (n, d), hidden weights (m, d), output weights and labels of the order of the paper's."""
    rng = np.random.default_rng([seed, m, d, n])
    w = rng.choice([-1.0, 1.0], m) if laws == "signs" else rng.standard_normal(m)
    return unit_points([seed, n], n, d), np.sqrt(m) * rng.standard_normal(n), rng.standard_normal((m, d)), w


def plain(x, y, a, w, rates, tolerance=1e-3, monotone=True, steps=10**6, watched=0):
    """Train as the paper writes it down, one array for each of its matrices, with everything recorded."""
    a, w = a.copy(), w.copy()
    norms, gradient_norms, changes = [], [], []
    first = before = a @ x.T > 0
    ever = np.zeros_like(first)
    outcome = "running"
    for step in range(steps + 1):
        products = a @ x.T  # (m, n), the paper's layout
        active, features = products > 0, np.maximum(products, 0)
        error = features.T @ w - y
        ever |= active != first
        if step > 0:
            changed = active != before
            changes.append((changed.sum(), changed[:, watched].sum()))
        norms.append(np.linalg.norm(error))
        before = active
        if norms[-1] < tolerance:
            outcome = "converged"
        elif step > 0 and monotone and norms[-1] > norms[-2]:
            outcome = "error increased"
        if outcome != "running" or step == steps:
            break
        gradient_a, gradient_w = w[:, None] * ((active * error) @ x), features @ error
        gradient_norms.append((np.linalg.norm(gradient_a), np.linalg.norm(gradient_w)))
        a -= rates[0] * gradient_a
        w -= rates[1] * gradient_w
    return {
        "a": a, "w": w, "outcome": outcome, "step": step, "error_norms": np.array(norms),
        "gradient_norms": np.array(gradient_norms), "activation_changes": np.array(changes),
        "ever_changed": ever.T, "active": active.T, "initially_active": first.T,
    }  # fmt: skip


def assert_same(descent, reference, output_trained=True):
    """Compare a run with the plain one: counts exactly, numbers up to rounding that the run has enlarged."""
    assert (descent.outcome, descent.step) == (reference["outcome"], reference["step"])
    for name in ("ever_changed", "active", "initially_active", "activation_changes"):
        np.testing.assert_array_equal(getattr(descent, name), reference[name], err_msg=name)
    # Sums in another order differ by 1e-15; hundreds of contracting steps enlarge that little.
    np.testing.assert_allclose(descent.a, reference["a"], atol=1e-10)
    np.testing.assert_allclose(descent.w, reference["w"], atol=1e-10)
    np.testing.assert_allclose(descent.error_norms, reference["error_norms"], atol=1e-9)
    columns = slice(None) if output_trained else slice(0, 1)
    np.testing.assert_allclose(
        descent.gradient_norms[:, columns], reference["gradient_norms"][:, columns], atol=1e-8
    )


# Widths and numbers of points below, at and above the blocks and the vectors of the fused loop.
SIZES = [(1, 1, 1), (3, 2, 5), (32, 4, 64), (33, 7, 65), (70, 6, 600)]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("ratio", [0.0, 0.3, 20.0, np.inf])
def test_it_is_the_plain_algorithm(sizes, ratio):
    x, y, a, w = instance(1, *sizes)
    scale = 0.2 / (sizes[0] * (1 + sizes[2] / sizes[1]))
    rates = (0.0, scale / sizes[1]) if np.isinf(ratio) else (scale / (1 + ratio), ratio * scale / (1 + ratio))
    options = {"rates": rates, "watched": sizes[2] - 1, "monotone": False}
    descent = TwoRateDescent(x, y, a, w, **options)
    descent.advance(150)
    assert_same(descent, plain(x, y, a, w, **options, steps=150), output_trained=ratio > 0)


@pytest.mark.parametrize("laws", ["signs", "normal"])
def test_it_is_the_plain_algorithm_to_the_end(laws):
    x, y, a, w = instance(2, 100, 20, 40, laws)
    descent = TwoRateDescent(x, y, a, w, rates=(2e-3, 1e-4))
    assert descent.advance(10**5) == "converged"
    reference = plain(x, y, a, w, rates=(2e-3, 1e-4))
    assert_same(descent, reference)
    assert reference["activation_changes"][:, 0].sum() > 100
    assert descent.error_norms[-1] < 1e-3 <= descent.error_norms[-2]


def test_points_need_not_have_norm_one():
    x, y, a, w = instance(3, 20, 5, 10)
    x = x * np.linspace(0.1, 3, 10)[:, None]
    options = {"rates": (1e-3, 1e-3)}
    descent = TwoRateDescent(x, y, a, w, **options)
    descent.advance(100)
    assert_same(descent, plain(x, y, a, w, **options, steps=100))


def test_an_increase_stops_the_run_only_where_it_is_to():
    x, y, a, w = instance(4, 50, 10, 30)
    rates = (0.09, 0.0)  # above the stable limit
    stopped = TwoRateDescent(x, y, a, w, rates=rates)
    assert stopped.advance(1000) == "error increased"
    assert_same(stopped, plain(x, y, a, w, rates), output_trained=False)
    norms = stopped.error_norms
    assert norms[-1] > norms[-2]
    assert (np.diff(norms[:-1]) <= 0).all()
    free = TwoRateDescent(x, y, a, w, rates=rates, monotone=False)
    free.advance(stopped.step + 5)
    assert free.step == stopped.step + 5
    np.testing.assert_array_equal(free.error_norms[: norms.size], norms)


@pytest.mark.parametrize("monotone", [True, False])
def test_a_divergence_is_an_outcome(monotone):
    x, y, a, w = instance(5, 20, 5, 10)
    descent = TwoRateDescent(x, y, a, w, rates=(0.5, 0.5), monotone=monotone)
    assert descent.advance(10**4) == ("error increased" if monotone else "diverged")
    assert descent.step < 100
    made = descent.step
    assert descent.advance(5) == descent.outcome
    assert descent.step == made
    assert descent.error_norms.shape == (made + 1,)
    assert not np.isnan(descent.error_norms[:-1]).any()


def test_a_start_without_error_has_converged():
    x, _, a, w = instance(6, 20, 5, 10)
    outputs = TwoRateDescent(x, np.zeros(10), a, w, rates=(0.1, 0.1)).error
    descent = TwoRateDescent(x, outputs, a, w, rates=(0.1, 0.1))
    assert descent.outcome == "converged"
    assert descent.advance(10) == "converged"
    np.testing.assert_array_equal(descent.error, 0.0)
    np.testing.assert_array_equal(descent.gradient_a, 0.0)
    np.testing.assert_array_equal(descent.a, a)
    assert descent.gradient_norms.shape == descent.activation_changes.shape == (0, 2)


@pytest.mark.parametrize("pieces", [[1] * 60, [7, 13, 40], [59, 1]])
def test_a_run_in_pieces_is_the_same_run_to_the_bit(pieces):
    x, y, a, w = instance(7, 40, 10, 90)
    whole = TwoRateDescent(x, y, a, w, rates=(1e-3, 1e-4), watched=3)
    whole.advance(60)
    other = TwoRateDescent(x, y, a, w, rates=(1e-3, 1e-4), watched=3)
    for steps in pieces:
        other.advance(steps)
    for name in ("a", "w", "error", "gradient_a", "gradient_w", "error_norms", "gradient_norms",
                 "activation_changes", "ever_changed", "active"):  # fmt: skip
        np.testing.assert_array_equal(getattr(whole, name), getattr(other, name), err_msg=name)


def test_long_runs_are_kept_in_pieces_without_a_seam():
    x, y, a, w = instance(8, 6, 3, 4)
    descent = TwoRateDescent(x, y, a, w, rates=(1e-7, 0.0))
    assert descent.advance(4096 * 2 + 3) == "running"
    assert descent.error_norms.shape == (4096 * 2 + 4,)
    assert (np.diff(descent.error_norms) < 0).all()


def test_threads_change_no_bit():
    def make():
        return [TwoRateDescent(*instance(k, 30 + k, 8, 20 + k), rates=(1e-3, 0.0)) for k in range(6)]

    alone, together = make(), make()
    assert advance_all(alone, 80) == advance_all(together, 80, threads=3)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.a, other.a)
        np.testing.assert_array_equal(one.error_norms, other.error_norms)
        np.testing.assert_array_equal(one.ever_changed, other.ever_changed)


def test_a_change_that_is_undone_has_happened():
    # One neuron is driven across zero; the error left to the other.
    x, y, a, w = np.array([[1.0]]), np.array([-0.5]), np.array([[1.0], [1.0]]), np.array([1.0, -0.5])
    descent = TwoRateDescent(x, y, a, w, rates=(1.2, 0.0), monotone=False)
    path = [descent.active[0, 0]]
    while descent.advance(1) == "running" and descent.step < 30:
        path.append(descent.active[0, 0])
    assert descent.ever_changed[0, 0]
    flips = int(np.abs(np.diff(np.array(path, dtype=int))).sum())
    assert descent.activation_changes[:, 0].sum() >= flips >= 1
    np.testing.assert_array_equal(descent.activation_changes[:, 0], descent.activation_changes[:, 1])


@pytest.mark.parametrize("sizes", SIZES)
def test_gradients_are_those_of_the_network(sizes):
    x, y, a, w = instance(9, *sizes)
    descent = TwoRateDescent(x, y, a, w, rates=(1e-3, 1e-3), monotone=False)
    for _ in range(3):
        net = Parameters(descent.a, np.zeros(len(a)), descent.w, 0.0)
        gradient = squared_loss_gradient(net, x, y, relu())
        # Sums of up to 600 terms of order 10 in another order.
        np.testing.assert_allclose(descent.gradient_a, gradient.a, atol=1e-10)
        np.testing.assert_allclose(descent.gradient_w, gradient.w, atol=1e-10)
        descent.advance(2)


def test_gradients_are_those_of_automatic_differentiation():
    x, y, a, w = instance(10, 100, 100, 100)
    descent = TwoRateDescent(x, y, a, w, rates=(1e-3, 1e-5))
    descent.advance(20)
    leaves = [torch.tensor(v, requires_grad=True) for v in (descent.a, descent.w)]
    outputs = torch.relu(torch.tensor(x) @ leaves[0].T) @ leaves[1]
    (((outputs - torch.tensor(y)) ** 2).sum() / 2).backward()
    assert np.abs(descent.gradient_a - leaves[0].grad.numpy()).max() < 1e-10
    assert np.abs(descent.gradient_w - leaves[1].grad.numpy()).max() < 1e-10
    assert np.abs(descent.gradient_w).max() > 1  # the numbers compared are not small


def test_the_start_is_copied():
    x, y, a, w = instance(11, 10, 4, 6)
    kept = a.copy(), w.copy()
    descent = TwoRateDescent(x, y, a, w, rates=(1e-2, 1e-2))
    descent.advance(5)
    np.testing.assert_array_equal(a, kept[0])
    np.testing.assert_array_equal(w, kept[1])
    assert np.abs(descent.a - a).max() > 0


GOOD = dict(zip(("x", "y", "a", "w"), instance(12, 6, 3, 4), strict=True)) | {"rates": (0.01, 0.01)}


def refused(**change):
    """Return the message with which an argument is refused, before any training."""
    with pytest.raises((TypeError, ValueError)) as caught:
        TwoRateDescent(**(GOOD | change))
    return str(caught.value)


@given(bad_points())
def test_bad_points_are_refused(x):
    assert re.search(r"\bx\b", refused(x=x))


@given(bad_vectors(4))
def test_bad_labels_are_refused(y):
    assert re.search(r"\by\b", refused(y=y))


@given(bad_vectors(6))
def test_bad_output_weights_are_refused(w):
    assert re.search(r"\bw\b", refused(w=w))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": np.ones((6, 2))}, "a must have shape"),
        ({"a": np.ones((0, 3)), "w": np.ones(0)}, "m >= 1"),
        ({"a": np.ones(3)}, "a must have shape"),
        ({"a": np.full((6, 3), np.nan)}, "NaN"),
        ({"w": np.ones((6, 1))}, "one entry for each row of a"),
        ({"x": np.ones((4, 2))}, "a must have shape"),
        ({"rates": (0.0, 0.0)}, "not both zero"),
        ({"rates": (-0.1, 0.1)}, "not be negative"),
        ({"rates": (0.1, -0.1)}, "not be negative"),
        ({"rates": 0.1}, "pair"),
        ({"rates": (0.1, 0.1, 0.1)}, "pair"),
        ({"rates": (np.nan, 0.1)}, r"rates\[0\]"),
        ({"rates": (0.1, np.inf)}, r"rates\[1\]"),
        ({"watched": 4}, "one of the 4 points"),
        ({"watched": -1}, "watched"),
        ({"watched": 0.5}, "watched"),
    ],
)
def test_other_bad_input_is_refused(change, message):
    assert re.search(message, refused(**change))


@given(bad_positive())
def test_bad_tolerances_are_refused(tolerance):
    assert "tolerance" in refused(tolerance=tolerance)


@given(bad_counts(), st.sampled_from(["steps", "all", "threads"]))
def test_bad_counts_are_refused(count, where):
    descent = TwoRateDescent(*(GOOD[k] for k in ("x", "y", "a", "w")), rates=GOOD["rates"])
    call = {
        "steps": lambda: descent.advance(count),
        "all": lambda: advance_all([descent], count),
        "threads": lambda: advance_all([descent], 1, threads=count),
    }[where]
    with pytest.raises((TypeError, ValueError), match="threads" if where == "threads" else "steps"):
        call()
    assert descent.step == 0
