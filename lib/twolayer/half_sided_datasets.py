"""Data sets on the line that the half-sided theory of paper 000 is about, and samples of them."""

from twolayer.half_sided import WeightedData, is_degenerate
from twolayer.validation import as_generator, positive_integer, real_number


def six_points():
    r"""Return the six points of paper 000, Example 1, with equal weights.

    Returns
    -------
    WeightedData
        :math:`(-3,-1), (-2,2), (-1,-1), (1,1), (2,-2), (3,1)`. Both half-sided lines are zero, with risk exactly 1,
        and :math:`\underline{x}_D = 1`; six neurons with biases interpolate.
    """
    return WeightedData([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], [-1.0, 2.0, -1.0, 1.0, -2.0, 1.0])


def shifted(data, shift):
    r"""Return the data with every label raised by :math:`\Delta` (paper 000, Fig. 6).

    Parameters
    ----------
    data : WeightedData
        Any data.
    shift : float
        :math:`\Delta`; the half-sided lines move up by it, so that the intercepts of centred data become it.

    Returns
    -------
    WeightedData
        The same points and weights.

    Raises
    ------
    TypeError, ValueError
        If the shift is not one finite real number.
    """
    return WeightedData(data.x, data.y + real_number(shift, "shift"), data.weights)


def sample_weights(rng, data, sample_size):
    r"""Draw independent points from the distribution of the data, as weights count / n.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    data : WeightedData
        A distribution with finitely many atoms, without ensemble axes.
    sample_size : int
        The number n of draws.

    Returns
    -------
    ndarray of shape (n_atoms,)
        Multinomial counts divided by n: a sample of size n costs O(n_atoms). Some samples are degenerate, see
        :func:`twolayer.half_sided.is_degenerate`.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    rng = as_generator(rng)
    sample_size = positive_integer(sample_size, "sample_size")
    if data.ensemble:
        raise ValueError(f"data must be one distribution, got an ensemble of shape {data.ensemble}")
    return rng.multinomial(sample_size, data.weights) / sample_size


def sampled(rng, data, sample_size):
    """Draw independent points until each side of zero has two distinct ones.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    data : WeightedData
        A distribution with finitely many atoms, without ensemble axes.
    sample_size : int
        The number n of draws, at least 4.

    Returns
    -------
    WeightedData
        The sample, given that it is not degenerate.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    positive_integer(sample_size, "sample_size", minimum=4)
    while True:
        weights = sample_weights(rng, data, sample_size)
        if not is_degenerate(data.x, weights):
            return WeightedData(data.x, data.y, weights)
