r"""Random initial parameters of the network, each with any number of ensemble axes.

Every function takes the generator first, then the width m and the input dimension d. Variances are those of each
entry; biases start at zero everywhere.

=================  =============================  ==============================================
function           hidden weights                 output weights
=================  =============================  ==============================================
spherical          uniform on the unit sphere     zero, or N(0, s^2)
gaussian           N(0, 1)                        zero, or N(0, s^2)
he                 N(0, 2/d)                      N(0, 2/m)
lecun              N(0, 1/d)                      N(0, 1/m)
ntk                N(0, 1)                        N(0, 1), with the scales of :func:`ntk_scales`
mirrored_lecun     lecun, each neuron twice       opposite signs in each pair
balanced           direction uniform, norm s      +s or -s
=================  =============================  ==============================================

With the same seed and no ensemble, the first rows of a wider draw of :func:`sphere_points` are a narrower one.
"""

import numpy as np

from twolayer.parameters import Parameters
from twolayer.validation import as_generator, positive_integer, positive_number, real_number


def _check(rng, m, d, ensemble):
    """Return the checked generator, width, dimension and ensemble shape."""
    if isinstance(ensemble, int | np.integer):
        raise TypeError(f"ensemble must be a tuple of sizes, got {ensemble}; write ({ensemble},)")
    sizes = tuple(positive_integer(size, "a size in ensemble") for size in ensemble)
    return as_generator(rng), positive_integer(m, "width"), positive_integer(d, "dimension"), sizes


def _without_biases(a, w):
    return Parameters(a, np.zeros(a.shape[:-1]), w, np.zeros(a.shape[:-2]))


def _output_weights(rng, shape, standard_deviation):
    standard_deviation = real_number(standard_deviation, "output_standard_deviation")
    if standard_deviation < 0:
        raise ValueError(f"output_standard_deviation must not be negative, got {standard_deviation}")
    return standard_deviation * rng.standard_normal(shape) if standard_deviation else np.zeros(shape)


def sphere_points(rng, count, dimension, ensemble=()):
    r"""Draw points uniformly on the unit sphere :math:`S^{d-1}`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    count : int
        Number of points.
    dimension : int
        d; for d = 1 the sphere is {-1, +1}.
    ensemble : tuple of int
        Leading axes.

    Returns
    -------
    ndarray of shape (..., count, d)
        Rows of norm 1: normalised Gaussian vectors. Cost O(count d) for each ensemble member.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or a size is less than one.
    """
    count = positive_integer(count, "count")
    rng, count, dimension, ensemble = _check(rng, count, dimension, ensemble)
    points = rng.standard_normal((*ensemble, count, dimension))
    points /= np.linalg.norm(points, axis=-1, keepdims=True)
    return points


def spherical(rng, m, d, ensemble=(), output_standard_deviation=0.0):
    r"""Draw hidden weights on the unit sphere, the random features of paper 001, (2.4).

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    m, d : int
        Width and input dimension.
    ensemble : tuple of int
        Leading axes.
    output_standard_deviation : float
        Of the Gaussian output weights; zero by default, where the paper's gradient descent starts.

    Returns
    -------
    initial : Parameters
        Without biases. Cost O(m d) for each ensemble member.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or a size is less than one.
    """
    rng, m, d, ensemble = _check(rng, m, d, ensemble)
    a = sphere_points(rng, m, d, ensemble)
    return _without_biases(a, _output_weights(rng, (*ensemble, m), output_standard_deviation))


def gaussian(rng, m, d, ensemble=(), output_standard_deviation=0.0):
    r"""Draw standard normal hidden weights, as in Appendix A.1 of paper 001.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    m, d : int
        Width and input dimension.
    ensemble : tuple of int
        Leading axes.
    output_standard_deviation : float
        Of the Gaussian output weights; zero by default.

    Returns
    -------
    initial : Parameters
        Without biases. Cost O(m d) for each ensemble member.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or a size is less than one.
    """
    rng, m, d, ensemble = _check(rng, m, d, ensemble)
    a = rng.standard_normal((*ensemble, m, d))
    return _without_biases(a, _output_weights(rng, (*ensemble, m), output_standard_deviation))


