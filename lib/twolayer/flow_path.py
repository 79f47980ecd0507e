"""What :mod:`twolayer.saddle_flow` records of a path of the gradient flow."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline


@dataclass(frozen=True)
class FlowPath:
    """A path of the flow.

    Attributes
    ----------
    times : ndarray of shape (R,)
        Increasing times, dense inside jumps; between two of them on a plateau the closed form is sampled.
    log_norms : ndarray of shape (R, m)
        Logarithm of the norm of either layer of each neuron.
    losses : ndarray of shape (R,)
        Loss.
    snapshots : tuple of (time, directions, log_norms)
        At the times asked for: hidden weights divided by the norm, shape (m, n), and their log norms.
    end : tuple of (hidden weights, output weights)
        At the last time, arrays of shapes (m, n) and (m,); what underflows is zero.
    finished : bool
        Whether nothing will move any more; otherwise the path ends at the time limit.
    windows : ndarray of shape (W, 2)
        Begin and end of the intervals that were integrated numerically.
    deactivations : ndarray
        Times at which a coordinate reached zero on a plateau.
    """

    times: np.ndarray
    log_norms: np.ndarray
    losses: np.ndarray
    snapshots: tuple
    end: tuple
    finished: bool
    windows: np.ndarray
    deactivations: np.ndarray

    def crossing_time(self, neuron, log_norm):
        """Return the first time at which a neuron's log norm reaches a value, NaN if it never does."""
        values = self.log_norms[:, neuron]
        above = np.flatnonzero(values >= log_norm)
        if not above.size:
            return np.nan
        k = above[0]
        if k == 0:
            return float(self.times[0])
        low, high = max(0, k - 4), min(self.times.size, k + 4)
        step = (
            self.times[k] - self.times[k - 1]
        )  # cubes of very long and very short times leave the range of numbers
        piece = CubicSpline((self.times[low:high] - self.times[k - 1]) / step, values[low:high] - log_norm)
        roots = piece.roots(extrapolate=False)
        inside = roots[(roots >= 0) & (roots <= 1)]
        return float(self.times[k - 1] + step * (inside[0] if inside.size else 1.0))

    def in_units(self, unit):
        """Return the path for labels that are larger by a factor: weights grow with its root, times fall with it."""
        size = np.log(unit) / 2
        return FlowPath(
            self.times / unit,
            self.log_norms + size,
            self.losses * unit**2,
            tuple((time / unit, directions, logs + size) for time, directions, logs in self.snapshots),
            tuple(weights * np.sqrt(unit) for weights in self.end),
            self.finished,
            self.windows / unit,
            self.deactivations / unit,
        )
