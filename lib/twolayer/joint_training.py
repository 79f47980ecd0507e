r"""Train both layers of a ReLU network by stochastic gradient descent, as in appendix A.3 of paper 001.

The network is :math:`f(x) = m^{-1/2}\sum_k w_k \max(\langle a_k, x\rangle, 0)`, without biases. A batch B has the
loss :math:`|B|^{-1}\sum_{i\in B}(f(x_i)-y_i)^2`. The hidden weights start on the sphere and are free to leave it.

This is the one module of the library that uses torch: the paper trained in 32-bit floats with the optimiser that
everybody has, and so does this. A plain numpy version of the same loop is among the tests.
"""

from dataclasses import dataclass, field

import numpy as np
import torch

from twolayer.gram import increasing_integers
from twolayer.parameters import Parameters
from twolayer.validation import as_labels, as_points, positive_integer, positive_number, real_number

DIVERGED = 1e4
"""Training has diverged once the loss exceeds this many times the larger of its start and the mean squared label."""


@dataclass(frozen=True)
class MomentumSGD:
    r"""Settings of stochastic gradient descent; the defaults are those of paper 001, appendix A.3.

    The paper does not give the learning rate, on which the outcome depends, so it has no default here.

    Parameters
    ----------
    learning_rate : float
        Step size in the first epoch, greater than zero.
    batch_size : int
        Points in a batch; the last batch of an epoch may be smaller.
    momentum : float
        :math:`\mu \in [0, 1)` of :math:`v \leftarrow \mu v + g`, :math:`\theta \leftarrow \theta - \eta v`.
    weight_decay : float
        :math:`\lambda \ge 0`; :math:`\lambda\theta` is added to the gradient g, in both layers.
    decay : float
        Factor in (0, 1] by which the learning rate shrinks after each epoch.

    Raises
    ------
    TypeError, ValueError
        If a setting is not of its kind or out of its range.
    """

    learning_rate: float
    batch_size: int = 10
    momentum: float = 0.9
    weight_decay: float = 1e-5
    decay: float = 0.99

    def __post_init__(self):
        positive_number(self.learning_rate, "learning_rate")
        positive_integer(self.batch_size, "batch_size")
        if not 0 <= real_number(self.momentum, "momentum") < 1:
            raise ValueError(f"momentum must lie in [0, 1), got {self.momentum}")
        if real_number(self.weight_decay, "weight_decay") < 0:
            raise ValueError(f"weight_decay must not be negative, got {self.weight_decay}")
        if not 0 < real_number(self.decay, "decay") <= 1:
            raise ValueError(
                f"decay must lie in (0, 1], got {self.decay}; 1 keeps the learning rate constant"
            )


@dataclass(frozen=True)
class JointTrainingPath:
    r"""What joint training did, at the recorded epochs up to a divergence.

    Attributes
    ----------
    epochs : ndarray of int, shape (s,)
        Numbers of completed epochs.
    hidden_weights : ndarray of shape (s, m, d)
        The weights :math:`a_k` as rows, converted to float64.
    output_weights : ndarray of shape (s, m)
        The weights :math:`w_k`, converted to float64.
    mean_squared_errors : ndarray of shape (s,)
        :math:`n^{-1}\sum_i (f(x_i)-y_i)^2` over all points, evaluated in float64.
    diverged_at : int or None
        The epoch after which the loss had left all bounds; nothing is recorded from there on.
    """

    epochs: np.ndarray
    hidden_weights: np.ndarray = field(repr=False)
    output_weights: np.ndarray = field(repr=False)
    mean_squared_errors: np.ndarray
    diverged_at: int | None


def _mean_squared_error(x, y, hidden, output):
    """Mean squared error in float64; infinite when a weight is infinite or NaN."""
    if not (np.isfinite(hidden).all() and np.isfinite(output).all()):
        return np.inf
    residual = np.maximum(x @ hidden.T, 0) @ output / np.sqrt(len(output)) - y
    return float(np.mean(residual**2))


