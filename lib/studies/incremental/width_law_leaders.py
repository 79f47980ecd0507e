r"""Who jumps when the width is exponential: only neurons whose initial norm is among the largest."""

import numpy as np
import pandas as pd

from twolayer.packed_jump_process import packed_jump_process, random_patterns
from twolayer.tilted_halving import tilted_halving


def leaders(points, cost, repetitions):
    r"""Compare the numbers of points that the neurons which jump were active on at the start, for equal labels.

    Parameters
    ----------
    points : iterable of int
        N.
    cost : float
        :math:`\ln W/N`.
    repetitions : int
        Runs for each N.

    Returns
    -------
    DataFrame
        Columns N, W; expected, N times the share of the first jump by the limit law; largest, the largest number of
        points of a neuron; jumpers, the least one of a neuron that jumps; typical, of a typical neuron (means over the
        runs); and depth, the largest distance of the least number from the expected one, in units of :math:`\ln N`
        over the tilt.
    """
    law, records = tilted_halving(cost), []
    for n in points:
        width, runs = int(np.exp(cost * n)), []
        for repetition in range(repetitions):
            patterns = random_patterns(np.random.default_rng([29, n, repetition]), width, n)
            sizes = np.unpackbits(patterns, axis=1).sum(axis=1, dtype=int)
            jumpers = sizes[packed_jump_process(patterns, np.ones(n)).neurons]
            runs.append(
                (sizes.max(), jumpers.min(), law.tilt * (n * law.shares[0] - jumpers.min()) / np.log(n))
            )
        largest, least, depth = np.transpose(runs)
        row = {"N": n, "W": width, "expected": n * law.shares[0], "largest": largest.mean()}
        records.append(row | {"jumpers": least.mean(), "typical": n / 2, "depth": depth.max()})
    return pd.DataFrame(records)
