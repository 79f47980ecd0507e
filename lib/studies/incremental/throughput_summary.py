"""The archived times of the part on incremental learning, by way and by size."""

from studies.incremental.throughput import PLATEAUS, WAYS


def three_ways(table):
    """Return ``(way, seconds)`` of Figure 1's run, the hybrid flow first, and the largest relative deviation.

    The losses of the first plateaus are compared between the flow and each way of gradient descent.
    """
    runs = table[table["way"] != "algorithm"].set_index("way").loc[["hybrid", "compiled", "numpy"]]
    losses = runs[[f"plateau_{k + 1}" for k in range(PLATEAUS)]]
    deviation = (losses / losses.loc["hybrid"] - 1).abs().to_numpy().max()
    return runs[["seconds"]].rename(index=WAYS).reset_index(), float(deviation)


def algorithm_times(table):
    """Return ``(points, width, seconds)`` for each size at which Algorithm 1 was timed."""
    chosen = table[table["way"] == "algorithm"]
    return list(zip(chosen["points"], chosen["width"], chosen["seconds"], strict=True))
