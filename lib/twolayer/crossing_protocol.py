"""What both engines for the line agree upon: verdicts, the times of the checks, batches, early stopping."""

import numpy as np

from twolayer.compiled import compiled

FLAGGED = 0
"""A neuron has crossed, or changed the sign of its a: the event-driven engine has to look."""
CROSSED = 1
CERTIFIED = 2
EARLY_STOPPED = 3
UNFINISHED = 4
DEGENERATE = 5

CHUNK = 100
"""Steps between two looks at a training; crossings are seen at every step, certificates only here."""

POLL_RATIO = 1.1
"""Certificates are asked for at times that grow by this ratio: a verdict comes at most 10 % too late."""

VALIDATION_PERIOD = 1000
"""Steps between two checks of the validation loss (paper 000, Section 9.1)."""
PATIENCE = 10
"""Checks without improvement after which training stops."""
IMPROVEMENT = 1e-8
"""By how much the validation loss, with its factor 1/2, must fall to count as an improvement."""


@compiled
def next_poll(step):
    """Return the multiple of ``CHUNK`` at which the certificate is asked for after the given step."""
    return max(step + CHUNK, CHUNK * int(np.ceil(POLL_RATIO * step / CHUNK)))


@compiled
def validation_loss(data, constant, p, q, p_, q_):
    r"""Return :math:`\tfrac12(v^TMv - 2\hat u^{0T}v + E y^2)`, summed over the sides, from their moments (2, 5)."""
    first = data[0, 0] * p * p + 2.0 * data[0, 1] * p * q + data[0, 2] * q * q
    second = data[1, 0] * p_ * p_ + 2.0 * data[1, 1] * p_ * q_ + data[1, 2] * q_ * q_
    mixed = data[0, 3] * p + data[0, 4] * q + data[1, 3] * p_ + data[1, 4] * q_
    return 0.5 * (first + second - 2.0 * mixed + constant)


@compiled
def should_stop(loss, memory):
    """Look at one validation loss and tell whether patience is at an end.

    The memory holds the reference loss (infinite before the first check) and the checks without improvement.
    """
    if loss < memory[0] - IMPROVEMENT:
        memory[0] = loss
        memory[1] = 0.0
    else:
        memory[1] += 1.0
    return memory[1] >= PATIENCE


@compiled
def next_draw(first, second):
    r"""Return an integer below :math:`2^{32}` and the next state of xoroshiro128+ (Blackman and Vigna 2021)."""
    number = np.int64((first + second) >> np.uint64(32))
    second ^= first
    after = ((first << np.uint64(24)) | (first >> np.uint64(40))) ^ second ^ (second << np.uint64(16))
    return number, after, (second << np.uint64(37)) | (second >> np.uint64(27))


@compiled
def draw_batch(generator, thresholds, batch_size, counts):
    """Draw points with replacement and write how often each occurred; advances the generator (two uint64)."""
    counts[:] = 0.0
    for _ in range(batch_size):
        number, generator[0], generator[1] = next_draw(generator[0], generator[1])
        point = 0
        while point < thresholds.shape[0] and number >= thresholds[point]:
            point += 1
        counts[point] += 1.0


def batch_thresholds(weights):
    r"""Return the cumulative weights in units of :math:`2^{-32}`, the last one left out.

    Parameters
    ----------
    weights : ndarray of shape (..., n)
        Probabilities.

    Returns
    -------
    ndarray of int64, shape (..., n - 1)
        A draw is an integer below :math:`2^{32}`: weights count / n are met exactly where n is a power of two up to
        :math:`2^{32}`, and to :math:`2^{-32}` otherwise.
    """
    return np.rint(np.cumsum(weights, axis=-1)[..., :-1] * 2.0**32).astype(np.int64)


def batch_generator(seed):
    """Return the state of xoroshiro128+ for a seed, an integer or a list of integers, as two uint64."""
    return np.random.SeedSequence(seed).generate_state(2, np.uint64)


def point_features(x, y):
    """Return what each point adds to the data: xx, x, 1, xy, y of each side, an array of shape (10, n)."""
    sides = [(x > 0).astype(np.float64), (x < 0).astype(np.float64)]
    return np.array([side * value for side in sides for value in (x * x, x, np.ones_like(x), x * y, y)])
