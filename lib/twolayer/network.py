r"""The one network of the book, with its gradients written out by hand.

.. math:: f(x) = c + \alpha_{out} \sum_{i=1}^m w_i \, \varphi(\alpha_{in} \langle a_i, x\rangle + b_i)

Every paper's model is this one with some constants fixed. :class:`twolayer.parameters.Parameters` carry any number
of leading *ensemble* axes, so that a hundred networks are evaluated, differentiated and trained as one array; below,
``...`` stands for them, and points are rows. The random-features model of paper 001, (2.4), is ``b = 0``, ``c = 0``,
:math:`\alpha_{in} = 1`, :math:`\alpha_{out} = m^{-1/2}`, with unit rows of ``a``.

The loss is :math:`\ell = \tfrac12 \sum_j p_j (f(x_j) - y_j)^2` with point weights :math:`p_j`, all one unless given:
paper 001 minimises the plain sum of squares and takes the gradient of half of it (Lemma 4.2); a mean loss has
:math:`p_j = 1/n` or :math:`2/n`, and an empirical distribution on few distinct points has their frequencies.
"""

import numpy as np

from twolayer.activation import Activation
from twolayer.parameters import Parameters
from twolayer.validation import as_points, finite_array, real_number


def _check_activation(activation):
    if not isinstance(activation, Activation):
        raise TypeError(
            f"activation must be an Activation, got {activation!r}; call its factory, as in relu()"
        )


def _check(parameters, x, activation, alpha_in, alpha_out):
    """Return the checked points and scales."""
    if not isinstance(parameters, Parameters):
        raise TypeError(f"parameters must be Parameters, got {type(parameters).__name__}")
    _check_activation(activation)
    x = as_points(x)
    if x.shape[1] != parameters.dimension:
        raise ValueError(
            f"x has points of dimension {x.shape[1]}, but the hidden weights have dimension {parameters.dimension}"
        )
    return x, real_number(alpha_in, "alpha_in"), real_number(alpha_out, "alpha_out")


def _preactivations(parameters, x, alpha_in):
    """Return alpha_in <a_i, x_j> + b_i, shape (..., n, m)."""
    products = x @ np.swapaxes(parameters.a, -1, -2)
    return alpha_in * products + parameters.b[..., None, :]


def _slopes(activation, z):
    """Return the derivatives, refusing infinite ones, of which no gradient can be made."""
    slopes = activation.derivative(z)
    if not np.isfinite(slopes).all():
        raise ValueError(
            f"the derivative of {activation.label} is infinite at one of the pre-activations (for Wendland0: a "
            "point equal to a hidden weight); move that weight"
        )
    return slopes


def network(parameters, x, activation, alpha_in=1.0, alpha_out=1.0):
    r"""Evaluate the networks of an ensemble.

    Parameters
    ----------
    parameters : Parameters
        With ensemble axes ``...``.
    x : array_like of shape (n, d)
        Points, one in each row, the same for all networks.
    activation : Activation
        :math:`\varphi`.
    alpha_in, alpha_out : float
        Scales of the hidden pre-activations and of the output sum.

    Returns
    -------
    ndarray of shape (..., n)
        :math:`f(x_j)`. Cost O(n m d) for each network.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or a pre-activation is outside the activation's domain.
    """
    x, alpha_in, alpha_out = _check(parameters, x, activation, alpha_in, alpha_out)
    features = activation(_preactivations(parameters, x, alpha_in))  # (..., n, m)
    return parameters.c[..., None] + alpha_out * (features @ parameters.w[..., None])[..., 0]


def jacobian(parameters, x, activation, alpha_in=1.0, alpha_out=1.0):
    r"""Differentiate the output at every point with respect to every parameter.

    With :math:`z_{ji} = \alpha_{in}\langle a_i, x_j\rangle + b_i`:
    :math:`\partial f(x_j)/\partial a_i = \alpha_{out}\alpha_{in} w_i\varphi'(z_{ji}) x_j`,
    :math:`\partial f(x_j)/\partial b_i = \alpha_{out} w_i \varphi'(z_{ji})`,
    :math:`\partial f(x_j)/\partial w_i = \alpha_{out}\varphi(z_{ji})` and :math:`\partial f(x_j)/\partial c = 1`.

    Parameters
    ----------
    parameters, x, activation, alpha_in, alpha_out
        As in :func:`network`.

    Returns
    -------
    derivatives : Parameters
        With ensemble axes (..., n): a of shape (..., n, m, d) and so on. ``jacobian(...).vector()`` is the Jacobian
        matrix of shape (..., n, m (d + 2) + 1). Cost O(n m d) in time and memory for each network.

    Raises
    ------
    TypeError, ValueError
        As in :func:`network`, and if a derivative of the activation is infinite.
    """
    x, alpha_in, alpha_out = _check(parameters, x, activation, alpha_in, alpha_out)
    z = _preactivations(parameters, x, alpha_in)
    by_b = alpha_out * parameters.w[..., None, :] * _slopes(activation, z)  # (..., n, m)
    by_a = alpha_in * by_b[..., None] * x[:, None, :]
    return Parameters(by_a, by_b, alpha_out * activation(z), np.ones(z.shape[:-1]))


