"""The archived times of the part on incremental learning, by way and by size."""

import numpy as np

from studies.incremental.throughput import PLATEAUS, WAYS


def ways_of_training(table):
    """Return ``(L, way, seconds, quotient)`` of Figure 1's run, and the largest relative deviation of its plateaus.

    The quotient is to the time of the hybrid flow at the same L. The losses of the first plateaus are compared between
    the flow and each way of gradient descent.
    """
    runs = table[table["way"] != "algorithm"].copy()
    first = runs[runs["way"] == "hybrid"].set_index("length")
    runs["quotient"] = runs["seconds"] / runs["length"].map(first["seconds"])
    plateaus = [f"plateau_{k + 1}" for k in range(PLATEAUS)]
    expected = first.loc[runs["length"], plateaus].to_numpy()
    deviation = float(np.abs(runs[plateaus].to_numpy() / expected - 1).max())
    runs["way"] = runs["way"].map(WAYS)
    return runs[["length", "way", "seconds", "quotient"]].reset_index(drop=True), deviation


def algorithm_times(table):
    """Return ``(points, width, seconds)`` for each size at which Algorithm 1 was timed."""
    chosen = table[table["way"] == "algorithm"]
    return list(zip(chosen["points"], chosen["width"], chosen["seconds"], strict=True))
