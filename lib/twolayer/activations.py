r"""The activations of the book, with their bounds, Lipschitz constants and the nature of their even and odd parts.

The parts decide whether random features can fit everything. On the eight vertices of a cube the cubic
:math:`x_1 x_2 x_3` kills every even function and every linear one, so an activation with a linear odd part has
singular features there at every width (paper 001, Theorem 2.2 and Appendix A.2); an activation neither part of
which is a polynomial has a positive definite kernel on all data (Theorem 3.3 and the text after it).

==============================  ==================  ==================
activation                      even part           odd part
==============================  ==================  ==================
relu, leaky_relu                multiple of abs(z)  linear
absolute_value                  abs(z)              zero
swish, softplus, gelu           not polynomial      z / 2
hyperbolic_cosine, cosine       not polynomial      zero
quadratic                       square              linear
squared_relu                    square / 2          z abs(z) / 2
tanh, sine                      zero                not polynomial
elu, exponential, wendland      not polynomial      not polynomial
==============================  ==================  ==================
"""

from functools import partial

import numpy as np

from twolayer import activation_formulas as formulas
from twolayer.activation import Activation
from twolayer.validation import positive_integer, positive_number, real_number
from twolayer.wendland import ROOT_TWO, check_smoothness, check_width, wendland_derivative, wendland_values

SWISH_STEEPEST = 2.3993572805
"""Where the slope of swish is largest, for beta = 1: the root of u tanh(u / 2) = 2."""


def relu():
    r"""Return :math:`\max(z, 0)`, with :math:`C = L = 1`."""
    return Activation(
        "relu", "ReLU", r"\max(z, 0)", formulas.relu, formulas.relu_derivative, 1.0, 1.0, np.inf, 1
    )


def leaky_relu(slope=0.01):
    r"""Return :math:`z` for :math:`z > 0` and :math:`s z` for :math:`z \le 0`.

    Parameters
    ----------
    slope : float
        Slope s on the negative side, any real number.

    Returns
    -------
    Activation
        With :math:`C = L = \max(1, |s|)`.

    Raises
    ------
    TypeError, ValueError
        If the slope is not one finite real number.
    """
    slope = real_number(slope, "slope")
    size = max(1.0, abs(slope))
    return Activation(
        name="leaky_relu",
        label="leaky ReLU",
        formula=rf"\max(z, 0) + {slope:g} \min(z, 0)",
        function=partial(formulas.leaky_relu, slope=slope),
        derivative_function=partial(formulas.leaky_relu_derivative, slope=slope),
        bound=size,
        lipschitz=size,
        even_part_degree=0 if slope == 1 else np.inf,
        odd_part_degree=0 if slope == -1 else 1,
        parameters=(("slope", slope),),
    )


def absolute_value():
    r"""Return :math:`|z|`, with :math:`C = L = 1`."""
    function, derivative = formulas.absolute_value, formulas.absolute_value_derivative
    return Activation("absolute_value", "absolute value", "|z|", function, derivative, 1.0, 1.0, np.inf, 0)


def swish(beta=1.0):
    r"""Return :math:`z / (1 + e^{-\beta z})`, stable for every finite z.

    Parameters
    ----------
    beta : float
        Sharpness, greater than zero; 1 in paper 001.

    Returns
    -------
    Activation
        With C its value at 1 and L its slope at :math:`\min(1, 2.3994 / \beta)`: 0.731059 and 0.92767 for 1.

    Raises
    ------
    TypeError, ValueError
        If beta is not one finite real number greater than zero.
    """
    beta = positive_number(beta, "beta")
    steepest = np.array(min(1.0, SWISH_STEEPEST / beta))
    factor = "" if beta == 1 else f"{beta:g} "
    return Activation(
        name="swish",
        label="swish",
        formula=rf"z / (1 + e^{{-{factor}z}})",
        function=partial(formulas.swish, beta=beta),
        derivative_function=partial(formulas.swish_derivative, beta=beta),
        bound=float(formulas.swish(np.array(1.0), beta=beta)),
        lipschitz=float(formulas.swish_derivative(steepest, beta=beta)),
        even_part_degree=np.inf,
        odd_part_degree=1,
        parameters=(("beta", beta),),
    )


