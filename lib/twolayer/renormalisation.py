r"""One training in two normalisations: which pair of rates gradient descent at one rate amounts to.

Let :math:`W' = W/\alpha`, :math:`z' = z/\beta`, :math:`x' = \gamma x`. ReLU networks without biases are homogeneous, so
the outputs are :math:`f' = cf` with :math:`c = \gamma/(\alpha\beta)`. With labels :math:`y' = cy` the losses are
:math:`\ell' = c^2\ell`, and a step of gradient descent on :math:`(W', z')` at the rate :math:`\eta'` is

.. math:: W \leftarrow W - c^2\alpha^2\eta'\,\nabla^w\ell, \qquad z \leftarrow z - c^2\beta^2\eta'\,\nabla^z\ell .

The ratio of the two rates is :math:`\beta^2/\alpha^2`, whatever the scale of the data.
"""

import numpy as np

from twolayer.validation import positive_integer, positive_number


def _standard(n, S):
    del n, S  # the same at all sizes
    return 1.0, 1.0


SQUARED_SCALES = {
    "standard": _standard,
    "NTK": _standard,
    "LeCun": lambda n, S: (float(n), float(S)),
    "He": lambda n, S: (n / 2, S / 2),
    "Glorot": lambda n, S: ((n + S) / 2, (S + 1) / 2),
}
r"""Inverse variances :math:`\alpha^2, \beta^2` of the initial weights, for dimension n, width S and one output.

NTK stands for standard weights with a factor in front of the network."""


def equivalent_rates(rate, hidden_scale, output_scale, data_scale=1.0):
    r"""Return the two rates in the standard normalisation that one rate in another one amounts to.

    Parameters
    ----------
    rate : float
        :math:`\eta' > 0`.
    hidden_scale, output_scale : float
        :math:`\alpha, \beta > 0`: the weights are those of the standard normalisation divided by them.
    data_scale : float
        :math:`\gamma > 0`.

    Returns
    -------
    rates : tuple of two floats
        :math:`(c^2\alpha^2\eta', c^2\beta^2\eta')`.
    factor : float
        c, by which outputs and labels are multiplied.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a positive number.
    """
    rate = positive_number(rate, "rate")
    alpha, beta = positive_number(hidden_scale, "hidden_scale"), positive_number(output_scale, "output_scale")
    factor = positive_number(data_scale, "data_scale") / (alpha * beta)
    return (factor**2 * alpha**2 * rate, factor**2 * beta**2 * rate), factor


def rate_ratio(initialisation, n, S):
    r"""Return :math:`\eta_z/\eta_w` for gradient descent at one rate from a usual initialisation.

    Parameters
    ----------
    initialisation : str
        A key of :data:`SQUARED_SCALES`.
    n, S : int
        Dimension and width, >= 1.

    Returns
    -------
    float
        :math:`\beta^2/\alpha^2`; S/n for LeCun.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive integer or the initialisation is unknown.
    """
    if initialisation not in SQUARED_SCALES:
        raise ValueError(f"no initialisation {initialisation!r}; there are {', '.join(SQUARED_SCALES)}")
    hidden, output = SQUARED_SCALES[initialisation](positive_integer(n, "n"), positive_integer(S, "S"))
    return float(np.divide(output, hidden))
