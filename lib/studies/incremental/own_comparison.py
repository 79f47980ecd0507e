"""Where training from a reader's start agrees with Algorithm 1, and where not."""

import functools
from dataclasses import dataclass

import numpy as np

from studies.incremental import own_reasons
from studies.incremental.own_staircase import SAME, descend, predict, train


def half_times(training, prediction):
    """Return when the groups have half of their squared norms, over L; NaN where they never do, shape (K,)."""
    found = []
    for group, norm in zip(prediction.groups, prediction.process.label_norms, strict=True):
        logs = np.logaddexp.reduce(2 * training.log_norms[:, group], axis=1) - np.log(norm / 2)
        after = int((logs >= 0).argmax())
        if logs[after] < 0:
            found.append(np.nan)
        elif after == 0:
            found.append(0.0)
        else:
            low, high = logs[after - 1 : after + 1]
            begin, end = training.times[after - 1 : after + 1]
            found.append(begin + (end - begin) * low / (low - high))
    return np.array(found)


@dataclass(frozen=True)
class Agreement:
    """Where a run agrees with Algorithm 1.

    Attributes
    ----------
    half : ndarray of shape (K,)
        Times of half height over L.
    middles, plateaus : ndarray of shape (K,)
        Times in the middle between one half height and the next (after the last: the end), and the losses there; NaN
        between jumps that tie.
    plateau_errors : ndarray of shape (K,)
        By how much they miss the losses of the saddles, as a part of the loss at the start.
    norm_error : float
        Largest difference of a group's, or an idle neuron's, squared norm at the end from its limit, over the largest
        limit.
    wrong_points : ndarray of int
        Points whose output at the end is further than one per cent of the largest label from what is predicted.
    loss_error : float
        That of the last loss, as a part of the loss at the start.
    ordered : bool
        Whether all groups reach half height in the predicted order; those that tie may come in any.
    """

    half: np.ndarray
    middles: np.ndarray
    plateaus: np.ndarray
    plateau_errors: np.ndarray
    norm_error: float
    wrong_points: np.ndarray
    loss_error: float
    ordered: bool


def compare(instance, prediction, training):
    """Compare a run with the prediction; arguments as returned by the functions above."""
    process, half = prediction.process, half_times(training, prediction)
    tied = np.diff(process.times) <= SAME * process.times[1:] if half.size else np.zeros(0, bool)
    ordered = bool(np.isfinite(half).all() and ((np.diff(half) > 0) | tied).all())
    ends = np.append(half[1:], training.times[-1])
    there = np.isfinite(half + ends) & ~np.append(tied, False)
    middles = np.where(there, (half + ends) / 2, np.nan)
    plateaus = np.interp(middles, training.times, training.losses)
    start = process.losses[0]
    squares, limits = np.exp(2 * training.log_norms[-1]), prediction.limits
    for group in prediction.groups:
        squares[group[0]] = squares[group].sum()
        squares[group[1:]] = 0.0
    expected = np.where(prediction.fitted_by >= 0, instance.y, 0.0)
    wrong = np.abs(training.outputs[-1] - expected) > 0.01 * np.abs(instance.y).max()
    return Agreement(
        half,
        middles,
        plateaus,
        np.abs(plateaus - process.losses[1:]) / start,
        float(np.abs(squares - limits).max() / (limits.max() or np.linalg.norm(instance.y))),
        np.flatnonzero(wrong),
        float(abs(training.losses[-1] - process.losses[-1]) / start),
        ordered,
    )


@dataclass(frozen=True)
class Trial:
    """An instance, what Algorithm 1 says of it, and what training does.

    Attributes
    ----------
    instance : OwnInstance
        The instance.
    length, factor : float
        L and c.
    prediction : Prediction
        Of Algorithm 1.
    main : Training
        The flow, or the descent in its place.
    descent : Training
        Gradient descent; the main run if that is one.
    comparison : Agreement
        Of the main run with the prediction.
    """

    instance: object
    length: float
    factor: float
    prediction: object
    main: object
    descent: object
    comparison: Agreement

    @functools.cached_property
    def known(self):
        """Constants beyond Algorithm 1, see :class:`studies.incremental.own_reasons.Constants`."""
        return own_reasons.constants(self.instance, self.prediction, self.factor)

    @functools.cached_property
    def contests(self):
        """All contests for points, the most stubborn first."""
        return own_reasons.contests(self.instance, self.prediction, self.known, self.factor)

    @functools.cached_property
    def neighbours(self):
        """All pairs of jumps in a row."""
        return own_reasons.neighbours(self.instance, self.prediction, self.known, self.length, self.factor)

    @property
    def forecast(self):
        """Largest size of a contest at L, or the start's own: by how much squared norms are expected to be wrong."""
        return self.forecast_at(self.length)

    def forecast_at(self, length):
        """Return the forecast at another L, from the same constants."""
        return max([float(np.exp(-2 * length)), *(contest.size(length) for contest in self.contests)])

    @property
    def enough(self):
        """L from which on start and contests are below one per cent and no two jumps merge that do not tie."""
        apart = [pair.enough for pair in self.neighbours if np.isfinite(pair.enough)]
        return max([own_reasons.LARGE, *apart, *(contest.enough for contest in self.contests)])


def trial(instance, length, factor=1.0, *, descent=True):
    """Predict, train and compare.

    Parameters
    ----------
    instance : OwnInstance
        The instance.
    length : float
        L > 0.
    factor : float
        c of the loss.
    descent : bool
        Whether gradient descent is wanted beside the flow.

    Returns
    -------
    Trial

    Raises
    ------
    TypeError, ValueError
        If L or c is not a positive number.
    """
    prediction = predict(instance, factor)
    main = train(instance, prediction, length, factor)
    beside = descend(instance, prediction, length, factor) if descent and main.method == "flow" else main
    comparison = compare(instance, prediction, main)
    return Trial(instance, float(length), float(factor), prediction, main, beside, comparison)