def tanh():
    r"""Return :math:`\tanh z`, with :math:`C = \tanh 1` and :math:`L = 1`."""
    return Activation(
        "tanh", "tanh", r"\tanh z", np.tanh, formulas.tanh_derivative, np.tanh(1.0), 1.0, 0, np.inf
    )


def softplus():
    r"""Return :math:`\log(1 + e^z)`, with :math:`C = \log(1 + e)` and :math:`L = 1 / (1 + 1/e)`."""
    bound, lipschitz = np.log1p(np.e), 1 / (1 + np.exp(-1.0))
    function, derivative = formulas.softplus, formulas.logistic
    return Activation(
        "softplus", "softplus", r"\log(1 + e^z)", function, derivative, bound, lipschitz, np.inf, 1
    )


def gelu():
    r"""Return :math:`z \Phi(z)` with the normal distribution function; :math:`C = 0.841345`, :math:`L = 1.083315`."""
    bound, lipschitz = formulas.gelu(1.0), formulas.gelu_derivative(1.0)
    return Activation(
        "gelu", "GELU", r"z \Phi(z)", formulas.gelu, formulas.gelu_derivative, bound, lipschitz, np.inf, 1
    )


def elu(alpha=1.0):
    r"""Return :math:`z` for :math:`z > 0` and :math:`\alpha (e^z - 1)` for :math:`z \le 0`.

    Parameters
    ----------
    alpha : float
        Depth on the negative side, greater than zero.

    Returns
    -------
    Activation
        With :math:`C = \max(1, \alpha(1 - 1/e))` and :math:`L = \max(1, \alpha)`.

    Raises
    ------
    TypeError, ValueError
        If alpha is not one finite real number greater than zero.
    """
    alpha = positive_number(alpha, "alpha")
    return Activation(
        name="elu",
        label="ELU",
        formula=rf"\max(z, 0) + {alpha:g} (e^{{\min(z, 0)}} - 1)",
        function=partial(formulas.elu, alpha=alpha),
        derivative_function=partial(formulas.elu_derivative, alpha=alpha),
        bound=max(1.0, -alpha * np.expm1(-1.0)),
        lipschitz=max(1.0, alpha),
        even_part_degree=np.inf,
        odd_part_degree=np.inf,
        parameters=(("alpha", alpha),),
    )


def squared_relu():
    r"""Return :math:`\max(z, 0)^2`, with :math:`C = 1` and :math:`L = 2`.

    Its even part is a polynomial: it passes the cube, but not every data set.
    """
    function, derivative = formulas.squared_relu, formulas.squared_relu_derivative
    return Activation(
        "squared_relu", "squared ReLU", r"\max(z, 0)^2", function, derivative, 1.0, 2.0, 2, np.inf
    )


def sine():
    r"""Return :math:`\sin z`, with :math:`C = \sin 1` and :math:`L = 1`."""
    return Activation("sine", "sine", r"\sin z", np.sin, np.cos, np.sin(1.0), 1.0, 0, np.inf)


def cosine():
    r"""Return :math:`\cos z`, with :math:`C = 1` and :math:`L = \sin 1`."""
    derivative = formulas.cosine_derivative
    return Activation("cosine", "cosine", r"\cos z", np.cos, derivative, 1.0, np.sin(1.0), np.inf, 0)


def hyperbolic_cosine():
    r"""Return :math:`\cosh z`, with :math:`C = \cosh 1` and :math:`L = \sinh 1`."""
    bound, lipschitz = np.cosh(1.0), np.sinh(1.0)
    return Activation("hyperbolic_cosine", "cosh", r"\cosh z", np.cosh, np.sinh, bound, lipschitz, np.inf, 0)


