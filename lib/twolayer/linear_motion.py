r"""Neurons of a network without biases in constant residuals, on orthonormal data: the closed form of their motion.

With :math:`b_i = \frac cn r_i [z_i > 0]` and :math:`\delta = \|b\|`, a neuron obeys :math:`\dot z = w b`,
:math:`\dot w = \langle z, b\rangle`. With :math:`p = \langle z, b\rangle / \delta`, the sums :math:`w \pm p` are
multiplied by :math:`e^{\pm\delta t}`, and what is orthogonal to b stays (paper 003, (36) to (42); its letters a and w
change places here). A balanced neuron has :math:`|p| \le |w|`, so that w keeps its sign. With equality, which takes a
neuron that has nothing but active coordinates and points of the other sign, it dies out and never loses a coordinate.
"""

import numpy as np


class LinearMotion:
    r"""The motion of several neurons from given weights.

    Parameters
    ----------
    z : ndarray of shape (m, n)
        Hidden weights in the coordinates of the data, each divided by the scale of its neuron.
    w : ndarray of shape (m,)
        Output weights, divided by the same; not less in modulus than the norm of z, but for rounding.
    pull : ndarray of shape (n,)
        :math:`\frac cn r`.
    """

    def __init__(self, z, w, pull):
        b = np.where(z > 0, pull, 0.0)
        self.z, self.w = z.copy(), w.copy()
        self.speed = np.linalg.norm(b, axis=1)
        safe = np.where(self.speed > 0, self.speed, 1.0)
        self.unit = b / safe[:, None]
        self.along = np.einsum("ji,ji->j", z, self.unit)
        self.up, self.down = self.w + self.along, self.w - self.along  # grow and fall like exp(+-speed t)
        # Rounding must not bring a neuron that dies out back to life with the other sign.
        self.up[np.sign(self.w) * self.up < 0] = 0.0

    def log_outputs(self, time):
        r"""Return :math:`\log\lvert w\rvert` after a time."""
        e = self.speed * time
        with np.errstate(divide="ignore"):
            grown = e + np.log(np.abs(self.up + self.down * np.exp(-2 * e)) / 2)
            return np.where(self.up == 0, np.log(np.abs(self.down) / 2) - e, grown)

    def time_to_reach(self, log_size):
        r"""Return when :math:`\lvert w\rvert` reaches exp(log_size), infinity where it does not."""
        sign = np.sign(self.w)
        up, down = sign * self.up, sign * self.down
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            log_ratio = (
                np.log(2.0) + log_size - np.log(up)
            )  # log of R in X - (down/up)/X... = R, X = exp(speed t)
            ratio = np.exp(np.minimum(log_ratio, 30.0))
            x = (ratio + np.sqrt(np.maximum(ratio**2 - 4 * down / up, 0.0))) / 2
            time = np.where(log_ratio > 30.0, log_ratio, np.log(np.maximum(x, 1.0))) / self.speed
        return np.where((self.speed > 0) & (up > 0) & np.isfinite(time), np.maximum(time, 0.0), np.inf)

    def time_to_lose_a_coordinate(self):
        """Return when the first positive coordinate of each neuron reaches zero, and which."""
        rest = self.z - self.along[:, None] * self.unit
        # z_i = rest_i + unit_i (up X - down / X) / 2 = 0: a quadratic equation in X = exp(speed t).
        square, linear, constant = (
            self.unit * self.up[:, None] / 2,
            rest,
            -self.unit * self.down[:, None] / 2,
        )
        falls = (self.z > 0) & (np.sign(self.w)[:, None] * self.unit < 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            root = np.sqrt(np.maximum(linear**2 - 4 * square * constant, 0.0))
            stable = -(linear + np.where(linear >= 0, 1.0, -1.0) * root) / 2
            first, second = stable / square, constant / stable
        candidates = np.stack([first, second])
        candidates = np.where(candidates > 1.0, candidates, np.inf).min(axis=0)
        candidates = np.where(falls, candidates, np.inf)
        which = candidates.argmin(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.log(candidates.min(axis=1)) / self.speed
        return np.where(self.speed > 0, times, np.inf), which

    def after(self, time, chosen):
        """Return z, w of the chosen neurons after a time, divided by exp(growth), and the growth."""
        growth = self.speed[chosen] * time
        fall = np.exp(-growth)
        up, down = self.up[chosen], self.down[chosen] * fall**2
        rest = self.z[chosen] - self.along[chosen, None] * self.unit[chosen]
        along, w = (up - down) / 2, (up + down) / 2
        z = rest * fall[:, None] + along[:, None] * self.unit[chosen]
        dying = (up == 0) & (growth > 0)
        w[dying] = self.down[chosen][dying] / 2
        z[dying] = -w[dying, None] * self.unit[chosen][dying]
        return z, w, np.where(dying, -growth, growth)
