r"""The four activations of the paper's experiments (Table 1), with one appearance in every figure."""

from twolayer.activation import Activation
from twolayer.activations import activation_by_name
from twolayer.wendland import wendland_pair

FOUR = ("wendland0", "wendland2", "relu", "swish")
"""Their names, in the order of Table 1."""

LABELS = {"wendland0": "Wendland0", "wendland2": "Wendland2", "relu": "ReLU", "swish": "swish"}
"""What figures and tables call them."""


def four_activations(dimension: int) -> dict[str, Activation]:
    r"""Return the four activations in a dimension, by name, with :math:`\zeta = \sqrt 2`.

    Parameters
    ----------
    dimension : int
        Input dimension d, on which the Wendland activations depend.

    Returns
    -------
    dict of str to Activation
        In the order of ``FOUR``.

    Raises
    ------
    TypeError, ValueError
        If the dimension is not an integer of at least 1.
    """
    return {name: activation_by_name(name, dimension) for name in FOUR}


class FourFeatures:
    """All four activations of an array of pre-activations at once: the two Wendland functions share their work.

    Parameters
    ----------
    dimension : int
        Input dimension d.
    """

    def __init__(self, dimension: int):
        self.dimension = dimension
        self._relu, self._swish = (activation_by_name(name, dimension) for name in ("relu", "swish"))

    def __call__(self, z):
        """Return the features in the order of ``FOUR``, each of the shape of ``z`` (entries at most 1)."""
        rough, smooth = wendland_pair(z, self.dimension)
        return [rough, smooth, self._relu(z), self._swish(z)]


def styles(*, markers: bool = True) -> dict[str, dict]:
    """Return keyword arguments of a line for each name: colour, dashes and, if asked for, the marker.

    Wendland0 is solid with circles, Wendland2 dashed with squares, ReLU dash-dotted with triangles, swish dotted
    with diamonds; the legend's text is in ``LABELS``.
    """
    from companion.figures import series_styles  # only pages draw; worker processes need no plotting library

    return series_styles(FOUR, markers=markers)
