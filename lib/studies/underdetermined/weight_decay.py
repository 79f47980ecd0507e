r"""What makes the condition number grow in Fig. 4: the same training with and without weight decay.

Weight decay of 1e-5 looks like a detail of the paper's settings. The labels of Synthetic-1 are a multiple of
:math:`\langle e, x\rangle` with the unit vector e along (1, ..., 1), so the alignment of the neurons with e tells
whether they turn towards what the labels need.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.underdetermined.joint_training import STARTS, spectrum_ends
from twolayer.datasets import linear_on_sphere
from twolayer.initialisation import spherical


@dataclass(frozen=True)
class DecayRun:
    """One training run with a weight decay; the rest as in ``studies.underdetermined.joint_training``."""

    weight_decay: float
    learning_rate: float
    output_deviation: float
    seed: int
    points: int
    epochs: int


def compute(run: DecayRun) -> list[dict]:
    r"""Train and return extreme singular values, loss and alignment at ten epochs and at the start.

    ``alignment`` is the mean of :math:`|\cos|` of the angle between a neuron and e. The settings are such that no run
    diverges; one that did would be an error.
    """
    import torch  # here, so that pages that only read the archive need not load it

    from twolayer.joint_training import MomentumSGD, train_jointly

    x, y = linear_on_sphere(np.random.default_rng(0), run.points)
    rng = np.random.default_rng([run.seed, 1])
    start = spherical(rng, run.points * 3 // 2, x.shape[1], output_standard_deviation=run.output_deviation)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several threads only wait for each other on matrices of this size
    path = train_jointly(
        x,
        y,
        start,
        MomentumSGD(run.learning_rate, weight_decay=run.weight_decay),
        epochs=run.epochs,
        generator=torch.Generator().manual_seed(run.seed),
        record_at=range(0, run.epochs + 1, run.epochs // 10),
    )
    torch.set_num_threads(threads)
    if path.diverged_at is not None:
        raise RuntimeError(f"training diverged in epoch {path.diverged_at}; take a smaller learning rate")
    direction = np.full(x.shape[1], x.shape[1] ** -0.5)
    rows = []
    for epoch, hidden, error in zip(path.epochs, path.hidden_weights, path.mean_squared_errors, strict=True):
        largest, smallest = spectrum_ends(x, hidden)
        cosines = hidden @ direction / np.linalg.norm(hidden, axis=1)
        rows.append(
            {
                "epoch": int(epoch),
                "sigma_max": largest,
                "sigma_min": smallest,
                "mean_squared_error": float(error),
                "alignment": float(np.abs(cosines).mean()),
            }
        )
    return rows


def cells(scale: str) -> list[DecayRun]:
    """Return the runs with the paper's weight decay and without, at the panel's larger learning rates."""
    if scale == "paper":
        rates, seeds, points, epochs = (1.0, 2.0, 4.0), range(4), 500, 200
    else:
        rates, seeds, points, epochs = (2.0,), range(2), 60, 40
    return [
        DecayRun(decay, rate, deviation, seed, points, epochs)
        for decay in (0.0, 1e-5)
        for deviation in STARTS
        for rate in rates
        for seed in seeds
    ]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return growth of the condition number, alignment and loss at the last epoch, with and without weight decay.

    Parameters
    ----------
    table : DataFrame
        Rows of this study.

    Returns
    -------
    DataFrame
        ``start``, ``learning_rate``, ``weight_decay``, ``median``, ``low``, ``high`` (of the growth over the seeds),
        ``alignment_before``, ``alignment`` and ``loss`` (medians).
    """
    table = table.assign(kappa=table["sigma_max"] / table["sigma_min"])
    keys = ["output_deviation", "learning_rate", "weight_decay"]
    runs = table.groupby([*keys, "seed"])
    ends = runs.last().assign(
        growth=runs["kappa"].last() / runs["kappa"].first(), alignment_before=runs["alignment"].first()
    )
    groups = ends.groupby(keys)
    result = pd.DataFrame(
        {
            "median": groups["growth"].median(),
            "low": groups["growth"].min(),
            "high": groups["growth"].max(),
            "alignment_before": groups["alignment_before"].median(),
            "alignment": groups["alignment"].median(),
            "loss": groups["mean_squared_error"].median(),
        }
    ).reset_index()
    return result.assign(start=result["output_deviation"].map(STARTS))


# 32-bit training, as in ``studies.underdetermined.joint_training``, where the tolerance is explained.
_SINGLE_PRECISION = Tolerance(rtol=1e-2)

WEIGHT_DECAY = Study(
    name="underdetermined/weight-decay",
    description="Joint training of both layers on Synthetic-1 with and without the weight decay of 1e-5: condition "
    "number and alignment of the neurons with the labels' direction.",
    compute=compute,
    cells=cells,
    tolerances=dict.fromkeys(
        ("sigma_max", "sigma_min", "mean_squared_error", "alignment"), _SINGLE_PRECISION
    ),
    timeout=600.0,
)
