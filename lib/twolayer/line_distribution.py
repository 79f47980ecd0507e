r"""Distributions of pairs :math:`(x, y)` on the line with a density: samples, exact moments, exact risks.

Section 6 of paper 000 compares what training can reach, a function affine on each side of zero, with what
there is to reach, the regression function :math:`f^*(x) = E[Y|x]`. Both risks are integrals over the
distribution of x; Gauss-Legendre panels take them to rounding, so that no test sample blurs an excess risk.
Finitely many atoms are :class:`twolayer.half_sided.WeightedData`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from twolayer.half_sided import SIDES, half_sided_regression
from twolayer.validation import as_generator, finite_array, positive_integer, real_number

PANELS = 40
"""Panels on each interval of the support: a predictor with steps or kinks is integrated panel by panel."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class LineDistribution:
    r"""A distribution :math:`P` of :math:`(x, y)` with :math:`y = f^*(x) + \varsigma\varepsilon`.

    Here x has a density on finitely many intervals and :math:`\varepsilon` is standard normal and independent.

    Attributes
    ----------
    name : str
        For tables and figures.
    draw_inputs : callable
        (rng, n) -> x of shape (n,).
    density : callable
        Density of x, vectorised.
    support : tuple of (float, float)
        Increasing intervals outside of which the density vanishes, none across zero, each a smooth piece.
    regression : callable
        :math:`f^*`, vectorised.
    noise : float
        Standard deviation :math:`\varsigma \ge 0` of y given x.
    eta : float
        The exponent of Assumption 16 (P2), :math:`P(|x| \le t) = O(t^\eta)`; ``inf`` if no x is near zero.
    """

    name: str
    draw_inputs: Callable
    density: Callable
    support: tuple
    regression: Callable
    noise: float
    eta: float

    def sample(self, rng, n):
        """Draw n independent pairs.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of the draws: first all x, then all noise.
        n : int
            Sample size.

        Returns
        -------
        x, y : ndarray of shape (n,)
            Cost O(n).

        Raises
        ------
        TypeError, ValueError
            If an argument does not fit.
        """
        rng, n = as_generator(rng), positive_integer(n, "n")
        x = self.draw_inputs(rng, n)
        return x, self.regression(x) + self.noise * rng.standard_normal(n)

    def quadrature(self, beyond=0.0):
        r"""Return points and probabilities that integrate over :math:`|x| > \delta`.

        Parameters
        ----------
        beyond : float
            :math:`\delta \ge 0`.

        Returns
        -------
        x, probabilities : ndarray of shape (k,)
            Exact for smooth integrands to about 1e-14; the probabilities sum to :math:`P(|x| > \delta)`.

        Raises
        ------
        TypeError, ValueError
            If delta is not a number that is at least zero.
        """
        beyond = real_number(beyond, "beyond")
        if beyond < 0:
            raise ValueError(f"beyond is a distance from zero and must be >= 0, got {beyond}")
        points, lengths = [], []
        for low, high in self.support:
            if low < 0:
                high = min(high, -beyond)
            else:
                low = max(low, beyond)
            if high > low:
                edges = np.linspace(low, high, PANELS + 1)
                half = np.diff(edges)[:, None] / 2
                points.append((edges[:-1, None] + half * (1 + _NODES)).ravel())
                lengths.append((half * _WEIGHTS).ravel())
        x = np.concatenate(points) if points else np.empty(0)
        return x, self.density(x) * (np.concatenate(lengths) if lengths else np.empty(0))

    def expectation(self, function):
        """Return the expectation of a vectorised function of x (smooth on the support: to about 1e-13)."""
        x, probabilities = self.quadrature()
        return float((probabilities * finite_array(function(x), "values of the function")).sum())

    def moments(self):
        r"""Return :math:`M_{P,\sigma}` of shape (2, 2, 2) and :math:`\hat u^0_{P,\sigma}` of shape (2, 2)."""
        x, p = self.quadrature()
        on_side = np.where(np.sign(x) == SIDES[:, None], p, 0.0)
        powers = np.stack([x**2, x, x, np.ones_like(x)], axis=-1)
        labels = np.stack([x * self.regression(x), self.regression(x)], axis=-1)
        return (on_side @ powers).reshape(2, 2, 2), on_side @ labels

    def lines(self):
        r"""Return :math:`v^{opt}_{P,\sigma} = M_{P,\sigma}^{-1}\hat u^0_{P,\sigma}`, slope and intercept by side."""
        matrices, vectors = self.moments()
        return np.linalg.solve(matrices, vectors[..., None])[..., 0]

    @property
    def bayes_risk(self):
        r"""The least risk of all, :math:`R_P^* = \varsigma^2/2`."""
        return self.noise**2 / 2

    def excess_risk(self, predict):
        r"""Return :math:`R_P(f) - R_P^* = \tfrac12 E|f(x) - f^*(x)|^2` (paper 000, Remark 20).

        Parameters
        ----------
        predict : callable
            f, from points of shape (k,) to values of shape (k,).

        Returns
        -------
        float
            To rounding for f smooth on the support. A step or a kink costs at most the probability of the panel in
            which it falls, squared differences weighted with it.

        Raises
        ------
        TypeError, ValueError
            If f does not return finite numbers of the right shape.
        """
        x, p = self.quadrature()
        values = finite_array(predict(x), "predictions")
        if values.shape != x.shape:
            raise ValueError(f"predictions must have shape {x.shape}, got {values.shape}")
        return float(0.5 * (p * (values - self.regression(x)) ** 2).sum())

    def affine_risk(self, beyond=0.0):
        r"""Return :math:`R^*_{P,\delta}`, the least risk of functions affine on each side of :math:`[-\delta, \delta]`.

        Between the two sides the function is free, and there the best one is :math:`f^*`.

        Parameters
        ----------
        beyond : float
            :math:`\delta \ge 0`; zero gives :math:`\inf_{f \in F_{hsal}} R_P(f)`.

        Returns
        -------
        float
            Nonincreasing in :math:`\delta`, with limit :math:`R^*_{P,0}` at zero (paper 000, Lemma I.1).

        Raises
        ------
        TypeError, ValueError
            As in :meth:`quadrature`.
        """
        x, p = self.quadrature(beyond)
        target = self.regression(x)
        total = 0.0
        for side in (x > 0, x < 0):
            if side.any():
                root = np.sqrt(p[side])
                design = root[:, None] * np.stack([x[side], np.ones(side.sum())], axis=-1)
                fitted = design @ np.linalg.lstsq(design, root * target[side], rcond=None)[0]
                total += 0.5 * ((root * target[side] - fitted) ** 2).sum()
        return float(self.bayes_risk + total)

    def without_intercepts(self):
        r"""Return the distribution of :math:`(X, Y - q^{opt}_{P,\operatorname{sgn} X})` (paper 000, Remark 19).

        Returns
        -------
        LineDistribution
            Its half-sided lines run through the origin: (P3) holds.
        """
        intercepts = self.lines()[:, 1]

        def shifted(x):
            return self.regression(x) - np.where(x > 0, intercepts[0], intercepts[1])

        return replace(self, name=f"{self.name}, shifted", regression=shifted)


def lines_error(data, distribution):
    r"""Return :math:`\|v^{opt}_D - v^{opt}_P\|_\infty`, the distance (D3) of paper 000, Proposition 21.

    Parameters
    ----------
    data : WeightedData
        A sample, or an ensemble of samples.
    distribution : LineDistribution
        Where it was drawn from.

    Returns
    -------
    ndarray of shape (...)
        The largest error of the four numbers.
    """
    return np.abs(half_sided_regression(data) - distribution.lines()).max(axis=(-1, -2))
