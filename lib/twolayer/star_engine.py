r"""Eight networks on the star from initialisation to the horizon.

The compiled kernel (:mod:`twolayer.star_kernel`) trains eight networks, one in each lane, until one of them needs
attention; :mod:`twolayer.star_events` gives it; a lane that has finished takes the next network. Lanes do not mix, so
that the outcome of a network does not depend on its neighbours.
"""

import numpy as np

from twolayer import star_events as events
from twolayer.lanes import LANES, aligned_zeros
from twolayer.star_data import POINTS
from twolayer.star_groups import GROUPS
from twolayer.star_kernel import SPENT, advance


class StarEngine:
    """Trains networks of one width, eight at a time.

    Parameters
    ----------
    networks : twolayer.star.StarNetworks
        N networks of width m.
    order, start : ndarray of int, shape (N, m), (N, 23)
        Neurons sector by sector, in each by their angles; those of sector g at ``start[g] : start[g + 1]``.
    step, threshold : ndarray of shape (N,)
        Step sizes h, and thresholds of the weighted sum of squares.
    horizon : int
        Most steps.
    until_kink : bool
        Whether a network stops at its first crossing.

    Attributes
    ----------
    results : ndarray of shape (N, 6)
        Step of the first crossing and of the fall below the threshold (-1 for none), steps taken, neurons that have
        crossed, weighted sum of squares at the end, exact kink tests.
    """

    def __init__(self, networks, order, start, step, threshold, horizon, until_kink):
        self.networks, self.order, self.start = networks, order.copy(), start
        self.step, self.threshold = step, threshold
        self.horizon, self.until_kink = horizon, until_kink
        m = networks.width
        self.results = np.zeros((len(networks), 6))
        self.results[:, :2] = -1
        for name, size in (
            ("psi", 12 * GROUPS), ("sums", 3 * GROUPS), ("haste", GROUPS), ("pull", POINTS), ("shift", 1),
            ("spent", 1), ("target", 1), ("loss", 1), ("scratch", 300), ("free", 4 * m),
        ):  # fmt: skip
            setattr(self, name, aligned_zeros(size * LANES))
        self.target[:] = -1.0
        self.number, self.age = np.full(LANES, -1), np.zeros(LANES, dtype=np.int64)
        self.size = np.zeros((LANES, GROUPS), dtype=np.int64)
        self.corner_count = np.zeros((LANES, GROUPS), dtype=np.int64)
        self.t, self.s, self.q = np.empty((LANES, m)), np.empty((LANES, m)), np.empty((LANES, m, 3))
        self.corners = np.empty((LANES, 2 * m), dtype=np.int64)
        self.free_count, self.free_ids = np.zeros(LANES, dtype=np.int64), np.empty((LANES, m), dtype=np.int64)

    def run(self, neurons=None):
        """Train all networks; write (a1, a2, b, w) at the end to ``neurons``, of shape (N, m, 4), if given."""
        waiting = 0
        while True:
            for lane in range(LANES):
                if self.number[lane] < 0 and waiting < len(self.networks):
                    self._load(lane, waiting)
                    waiting += 1
            busy = self.number >= 0
            if not busy.any():
                return
            steps = self.horizon - int(self.age[busy].max())
            self.loss[:] = np.inf
            self.age += advance(
                steps, self.psi, self.sums, self.shift, self.free, int(self.free_count.max()), self.pull,
                self.haste, self.spent, self.target, self.loss, self.scratch,
            )  # fmt: skip
            due = busy & ((self.spent > SPENT) | (self.loss < self.target) | (self.age == self.horizon))
            for lane in np.flatnonzero(due):
                self._attend(int(lane), neurons)

    def _load(self, lane, n):
        start, networks = self.start[n], self.networks
        self.number[lane], self.age[lane] = n, 0
        self.size[lane] = np.diff(start)
        events.load_network(
            lane, networks.a[n], networks.w[n], self.order[n], start, self.t[lane], self.s[lane], self.q[lane],
            self.corners[lane], self.corner_count[lane], self.psi, self.sums,
        )  # fmt: skip
        self.pull[lane::LANES] = self.step[n] * networks.weights[n]
        self.shift[lane] = 0.0
        self.target[lane] = self.step[n] * self.threshold[n]
        self._test_kinks(lane, n)

    def _test_kinks(self, lane, n):
        self.spent[lane] = 0.0
        self.results[n, 5] += 1
        self.free_count[lane] = events.test_kinks(
            lane, self.start[n], self.size[lane], self.order[n], self.t[lane], self.s[lane], self.q[lane],
            self.corners[lane], self.corner_count[lane], self.psi, self.sums, self.haste, self.free,
            self.free_count[lane], self.free_ids[lane],
        )  # fmt: skip

    def _attend(self, lane, neurons):
        n = int(self.number[lane])
        result = self.results[n]
        low = self.loss[lane] < self.target[lane]
        if low:
            result[1] = self.age[lane] - 1  # the loss was that before the last step
        if self.spent[lane] > SPENT:
            self._test_kinks(lane, n)
            if result[0] < 0 and self.free_count[lane] > 0:
                result[0] = self.age[lane]
        if low or self.age[lane] == self.horizon or (self.until_kink and result[0] >= 0):
            self._finish(lane, n, neurons)

    def _finish(self, lane, n, neurons):
        theta = np.empty((self.networks.width, 4)) if neurons is None else neurons[n]
        count, result = self.free_count[lane], self.results[n]
        events.all_neurons(
            lane, self.start[n], self.size[lane], self.order[n], self.q[lane], self.psi, self.free, count,
            self.free_ids[lane], theta,
        )  # fmt: skip
        result[2:4] = self.age[lane], count
        result[4] = events.squared_error(theta, self.shift[lane], self.networks.weights[n])
        if result[1] < 0 <= result[0] and result[4] < self.threshold[n]:
            result[1] = self.age[lane]
        self.number[lane], self.free_count[lane] = -1, 0
        self.target[lane], self.spent[lane] = -1.0, 0.0
        for state in (self.psi, self.sums, self.pull, self.free):  # nothing moves in an empty lane
            state[lane::LANES] = 0.0
