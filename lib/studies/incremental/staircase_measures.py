"""What is measured in the run of Figures 1, 3 and 4, and what Algorithm 1 says about it."""

import math

import numpy as np
import pandas as pd
from scipy.signal import find_peaks

from studies.incremental.staircase import middles
from studies.incremental.staircase import run as train


def jump_table(run):
    """Return one row for each jump: what Algorithm 1 predicts and what was measured.

    Parameters
    ----------
    run : Staircase
        The run.

    Returns
    -------
    DataFrame
        Columns k, neuron, points, tau, Y, squared_norm (at the end), loss (of the saddle reached), plateau (in the
        middle of it; at the end of the run after the last jump), predicted, half_height, offset (in time, not epochs).
    """
    process, path = run.process, run.path
    rows = np.append(middles(run), path.epochs.size - 1)
    return pd.DataFrame(
        {
            "k": np.arange(1, process.times.size + 1),
            "neuron": process.neurons,
            "points": process.counts,
            "tau": process.times,
            "Y": process.label_norms,
            "squared_norm": np.exp(2 * path.log_norms[-1, process.neurons]),
            "loss": process.losses[1:],
            "plateau": path.losses[rows],
            "predicted": run.predicted_epochs,
            "half_height": run.half_heights,
            "offset": (run.half_heights - run.predicted_epochs) * run.rate,
        }
    )


def first_half_height(run):
    r"""Return the epoch at which the first neuron that jumps has half of its squared norm, without training.

    Parameters
    ----------
    run : Staircase
        Its instance, scale, rate and prediction are used, not its path.

    Returns
    -------
    float
        :math:`\frac{1}{\log(1 + \eta\delta)}\left(L + \tfrac12\log Y_1 + \log\frac{2}{1 + \cos}\right)` with
        :math:`\delta = \|D^0_{j_1}\|` and the cosine of the neuron with that direction at the start.
    """
    neuron, speed = run.process.neurons[0], run.process.rates[0].max()
    cosine = run.instance.directions[neuron] @ run.targets[0, neuron]
    growth = run.log_inverse_scale + 0.5 * math.log(run.process.label_norms[0]) + math.log(2 / (1 + cosine))
    return growth / math.log1p(run.rate * speed)


def faster(rates):
    """Repeat the run with other learning rates.

    Parameters
    ----------
    rates : sequence of float
        Learning rates.

    Returns
    -------
    DataFrame
        Columns rate, epochs, outcome, plateau_error (largest relative error of a loss in the middle of a plateau),
        late (mean number of epochs by which half heights are later than predicted), squared_norm.
    """
    rows = []
    for rate in rates:
        one = train(rate=rate)
        errors = np.abs(one.path.losses[middles(one)] / one.process.losses[1:-1] - 1)
        late = float((one.half_heights - one.predicted_epochs).mean())
        rows.append(
            (rate, int(one.path.epochs[-1]), one.path.outcome, errors.max(), late, one.path.squared_norm)
        )
    return pd.DataFrame(rows, columns=["rate", "epochs", "outcome", "plateau_error", "late", "squared_norm"])


def drops(run):
    """Return the epochs at which the loss falls fastest, relative to itself: local maxima of that speed.

    Parameters
    ----------
    run : Staircase
        The run.

    Returns
    -------
    ndarray
        Maxima that stand out by a thousandth of the largest, and the last epoch if the loss still falls there: the
        last drop of a run that converges never ends.
    """
    epochs, speed = run.path.epochs, -np.gradient(np.log(run.path.losses), run.path.epochs)
    least = 1e-3 * speed.max()
    peaks, _ = find_peaks(speed, prominence=least)
    return np.append(epochs[peaks], epochs[-1:] if speed[-1] > least else [])


def changes_at_others(run):
    """Return the largest relative change of the norm of any neuron at a jump of another, from those that have jumped.

    Parameters
    ----------
    run : Staircase
        The run; norms in the middles of the plateaus before and after each jump but the first and the last are
        compared.

    Returns
    -------
    ndarray of shape (K - 2,)
        For jumps 2 to K - 1: the largest change among the neurons that jumped before.
    """
    norms, rows = np.exp(run.path.log_norms), middles(run)
    found = []
    for k in range(1, rows.size):
        earlier = run.process.neurons[:k]
        found.append(np.abs(norms[rows[k], earlier] / norms[rows[k - 1], earlier] - 1).max())
    return np.array(found)


def slopes(run, least_growth=0.0):
    r"""Return the slope of every log norm on the middle half of every plateau on which its neuron grows.

    Parameters
    ----------
    run : Staircase
        The run.
    least_growth : float
        Segments on which the predicted growth is below it, in nats, are left out.

    Returns
    -------
    DataFrame
        Columns segment (k), neuron, growth (predicted, in nats), predicted :math:`\|D_j^k\|`, discrete
        :math:`\log(1 + \eta\|D_j^k\|)/\eta`, measured, error (relative to predicted), discrete_error.
    """
    process, path = run.process, run.path
    times, rate = np.concatenate([[0.0], process.times]), run.rate
    rows = []
    for k in range(process.times.size):
        begin, end = (times[k : k + 2] * run.log_inverse_scale) / rate
        inside = (path.epochs > begin + (end - begin) / 4) & (path.epochs < end - (end - begin) / 4)
        epochs = path.epochs[inside]
        for j in np.flatnonzero(process.rates[k] > 0):
            predicted = process.rates[k, j]
            growth = predicted * (end - begin) * rate
            if growth < least_growth:
                continue
            measured = np.polyfit(epochs - epochs[0], path.log_norms[inside, j], 1)[0] / rate
            discrete = math.log1p(rate * predicted) / rate
            rows.append((k, j, growth, predicted, discrete, measured))
    table = pd.DataFrame(rows, columns=["segment", "neuron", "growth", "predicted", "discrete", "measured"])
    table["error"] = table["measured"] / table["predicted"] - 1
    table["discrete_error"] = table["measured"] / table["discrete"] - 1
    return table


def cosines(run, epoch):
    r"""Return the cosines of the hidden weights with :math:`D_j^0` and :math:`D_j^1`, of the neurons that jump later.

    Parameters
    ----------
    run : Staircase
        The run.
    epoch : float
        Where to look.

    Returns
    -------
    old, new : ndarray of shape (m - 1,)
        Of all neurons but the first to jump.
    """
    directions, _ = run.snapshot(epoch)
    others = np.delete(np.arange(run.instance.signs.size), run.process.neurons[0])
    signed = run.instance.signs[others, None] * run.targets[:2, others]
    return tuple(np.einsum("kji,ji->kj", signed, directions[others]))