def exponential():
    r"""Return :math:`e^z`, with :math:`C = L = e`."""
    return Activation("exponential", "exponential", "e^z", np.exp, np.exp, np.e, np.e, np.inf, np.inf)


def quadratic():
    r"""Return :math:`z^2 + z`, with :math:`C = 2` and :math:`L = 3`."""
    function, derivative = formulas.quadratic, formulas.quadratic_derivative
    return Activation("quadratic", "quadratic", "z^2 + z", function, derivative, 2.0, 3.0, 2, 1)


def wendland(smoothness, dimension, zeta=ROOT_TWO):
    r"""Return the Wendland activation :math:`\phi_{d,k}(\sqrt{2 - 2z} / \zeta)` (paper 001, Table 1).

    Parameters
    ----------
    smoothness : int
        k, 0 for Wendland0 or 2 for Wendland2.
    dimension : int
        Input dimension d >= 1, on which the activation's form depends (Remark 5).
    zeta : float
        Width :math:`\zeta > 0` of the support :math:`z > 1 - \zeta^2 / 2`.

    Returns
    -------
    Activation
        Defined for z <= 1. C is 1 for k = 0 and 3 for k = 2; L is infinite for k = 0 (errata E3), and the slope at
        z = 1 for k = 2: :math:`(p+1)(p+2)/\zeta^2` with :math:`p = \lfloor d/2 \rfloor + 5`.

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If k is neither 0 nor 2, d < 1 or zeta <= 0.
    """
    settings = {
        "smoothness": check_smoothness(smoothness),
        "dimension": positive_integer(dimension, "dimension"),
        "zeta": check_width(zeta),
    }
    slope = wendland_derivative(np.array(1.0), **settings)
    r = r"\sqrt{1 - z}" if settings["zeta"] == ROOT_TWO else r"\sqrt{2 - 2z} / \zeta"
    return Activation(
        name=f"wendland{settings['smoothness']}",
        label=f"Wendland{settings['smoothness']}",
        formula=rf"\phi_{{{dimension},{smoothness}}}({r})",
        function=partial(wendland_values, **settings),
        derivative_function=partial(wendland_derivative, **settings),
        bound=1.0 if smoothness == 0 else 3.0,
        lipschitz=float(slope),
        even_part_degree=np.inf,
        odd_part_degree=np.inf,
        domain=(-np.inf, 1.0),
        parameters=tuple(settings.items()),
    )


_KINKED = (relu, leaky_relu, absolute_value, elu, squared_relu)
_SMOOTH = (swish, tanh, softplus, gelu, sine, cosine, hyperbolic_cosine, exponential, quadratic)
_FACTORIES = {factory.__name__: factory for factory in _KINKED + _SMOOTH}

ACTIVATION_NAMES = ("wendland0", "wendland2", *_FACTORIES)
"""Every name that :func:`activation_by_name` knows."""


def activation_by_name(name, dimension):
    r"""Return the activation of a name, with its default parameters (Wendland: :math:`\zeta = \sqrt 2`).

    Parameters
    ----------
    name : str
        One of ``ACTIVATION_NAMES``.
    dimension : int
        Input dimension d >= 1; only the Wendland activations depend on it.

    Returns
    -------
    Activation
        The activation.

    Raises
    ------
    TypeError
        If the dimension is not an integer.
    ValueError
        If the name is not known or d < 1.
    """
    dimension = positive_integer(dimension, "dimension")
    if name not in ACTIVATION_NAMES:
        raise ValueError(f"no activation is named {name!r}; choose one of {', '.join(ACTIVATION_NAMES)}")
    if name in _FACTORIES:
        return _FACTORIES[name]()
    return wendland(int(name.removeprefix("wendland")), dimension)
