r"""The network whose neurons cannot change their minds: a fixed activation pattern (paper 000, Appendix B).

A neuron with :math:`b_i = 0` is active on the side :math:`\tau_i = \operatorname{sgn} a_i` of zero. Freezing this
turns :math:`\varphi(a_i x + b_i)` into :math:`\varphi'(\sigma\tau_i)(a_i x + b_i)` on the side :math:`\sigma`, and the
network into one affine function on each side, which is a polynomial of the weights. As long as the weights stay
in the set :math:`S_{W_0}(\underline{x})` of :func:`keeps_pattern`, nothing has changed.

Networks are :class:`twolayer.parameters.Parameters` with d = 1 and any ensemble axes ``...``; data are
:class:`twolayer.half_sided.WeightedData`.
"""

import numpy as np

from twolayer.closed_system import as_leak
from twolayer.half_sided import WeightedData
from twolayer.parameters import Parameters
from twolayer.validation import as_generator, finite_array, positive_integer, positive_number


def _scalar_network(parameters, name="parameters"):
    """Return a, b, w of shape (..., m) and c of shape (...)."""
    if not isinstance(parameters, Parameters):
        raise TypeError(f"{name} must be Parameters, got {type(parameters).__name__}")
    if parameters.dimension != 1:
        raise ValueError(f"{name} must have scalar inputs, a of shape (..., m, 1), got {parameters.a.shape}")
    return parameters.a[..., 0], parameters.b, parameters.w, parameters.c


def activation_signs(start):
    r"""Return :math:`\tau_i = \operatorname{sgn} a_{i,0}`, the side on which neuron i is active at the start.

    Parameters
    ----------
    start : Parameters
        With d = 1 and no zero among the hidden weights.

    Returns
    -------
    ndarray of shape (..., m)
        Entries 1 and -1.

    Raises
    ------
    TypeError, ValueError
        If the network does not have scalar inputs, or a hidden weight is zero.
    """
    a = _scalar_network(start, "start")[0]
    if (a == 0).any():
        raise ValueError("a hidden weight is zero, so that its neuron has no side; draw it from a density")
    return np.sign(a)


def _slopes(signs, x, leak):
    r"""Return :math:`\varphi'(\tau_i \operatorname{sgn} x_j)` of shape (..., n, m)."""
    return np.where(signs[..., None, :] * x[:, None] > 0, 1.0, leak)


def fixed_pattern_network(parameters, signs, x, leak=0.0):
    r"""Evaluate the network with a fixed activation pattern (Definition B.1).

    .. math:: f_{W,\tau,\sigma}(x) = c + \sum_i w_i \varphi'(\sigma\tau_i)(a_i x + b_i), \qquad
              \sigma = \operatorname{sgn} x

    Parameters
    ----------
    parameters : Parameters
        W, with d = 1.
    signs : array_like of shape (..., m)
        :math:`\tau`, see :func:`activation_signs`.
    x : array_like of shape (n,)
        Points of the line, none of them zero.
    leak : float
        :math:`\alpha \ne \pm 1`.

    Returns
    -------
    ndarray of shape (..., n)
        The values. Cost O(n m).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    a, b, w, c = _scalar_network(parameters)
    x, signs = finite_array(x, "x"), finite_array(signs, "signs")
    lines = a[..., None, :] * x[:, None] + b[..., None, :]
    return c[..., None] + (_slopes(signs, x, as_leak(leak)) * w[..., None, :] * lines).sum(axis=-1)


def fixed_pattern_loss_and_gradient(parameters, signs, data, leak=0.0):
    r"""Return the loss with a fixed activation pattern and its gradient (Definition B.1).

    .. math:: L_{D,\tau}(W) = \tfrac12\sum_j \omega_j (f_{W,\tau,\operatorname{sgn} x_j}(x_j) - y_j)^2.

    Parameters
    ----------
    parameters : Parameters
        W, with d = 1.
    signs : array_like of shape (..., m)
        :math:`\tau`.
    data : WeightedData
        One data set.
    leak : float
        :math:`\alpha \ne \pm 1`.

    Returns
    -------
    loss : ndarray of shape (...)
        The loss.
    gradient : Parameters
        Of the shapes of the parameters. Cost O(n m).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    if not isinstance(data, WeightedData):
        raise TypeError(f"data must be WeightedData, got {type(data).__name__}")
    a, b, w, _ = _scalar_network(parameters)
    errors = fixed_pattern_network(parameters, signs, data.x, leak) - data.y
    residuals = data.weights * errors
    pulled = residuals[..., None] * _slopes(finite_array(signs, "signs"), data.x, leak)  # (..., n, m)
    by_x, by_one = (pulled * data.x[:, None]).sum(axis=-2), pulled.sum(axis=-2)
    gradient = Parameters((w * by_x)[..., None], w * by_one, a * by_x + b * by_one, residuals.sum(axis=-1))
    return 0.5 * (residuals * errors).sum(axis=-1), gradient