def _fan_in(rng, m, d, ensemble, gain):
    """Draw both layers with variance gain / fan-in."""
    rng, m, d, ensemble = _check(rng, m, d, ensemble)
    a = np.sqrt(gain / d) * rng.standard_normal((*ensemble, m, d))
    return _without_biases(a, np.sqrt(gain / m) * rng.standard_normal((*ensemble, m)))


def he(rng, m, d, ensemble=()):
    r"""Draw with variances 2/d and 2/m (He et al. 2015; paper 000, Assumption 2).

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    m, d : int
        Width and input dimension.
    ensemble : tuple of int
        Leading axes.

    Returns
    -------
    initial : Parameters
        Without biases. Cost O(m d) for each ensemble member.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or a size is less than one.
    """
    return _fan_in(rng, m, d, ensemble, gain=2.0)


def lecun(rng, m, d, ensemble=()):
    r"""Draw with variances 1/d and 1/m (LeCun et al. 1998; papers 002 and 004).

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    m, d : int
        Width and input dimension.
    ensemble : tuple of int
        Leading axes.

    Returns
    -------
    initial : Parameters
        Without biases. Cost O(m d) for each ensemble member.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or a size is less than one.
    """
    return _fan_in(rng, m, d, ensemble, gain=1.0)


def ntk_scales(m, d):
    r"""Return the scales of the NTK parametrisation, :math:`\alpha_{in} = d^{-1/2}`, :math:`\alpha_{out} = m^{-1/2}`.

    Parameters
    ----------
    m, d : int
        Width and input dimension.

    Returns
    -------
    tuple of float
        ``(alpha_in, alpha_out)``, to go with :func:`ntk`: the network then has the law of a :func:`lecun` one.

    Raises
    ------
    TypeError, ValueError
        If m or d is not an integer of at least one.
    """
    return positive_integer(d, "dimension") ** -0.5, positive_integer(m, "width") ** -0.5


def ntk(rng, m, d, ensemble=()):
    r"""Draw every weight from N(0, 1); the scales are in the network (Jacot et al. 2018).

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    m, d : int
        Width and input dimension.
    ensemble : tuple of int
        Leading axes.

    Returns
    -------
    initial : Parameters
        Without biases, for a network with the scales of :func:`ntk_scales`. Cost O(m d) for each ensemble member.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or a size is less than one.
    """
    return gaussian(rng, m, d, ensemble, output_standard_deviation=1.0)


def mirrored_lecun(rng, m, d, ensemble=()):
    r"""Draw m/2 neurons as :func:`lecun` does for width m, and their mirror images (paper 004, Algorithm 1).

    Neuron i + m/2 has the hidden weights of neuron i and the opposite output weight, so that the network is zero at
    every input, up to the rounding of its sum.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    m, d : int
        Width, which must be even, and input dimension.
    ensemble : tuple of int
        Leading axes.

    Returns
    -------
    initial : Parameters
        Without biases. Cost O(m d) for each ensemble member.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, a size is less than one, or m is odd.
    """
    rng, m, d, ensemble = _check(rng, m, d, ensemble)
    if m % 2:
        raise ValueError(f"width must be even, since neurons come in mirrored pairs, got {m}; take {m + 1}")
    a = np.sqrt(1 / d) * rng.standard_normal((*ensemble, m // 2, d))
    w = np.sqrt(1 / m) * rng.standard_normal((*ensemble, m // 2))
    return _without_biases(np.concatenate([a, a], axis=-2), np.concatenate([w, -w], axis=-1))


def balanced(rng, m, d, scale, ensemble=()):
    r"""Draw neurons whose two layers have equal norms, :math:`|w_i| = \|a_i\| = s` (paper 003, (3)).

    Gradient flow on a positively homogeneous activation keeps :math:`w_i^2 - \|a_i\|^2`, here zero.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    m, d : int
        Width and input dimension.
    scale : float
        s > 0; paper 003 takes :math:`\lambda / \sqrt m`, for a squared norm of :math:`2 \lambda^2` at every width.
    ensemble : tuple of int
        Leading axes.

    Returns
    -------
    initial : Parameters
        Without biases: directions uniform on the sphere, signs independent and fair. Cost O(m d) for each member.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, a size is less than one, or the scale is not positive.
    """
    scale = positive_number(scale, "scale")
    rng, m, d, ensemble = _check(rng, m, d, ensemble)
    a = scale * sphere_points(rng, m, d, ensemble)
    return _without_biases(a, scale * rng.choice([-1.0, 1.0], size=(*ensemble, m)))
