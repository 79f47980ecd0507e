"""Two additions to Appendices B to D: the moments have rank two, and what happens outside the set of Lemma B.2."""

import numpy as np

from studies.inconsistency.kernel_view import activation, random_data
from studies.inconsistency.recorded_runs import (
    LEAKS,
    moments_along,
    network_and_step,
    recorded_run,
    resampled_six_points,
)
from twolayer import fixed_pattern as fixed
from twolayer.initialisation import he
from twolayer.network import squared_loss_and_gradient


def dependent_moment(seed, m=200, steps=1000):
    r"""Return how well :math:`\Sigma_{b^2}` follows from the other five moments of its side, for each leak.

    The moments of neurons that start with b = 0 have rank two. The largest error along a run, over the largest
    :math:`\Sigma_{b^2}`.
    """
    data, errors = resampled_six_points(seed), {}
    for leak in LEAKS:
        start, h = network_and_step(seed, m, leak, data)
        moments = moments_along(recorded_run(start, data, h, range(steps + 1), leak))
        z, others = moments[..., 1, [0, 2]], moments[..., [0, 2], :][..., [0, 2]]
        predicted = (z * np.linalg.solve(others, z[..., None])[..., 0]).sum(axis=-1)
        errors[leak] = float(np.abs(predicted - moments[..., 1, 1]).max() / moments[..., 1, 1].max())
    return errors


def outside_the_set(seed, factor, m=32, draws=2000):
    """Return the share of weights drawn from S for ``factor`` times the distance of the data whose loss is another one.

    With it the mean number of neurons whose pattern on the data is another one; ReLU.
    """
    data = random_data(seed, 30)
    start = he(np.random.default_rng([seed, m, 21]), m, 1)
    signs, distance = fixed.activation_signs(start), factor * float(data.smallest_distance)
    weights = fixed.sample_keeping_pattern(np.random.default_rng([seed, 22]), start, distance, draws)
    frozen, _ = fixed.fixed_pattern_loss_and_gradient(weights, signs, data, 0.0)
    true, _ = squared_loss_and_gradient(
        weights, data.x[:, None], data.y, activation(0.0), point_weights=data.weights
    )
    active = weights.a * data.x + weights.b[..., None] > 0
    moved = (active != (start.a * data.x > 0)).any(axis=-1)
    return {
        "loss differs": float((np.abs(frozen / true - 1) > 1e-12).mean()),
        "neurons": float(moved.sum(-1).mean()),
    }
