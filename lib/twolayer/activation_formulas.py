"""Entrywise formulas of the classical activations and their derivatives, stable for every finite argument.

They are unchecked and named after the activation; ``twolayer.activations`` attaches the facts. They are functions of
the module, not lambdas, so that an activation can be sent to another process.
"""

import numpy as np
from scipy import special

from twolayer.blockwise import evaluate

EXPONENT_LIMIT = 700.0
"""Exponents are clipped here: exp(700) is still finite, and exp(-700) below every rounding error."""

ROOT_TWO_PI = np.sqrt(2 * np.pi)


def relu(z, out=None):
    """Return max(z, 0)."""
    return np.maximum(z, 0.0, out=out)


def relu_derivative(z):
    """Return 1 for z > 0, else 0."""
    return np.greater(z, 0.0).astype(np.float64)


def leaky_relu(z, out=None, *, slope):
    """Return z for z > 0, else slope * z."""
    positive = np.maximum(z, 0.0)
    negative = np.multiply(slope, np.minimum(z, 0.0))
    return np.add(positive, negative, out=out)


def leaky_relu_derivative(z, *, slope):
    """Return 1 for z > 0, else slope."""
    return np.where(z > 0, 1.0, slope)


def absolute_value(z, out=None):
    """Return abs(z)."""
    return np.abs(z, out=out)


def absolute_value_derivative(z):
    """Return 1 for z > 0, else -1."""
    return np.where(z > 0, 1.0, -1.0)


def squared_relu(z, out=None):
    """Return max(z, 0) ** 2."""
    return np.square(np.maximum(z, 0.0), out=out)


def squared_relu_derivative(z):
    """Return 2 max(z, 0)."""
    return 2.0 * np.maximum(z, 0.0)


def swish(z, out=None, *, beta):
    """Return z / (1 + exp(-beta z)).

    Far out on the negative side, where the exponential would overflow, z is replaced by the place where it just does
    not: the value there is below 1e-300 in size, as is the true one.
    """
    limit = EXPONENT_LIMIT / beta

    def formula(z, values, denominator):
        if z.min() < -limit or z.max() > limit:  # rare, and clipping always would cost a third of the time
            z = np.clip(z, -limit, np.inf)
            np.minimum(z, limit, out=denominator)
            np.multiply(denominator, -beta, out=denominator)
        else:
            np.multiply(z, -beta, out=denominator)
        np.exp(denominator, out=denominator)
        np.add(denominator, 1.0, out=denominator)
        np.divide(z, denominator, out=values)

    return evaluate(formula, z, [out], buffers=1)[0]


def swish_derivative(z, *, beta):
    """Return s (1 + u (1 - s)) with u = beta z and the logistic function s of u."""
    limit = EXPONENT_LIMIT / beta
    u = np.clip(z, -limit, limit) * beta
    return special.expit(u) * (1.0 + u * special.expit(-u))


def tanh_derivative(z):
    """Return 1 - tanh(z)^2 as 1 / cosh(z)^2, without cancellation."""
    return 1.0 / np.cosh(np.clip(z, -EXPONENT_LIMIT / 2, EXPONENT_LIMIT / 2)) ** 2


def softplus(z, out=None):
    """Return log(1 + exp(z)) = max(z, 0) + log(1 + exp(-abs(z)))."""
    return np.add(np.maximum(z, 0.0), np.log1p(np.exp(-np.abs(z))), out=out)


def logistic(z):
    """Return 1 / (1 + exp(-z)), the derivative of softplus."""
    return special.expit(z)


def gelu(z, out=None):
    """Return z times the standard normal distribution function of z."""
    return np.multiply(z, special.ndtr(z), out=out)


def gelu_derivative(z):
    """Return the normal distribution function plus z times the normal density."""
    return special.ndtr(z) + z * np.exp(-(np.clip(z, -40.0, 40.0) ** 2) / 2) / ROOT_TWO_PI


def elu(z, out=None, *, alpha):
    """Return z for z > 0, else alpha (exp(z) - 1)."""
    positive = np.maximum(z, 0.0)
    negative = alpha * np.expm1(np.minimum(z, 0.0))
    return np.add(positive, negative, out=out)


def elu_derivative(z, *, alpha):
    """Return 1 for z > 0, else alpha exp(z)."""
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0)))


def cosine_derivative(z):
    """Return -sin(z)."""
    return -np.sin(z)


def quadratic(z, out=None):
    """Return z^2 + z."""
    return np.multiply(z, np.add(z, 1.0), out=out)


def quadratic_derivative(z):
    """Return 2 z + 1."""
    return 2.0 * z + 1.0
