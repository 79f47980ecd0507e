"""Full-batch gradient descent on the network of the book, in any dimension and with any activation: the plain loop."""

from itertools import pairwise

import numpy as np

from twolayer.network import squared_loss_and_gradient
from twolayer.parameters import Parameters
from twolayer.validation import positive_integer, positive_number


def gradient_descent(start, x, y, activation, *, step_size, record_at, point_weights=None):
    r"""Iterate :math:`W_{k+1} = W_k - h\nabla L(W_k)` and record the parameters at given steps.

    Parameters
    ----------
    start : Parameters
        With ensemble axes ``...``; all networks are trained at once.
    x : array_like of shape (n, d)
        Points.
    y : array_like of shape (n,) or (..., n)
        Labels.
    activation : Activation
        Of the hidden layer.
    step_size : float
        h > 0.
    record_at : sequence of int
        Increasing step numbers; the last one ends the run.
    point_weights : array_like of shape (n,), optional
        :math:`\omega_j` of the loss :math:`\tfrac12\sum_j\omega_j(f(x_j) - y_j)^2`; 1/n if not given.

    Returns
    -------
    path : Parameters
        With the recorded steps as a new first ensemble axis.
    losses : ndarray of shape (records, ...)
        Their losses. Cost O(n m d) for each network and step, some 100 microseconds at least.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or a run diverges.
    """
    step_size = positive_number(step_size, "step_size")
    steps = [positive_integer(k, "a step in record_at", 0) for k in record_at]
    if not steps or any(later <= earlier for earlier, later in pairwise(steps)):
        raise ValueError(f"record_at must hold increasing step numbers, got {steps[:10]}")
    if point_weights is None:
        point_weights = np.full(len(x), 1 / len(x))
    records, losses, parameters = [], [], start
    for k in range(steps[-1] + 1):
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                loss, gradient = squared_loss_and_gradient(
                    parameters, x, y, activation, point_weights=point_weights
                )
                following = parameters.plus(gradient, -step_size)
        except ValueError as error:
            if k == 0:
                raise
            raise ValueError(
                f"gradient descent with step_size {step_size:g} diverged: step {k + 1} leaves the numbers "
                f"({error}); take a smaller step"
            ) from error
        if k == steps[len(records)]:
            records.append(parameters)
            losses.append(loss)
        parameters = following
    fields = ("a", "b", "w", "c")
    return Parameters(*(np.stack([getattr(p, f) for p in records]) for f in fields)), np.array(losses)
