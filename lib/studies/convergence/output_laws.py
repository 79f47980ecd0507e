r"""Laws of the output weights: (13) and (14) of paper 002 allow more than signs, and ask for mean zero."""

import numpy as np
import pandas as pd

from studies.convergence.instances import draw
from studies.convergence.two_rates import half_of_the_limit
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram, output_layer_gram

LAWS = {
    "signs": lambda rng, S: rng.choice([-1.0, 1.0], S),
    "normal": lambda rng, S: rng.standard_normal(S),
    "uniform": lambda rng, S: rng.uniform(-np.sqrt(3), np.sqrt(3), S),
    "all one": lambda _rng, S: np.ones(S),
}
"""Laws of variance one and mean zero, and one that violates (13)."""


def laws_table(n: int, m: int, S: int, run: int, ratios=(0.0, 0.1), budget: int = 1200) -> pd.DataFrame:
    r"""Train with output weights of several laws, all else equal, at half the stability limit.

    Parameters
    ----------
    n, m, S, run : int
        Of the instance; only its output weights are drawn anew.
    ratios : sequence of float
        :math:`\eta_z/\eta_w`.
    budget : int
        Steps at most.

    Returns
    -------
    DataFrame
        ``law``, ``ratio``, ``outcome``, ``T``, ``error_0`` and ``error_T``, norms of the error at both ends. Cost
        O(T n S m) each.
    """
    start, rows = draw(S, m, run, n=n), []
    output = output_layer_gram(start.x, start.a)
    for number, (law, sample) in enumerate(LAWS.items()):
        w = sample(np.random.default_rng([run, number, S]), S)
        hidden = hidden_layer_gram(start.x, start.a, w)
        for ratio in ratios:
            rates = half_of_the_limit(hidden, output, ratio)
            descent = TwoRateDescent(start.x, start.y, start.a, w, rates=rates, monotone=False)
            outcome = descent.advance(budget)
            norms = descent.error_norms
            rows.append((law, ratio, outcome, descent.step, float(norms[0]), float(norms[-1])))
    return pd.DataFrame(rows, columns=["law", "ratio", "outcome", "T", "error_0", "error_T"])
