r"""The balance of a ReLU neuron, an invariant of gradient flow at two rates, and its exact change in a step.

For the neuron i with hidden weights :math:`a_i` and output weight :math:`w_i` let

.. math:: R_i = \eta_w w_i^2 - \eta_z \|a_i\|^2

(paper 002, appendix F; W and z there). The loss depends on :math:`(a_i, w_i)` through a function that is homogeneous
of degree one in each of them, hence :math:`w_i \partial_{w_i}\ell = \langle a_i, \nabla_{a_i}\ell\rangle`, and the
flow keeps :math:`R_i`. A step of gradient descent changes it by

.. math:: \eta_w\eta_z\bigl(\eta_z (\partial_{w_i}\ell)^2 - \eta_w \|\nabla_{a_i}\ell\|^2\bigr) .
"""

from twolayer.validation import finite_array, real_number


def _check(a, w, rates):
    a, w = finite_array(a, "a"), finite_array(w, "w")
    if a.ndim != 2 or w.shape != (len(a),) or len(a) == 0:
        raise ValueError(f"a must have shape (m, d) and w (m,) with m >= 1, got {a.shape} and {w.shape}")
    hidden, output = (real_number(rate, f"rates[{i}]") for i, rate in enumerate(rates))
    if min(hidden, output) < 0:
        raise ValueError(f"rates must not be negative, got {(hidden, output)}")
    return a, w, hidden, output


def balance(a, w, rates):
    r"""Return :math:`R_i = \eta_w w_i^2 - \eta_z\|a_i\|^2` for every neuron.

    Parameters
    ----------
    a : array_like of shape (m, d)
        Hidden weights.
    w : array_like of shape (m,)
        Output weights.
    rates : tuple of two floats
        :math:`(\eta_w, \eta_z)`, of the hidden and of the output weights.

    Returns
    -------
    ndarray of shape (m,)
        Cost O(m d).

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, or a rate is negative.
    """
    a, w, hidden, output = _check(a, w, rates)
    return hidden * w**2 - output * (a**2).sum(axis=1)


def balance_change(gradient_a, gradient_w, rates):
    r"""Return the exact change of the balance in one step, from the gradients before it.

    Parameters
    ----------
    gradient_a : array_like of shape (m, d)
        Gradient by the hidden weights.
    gradient_w : array_like of shape (m,)
        Gradient by the output weights.
    rates : tuple of two floats
        :math:`(\eta_w, \eta_z)`.

    Returns
    -------
    ndarray of shape (m,)
        :math:`\eta_w\eta_z(\eta_z(\partial_{w_i}\ell)^2 - \eta_w\|\nabla_{a_i}\ell\|^2)`. Cost O(m d).

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, or a rate is negative.
    """
    gradient_a, gradient_w, hidden, output = _check(gradient_a, gradient_w, rates)
    return hidden * output * (output * gradient_w**2 - hidden * (gradient_a**2).sum(axis=1))