def keeps_pattern(parameters, start, distance):
    r"""Tell whether W lies in the set of Lemma B.2.

    .. math:: S_{W_0}(\underline{x}) = \{W : |b_i| < (|a_{i,0}| - |a_{i,0} - a_i|)\,\underline{x} \text{ for all } i\}

    Parameters
    ----------
    parameters, start : Parameters
        W and :math:`W_0`, with d = 1; ensemble axes broadcast.
    distance : float
        :math:`\underline{x} > 0`, the distance of the data from zero.

    Returns
    -------
    ndarray of bool, shape (...)
        Where it is true, no kink is further from zero than the distance and no neuron has changed sides. The
        converse is false: the set leaves out networks whose hidden weights have more than doubled. Cost O(m).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    (a, b, _, _), first = _scalar_network(parameters), _scalar_network(start, "start")[0]
    room = np.abs(first) - np.abs(first - a)
    return (np.abs(b) < room * positive_number(distance, "distance")).all(axis=-1)


def sample_keeping_pattern(rng, start, distance, count):
    r"""Draw weights from :math:`S_{W_0}(\underline{x})`, all over it.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    start : Parameters
        :math:`W_0` with d = 1, without ensemble axes.
    distance : float
        :math:`\underline{x} > 0`.
    count : int
        Number of draws.

    Returns
    -------
    drawn : Parameters
        Ensemble axis (count,): :math:`a_i` uniform on the interval between zero and :math:`2a_{i,0}`, :math:`b_i`
        uniform on what is left, output weights and c shifted by standard normal numbers (the set does not limit them).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    rng, count = as_generator(rng), positive_integer(count, "count")
    first, _, w, c = _scalar_network(start, "start")
    distance = positive_number(distance, "distance")
    a = first * rng.uniform(0.0, 2.0, size=(count, first.size))
    room = (np.abs(first) - np.abs(first - a)) * distance
    b = room * rng.uniform(-1.0, 1.0, size=a.shape)
    return Parameters(a[..., None], b, w + rng.standard_normal(a.shape), c + rng.standard_normal(count))


def flow_invariant(a, b, w):
    r"""Return :math:`a_i^2 + b_i^2 - w_i^2`, which gradient flow does not change (paper 000, Remark D.3)."""
    return np.square(a) + np.square(b) - np.square(w)


def invariant_drift(a, b, w, u, step_size):
    r"""Return by how much a step of gradient descent changes :math:`a_i^2 + b_i^2 - w_i^2`.

    Parameters
    ----------
    a, b, w : array_like of shape (..., m)
        Weights before the step.
    u : array_like of shape (..., 2, 2)
        :math:`(r_\sigma, s_\sigma)` of the sides, see :func:`twolayer.closed_system.drive`.
    step_size : float
        h.

    Returns
    -------
    ndarray of shape (..., m)
        :math:`h^2\{(r_\sigma^2 + s_\sigma^2) w_i^2 - (r_\sigma a_i + s_\sigma b_i)^2\}` with
        :math:`\sigma = \operatorname{sgn} a_i`, exactly: the terms of order h cancel. (The paper says that the
        invariant breaks down, and not by how much.) Cost O(m).
    """
    a, u = np.asarray(a), np.asarray(u)
    r, s = (np.where(a > 0, u[..., 0, k, None], u[..., 1, k, None]) for k in (0, 1))
    return step_size**2 * ((r**2 + s**2) * np.square(w) - (r * a + s * np.asarray(b)) ** 2)
