r"""A Grönwall inequality with an integral: Lemma 10 of paper 003 and the best possible bound.

Let f be Lipschitz on [0, T] with :math:`f' \le \alpha f + \beta\int_0^t f + \gamma` almost everywhere,
:math:`\beta, \gamma, f(0) \ge 0`, and let :math:`\mu = \frac12(\alpha + \sqrt{\alpha^2 + 4\beta}) > 0`. With
:math:`g = f + (\mu - \alpha)\int f` one has :math:`g' \le \mu g + \gamma`, hence the bound of the lemma,
:math:`f \le f_0e^{\mu t} + \gamma(e^{\mu t} - 1)/\mu`. The solution of the equation with the same start is
the largest f.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import finite_array, real_number


@dataclass(frozen=True)
class IntegralInequality:
    r"""The inequality :math:`f' \le \alpha f + \beta\int_0^tf + \gamma`, :math:`f(0) = f_0`.

    Attributes
    ----------
    alpha : float
        Any number.
    beta, gamma : float
        Not negative; :math:`\mu` must be positive.
    start : float
        :math:`f_0`.
    """

    alpha: float
    beta: float
    gamma: float
    start: float

    def __post_init__(self):
        """Check the numbers."""
        for name in ("alpha", "beta", "gamma", "start"):
            object.__setattr__(self, name, real_number(getattr(self, name), name))
        if min(self.beta, self.gamma) < 0:
            raise ValueError(
                f"beta and gamma must not be negative, got {self.beta:g} and {self.gamma:g}: without that, a larger "
                "f need not have a larger derivative, and nothing can be compared"
            )
        if self.rate <= 0:
            raise ValueError(
                f"beta must be positive if alpha is not, got alpha = {self.alpha:g} and beta = 0"
            )

    @property
    def rate(self):
        r""":math:`\mu`, the positive root of :math:`\mu^2 = \alpha\mu + \beta`."""
        root = np.hypot(self.alpha, 2.0 * np.sqrt(self.beta))
        if self.alpha >= 0:
            return float((self.alpha + root) / 2.0)
        return float(2.0 * self.beta / (root - self.alpha))  # the same without cancellation

    @property
    def decay(self):
        r""":math:`\mu - \alpha = \beta/\mu`, minus the other root."""
        return self.beta / self.rate

    def bound(self, time):
        r"""Return :math:`f_0e^{\mu t} + \gamma(e^{\mu t} - 1)/\mu`, the bound of Lemma 10.

        Parameters
        ----------
        time : array_like
            Times >= 0.

        Returns
        -------
        ndarray

        Raises
        ------
        TypeError, ValueError
            If a time is negative or above :math:`700/\mu`, or the start is negative: then the lemma fails.
        """
        time = self._times(time)
        if self.start < 0:
            raise ValueError(
                f"the lemma needs f(0) >= 0, got {self.start:g}; largest(time) holds for any start"
            )
        return self.start * np.exp(self.rate * time) + self.gamma * np.expm1(self.rate * time) / self.rate

    def largest(self, time):
        r"""Return the largest f with the inequality, the solution of the equation.

        With :math:`\nu = \mu - \alpha` it is :math:`f_0\frac{\mu e^{\mu t} + \nu e^{-\nu t}}{\mu + \nu} +
        \gamma\frac{e^{\mu t} - e^{-\nu t}}{\mu + \nu}`.

        Parameters
        ----------
        time : array_like
            Times >= 0.

        Returns
        -------
        ndarray

        Raises
        ------
        TypeError, ValueError
            If a time is negative or above :math:`700/\mu`.
        """
        time, mu, nu = self._times(time), self.rate, self.decay
        up, down = np.exp(mu * time), np.exp(-nu * time)
        return (self.start * (mu * up + nu * down) + self.gamma * (up - down)) / (mu + nu)

    def _times(self, time):
        time = finite_array(time, "time")
        if (time < 0).any():
            raise ValueError(f"time must be >= 0, got {time.min():g}")
        if (time * self.rate > 700).any():
            raise ValueError(
                f"time must be at most 700 / rate = {700 / self.rate:g}, or exp(rate time) leaves the range of the "
                f"numbers, got {time.max():g}"
            )
        return time
