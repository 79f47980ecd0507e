"""How powers that were read off too early go on."""

import numpy as np

from studies.incremental.induction import saddle_errors
from studies.incremental.saddle_powers import EPSILON, draw


def later_quotients(row, steps=(1.0, 1.06, 1.12)):
    """Return measured over predicted power for starts that are smaller than those of a row.

    Parameters
    ----------
    row : Series
        Of the study ``incremental/saddle-powers``, with a measured power.
    steps : sequence of float
        Values of L, in units of the larger one of the row; ascending.

    Returns
    -------
    ndarray
        One quotient for each pair of consecutive L.
    """
    lengths = np.array(steps) * row["L"]
    errors = saddle_errors(draw(row["signs"], int(row["seed"])), lengths, EPSILON)
    values = errors[errors["k"] == row["k"]].sort_values("L")[row["item"]].to_numpy()
    return -np.diff(np.log(values)) / np.diff(lengths) / row["predicted"]