def feature_matrix(x, a, activation, scale=None):
    r"""Return the random features :math:`Z = s\,\varphi(X A^T)` (paper 001, (2.4), with points as rows).

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    a : array_like of shape (..., m, d)
        Hidden weights, with ensemble axes ``...``.
    activation : Activation
        :math:`\varphi`.
    scale : float, optional
        s; :math:`m^{-1/2}` if not given.

    Returns
    -------
    ndarray of shape (..., n, m)
        The features; the network with output weights w is ``Z @ w``. Cost O(n m d) for each ensemble member.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or an inner product is outside the activation's domain.
    """
    x, a = as_points(x), finite_array(a, "a")
    if a.ndim < 2 or a.shape[-1] != x.shape[1] or a.shape[-2] == 0:
        raise ValueError(
            f"a must have shape (..., m, {x.shape[1]}) with m >= 1 to go with x of shape {x.shape}, got {a.shape}"
        )
    _check_activation(activation)
    scale = a.shape[-2] ** -0.5 if scale is None else real_number(scale, "scale")
    return scale * activation(x @ np.swapaxes(a, -1, -2))


def _check_labels(y, shape):
    """Return labels that broadcast to (..., n), one for each point."""
    y = finite_array(y, "y")
    if y.ndim == 0 or y.shape not in (shape, shape[-1:]):
        raise ValueError(
            f"y must have one label for each of the {shape[-1]} points, shape {shape[-1:]} or {shape}, got shape "
            f"{y.shape}"
        )
    return y


def _check_point_weights(point_weights, n):
    if point_weights is None:
        return np.ones(n)
    point_weights = finite_array(point_weights, "point_weights")
    if point_weights.shape != (n,) or point_weights.min() < 0:
        raise ValueError(
            f"point_weights must be {n} numbers that are not negative, one for each point, got shape "
            f"{point_weights.shape} and values {point_weights}"
        )
    return point_weights


def squared_loss_and_gradient(parameters, x, y, activation, alpha_in=1.0, alpha_out=1.0, point_weights=None):
    r"""Return the loss and its gradient, sharing one evaluation of the network.

    With the weighted residuals :math:`\rho_j = p_j (f(x_j) - y_j)` and
    :math:`\delta_{ji} = \alpha_{out} \rho_j w_i \varphi'(z_{ji})`, the gradient is
    :math:`\partial_{a_i} = \alpha_{in}\sum_j \delta_{ji} x_j`, :math:`\partial_{b_i} = \sum_j \delta_{ji}`,
    :math:`\partial_{w_i} = \alpha_{out}\sum_j \rho_j \varphi(z_{ji})` and :math:`\partial_c = \sum_j \rho_j`.

    Parameters
    ----------
    parameters : Parameters
        With ensemble axes ``...``.
    x : array_like of shape (n, d)
        Points.
    y : array_like of shape (n,) or (..., n)
        Labels, the same for all networks or one vector for each.
    activation : Activation
        :math:`\varphi`.
    alpha_in, alpha_out : float
        Scales, as in :func:`network`.
    point_weights : array_like of shape (n,), optional
        :math:`p_j \ge 0`; one if not given.

    Returns
    -------
    loss : ndarray of shape (...)
        :math:`\ell` of each network.
    gradient : Parameters
        Of the shapes of the parameters. Cost O(n m d) for each network; the Jacobian is never formed.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or a derivative of the activation is infinite.
    """
    x, alpha_in, alpha_out = _check(parameters, x, activation, alpha_in, alpha_out)
    y = _check_labels(y, (*parameters.ensemble, x.shape[0]))
    p = _check_point_weights(point_weights, x.shape[0])
    z = _preactivations(parameters, x, alpha_in)
    features = activation(z)  # (..., n, m)
    outputs = parameters.c[..., None] + alpha_out * (features @ parameters.w[..., None])[..., 0]
    errors = outputs - y
    residuals = p * errors  # (..., n)
    loss = (residuals * errors).sum(axis=-1) / 2
    delta = (
        alpha_out * residuals[..., None] * parameters.w[..., None, :] * _slopes(activation, z)
    )  # (..., n, m)
    gradient = Parameters(
        a=alpha_in * (np.swapaxes(delta, -1, -2) @ x),
        b=delta.sum(axis=-2),
        w=alpha_out * (np.swapaxes(features, -1, -2) @ residuals[..., None])[..., 0],
        c=residuals.sum(axis=-1),
    )
    return loss, gradient


def squared_loss(parameters, x, y, activation, alpha_in=1.0, alpha_out=1.0, point_weights=None):
    r"""Return the loss :math:`\tfrac12\sum_j p_j (f(x_j) - y_j)^2` of each network.

    Parameters
    ----------
    parameters, x, y, activation, alpha_in, alpha_out, point_weights
        As in :func:`squared_loss_and_gradient`.

    Returns
    -------
    ndarray of shape (...)
        The losses. Cost O(n m d) for each network.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    outputs = network(parameters, x, activation, alpha_in, alpha_out)
    errors = outputs - _check_labels(y, outputs.shape)
    return (_check_point_weights(point_weights, outputs.shape[-1]) * errors**2).sum(axis=-1) / 2


def squared_loss_gradient(parameters, x, y, activation, alpha_in=1.0, alpha_out=1.0, point_weights=None):
    """Return the gradient of :func:`squared_loss`.

    Parameters
    ----------
    parameters, x, y, activation, alpha_in, alpha_out, point_weights
        As in :func:`squared_loss_and_gradient`.

    Returns
    -------
    gradient : Parameters
        Of the shapes of the parameters. Cost O(n m d) for each network.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or a derivative of the activation is infinite.
    """
    return squared_loss_and_gradient(parameters, x, y, activation, alpha_in, alpha_out, point_weights)[1]