def _check_network(parameters, dimension):
    """Return the two layers of a single bias-free network."""
    if not isinstance(parameters, Parameters):
        raise TypeError(f"parameters must be Parameters, got {type(parameters).__name__}")
    if parameters.a.ndim != 2:
        raise ValueError(
            f"parameters must be one network, got an ensemble of shape {parameters.a.shape[:-2]}"
        )
    if parameters.dimension != dimension:
        raise ValueError(f"parameters have dimension {parameters.dimension}, the points have {dimension}")
    if parameters.b.any() or parameters.c.any():
        raise ValueError("parameters must have no biases (b = 0 and c = 0): the paper's network has none")
    return parameters.a, parameters.w


def _train_one_epoch(points, labels, layers, optimiser, batch_size, generator):
    """Pass once over the points in random order, one step of the optimiser for each batch."""
    hidden, output = layers
    scale = len(output) ** -0.5
    for batch in torch.randperm(len(points), generator=generator).split(batch_size):
        predictions = scale * (torch.relu(points[batch] @ hidden.T) @ output)  # (batch,)
        loss = ((predictions - labels[batch]) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def train_jointly(x, y, parameters, settings, *, epochs, generator, record_at=None, dtype=torch.float32):
    r"""Train both layers of a bias-free ReLU network with output scale :math:`m^{-1/2}`.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points as rows.
    y : array_like of shape (n,)
        Labels.
    parameters : Parameters
        The network at the start, for example from ``twolayer.initialisation.spherical``.
    settings : MomentumSGD
        Learning rate and the paper's other settings.
    epochs : int
        Number of passes over the points, at least 0.
    generator : torch.Generator
        Source of the order of the points in each epoch; made by the caller, as in
        ``torch.Generator().manual_seed(0)``.
    record_at : sequence of int, optional
        Increasing numbers of epochs to record, at most ``epochs``; by default the last one only.
    dtype : torch.dtype
        Precision of the training, 32-bit as in the paper.

    Returns
    -------
    JointTrainingPath
        Weights and losses at the recorded epochs. Training stops early if it diverges, which is an outcome and
        not an error. Cost O(n m d) for each epoch, and some 0.2 ms for each batch.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree, a number is out of range, or the network has biases or ensemble axes.
    """
    x = as_points(x)
    y = as_labels(y, len(x))
    start = _check_network(parameters, x.shape[1])
    if not isinstance(settings, MomentumSGD):
        raise TypeError(f"settings must be MomentumSGD, got {settings!r}")
    if not isinstance(generator, torch.Generator):
        raise TypeError(
            f"generator must be a torch.Generator, got {generator!r}; torch.Generator().manual_seed(0)"
        )
    epochs = positive_integer(epochs, "epochs", 0)
    recorded = [epochs] if record_at is None else increasing_integers(record_at, "record_at", 0)
    if recorded[-1] > epochs:
        raise ValueError(f"record_at asks for epoch {recorded[-1]}, but there are {epochs} epochs")

    points, labels = torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype)
    layers = [torch.tensor(layer, dtype=dtype, requires_grad=True) for layer in start]
    optimiser = torch.optim.SGD(
        layers, lr=settings.learning_rate, momentum=settings.momentum, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, settings.decay)
    limit = DIVERGED * max(_mean_squared_error(x, y, *start), float(np.mean(y**2)))
    kept, wanted, diverged_at = [], set(recorded), None
    for epoch in range(epochs + 1):
        if epoch > 0:
            _train_one_epoch(points, labels, layers, optimiser, settings.batch_size, generator)
            schedule.step()
        hidden, output = (layer.detach().numpy().astype(np.float64) for layer in layers)
        error = _mean_squared_error(x, y, hidden, output)
        if not error <= limit:
            diverged_at = epoch
            break
        if epoch in wanted:
            kept.append((epoch, hidden, output, error))
    shapes = ((), start[0].shape, start[1].shape, ())
    kinds = (np.int64, np.float64, np.float64, np.float64)
    columns = [
        np.array([record[i] for record in kept], dtype=kind).reshape(len(kept), *shape)
        for i, (shape, kind) in enumerate(zip(shapes, kinds, strict=True))
    ]
    return JointTrainingPath(*columns, diverged_at)
