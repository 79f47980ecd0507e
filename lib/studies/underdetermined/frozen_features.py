"""What gradient descent on the last layer alone achieves where appendix A.3 trains both layers."""

import numpy as np
import pandas as pd

from twolayer.datasets import linear_on_sphere
from twolayer.initialisation import spherical
from twolayer.landweber import residual_curve


def frozen_losses(seeds, points: int, steps: int) -> pd.DataFrame:
    r"""Return the loss of full-batch descent on the last layer, from zero and with :math:`\eta = 1.9/\lambda_1`.

    Parameters
    ----------
    seeds : iterable of int
        Of the hidden weights, drawn as in ``studies.underdetermined.joint_training``.
    points : int
        Number n of points of Synthetic-1; there are 1.5 n neurons.
    steps : int
        Number of steps.

    Returns
    -------
    DataFrame
        ``seed`` and ``loss``, the mean squared error. Cost O(n^2 m) for each seed.
    """
    x, y = linear_on_sphere(np.random.default_rng(0), points)
    rows = []
    for seed in seeds:
        hidden = spherical(np.random.default_rng([seed, 1]), points * 3 // 2, x.shape[1]).a
        z = np.maximum(x @ hidden.T, 0) / np.sqrt(len(hidden))
        u, sigma, _ = np.linalg.svd(z, full_matrices=False)
        residual = residual_curve(sigma, u.T @ y, float(1.9 / sigma[0] ** 2), steps)
        rows.append({"seed": seed, "loss": float(residual**2 / points)})
    return pd.DataFrame(rows)
