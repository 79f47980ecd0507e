r"""Joint training of both layers and the conditioning of the features (appendix A.3, Fig. 4).

The paper does not give the learning rate, the start of the last layer, the number of epochs or a seed. So this is a
panel over them: what holds in all of it is the paper's finding, what does not is a choice of settings.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from twolayer.datasets import linear_on_sphere
from twolayer.initialisation import spherical

LEARNING_RATES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Initial learning rates of the panel."""

STARTS = {0.0: "zero", 1.0: "Gaussian"}
"""Standard deviation of the last layer at the start, and what pages call it."""

RECORDED = (0, 1, 2, 5, *range(10, 201, 10))
"""Epochs after which the weights are looked at, as far as training goes."""


@dataclass(frozen=True)
class Run:
    """One training run: Synthetic-1 with ``points`` points and 1.5 times as many neurons."""

    learning_rate: float
    output_deviation: float
    seed: int
    points: int
    epochs: int


def spectrum_ends(x: np.ndarray, hidden: np.ndarray) -> tuple[float, float]:
    r"""Return the largest and the smallest singular value of :math:`\gamma(XA^T)`, in float64."""
    values = np.linalg.svd(np.maximum(x @ hidden.T, 0), compute_uv=False)
    return float(values[0]), float(values[-1])


def compute(run: Run) -> list[dict]:
    r"""Train and return the extreme singular values and the loss at the recorded epochs up to a divergence.

    ``unit_max`` and ``unit_min`` belong to the same neurons scaled back to norm 1, which tells the effect of their
    directions from that of their norms; ``drift`` is :math:`\|A-A_0\|_F / \|A_0\|_F`. ``diverged_at`` is the epoch in
    which training diverged, 0 if it did not.
    """
    import torch  # here, so that pages that only read the archive need not load it

    from twolayer.joint_training import MomentumSGD, train_jointly

    x, y = linear_on_sphere(np.random.default_rng(0), run.points)
    # Two entries: the generator of the seed alone would draw the data's own points as the first weights.
    rng = np.random.default_rng([run.seed, 1])
    start = spherical(rng, run.points * 3 // 2, x.shape[1], output_standard_deviation=run.output_deviation)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several threads only wait for each other on matrices of this size
    path = train_jointly(
        x,
        y,
        start,
        MomentumSGD(run.learning_rate),
        epochs=run.epochs,
        generator=torch.Generator().manual_seed(run.seed),
        record_at=[epoch for epoch in RECORDED if epoch <= run.epochs],
    )
    torch.set_num_threads(threads)
    rows = []
    for epoch, hidden, error in zip(path.epochs, path.hidden_weights, path.mean_squared_errors, strict=True):
        largest, smallest = spectrum_ends(x, hidden)
        unit_largest, unit_smallest = spectrum_ends(x, hidden / np.linalg.norm(hidden, axis=1, keepdims=True))
        rows.append(
            {
                "epoch": int(epoch),
                "sigma_max": largest,
                "sigma_min": smallest,
                "unit_max": unit_largest,
                "unit_min": unit_smallest,
                "mean_squared_error": float(error),
                "drift": float(np.linalg.norm(hidden - start.a) / np.linalg.norm(start.a)),
                "diverged_at": path.diverged_at or 0,
            }
        )
    return rows


def cells(scale: str) -> list[Run]:
    """Return the panel: at the paper's scale n = 500, 200 epochs and six seeds."""
    if scale == "paper":
        rates, seeds, points, epochs = LEARNING_RATES, range(6), 500, 200
    else:
        rates, seeds, points, epochs = (0.1, 2.0, 8.0), range(2), 60, 30
    return [
        Run(rate, deviation, seed, points, epochs) for deviation in STARTS for rate in rates for seed in seeds
    ]


def condition_numbers(table: pd.DataFrame) -> pd.DataFrame:
    r"""Add the condition numbers of :math:`\gamma(W^TX)`, not squared, and their growth since epoch 0.

    Parameters
    ----------
    table : DataFrame
        Rows of this study.

    Returns
    -------
    DataFrame
        With the columns ``start`` ("zero" or "Gaussian"), ``kappa``, ``unit_kappa`` and ``growth``.
    """
    table = table.assign(
        start=table["output_deviation"].map(STARTS),
        kappa=table["sigma_max"] / table["sigma_min"],
        unit_kappa=table["unit_max"] / table["unit_min"],
    )
    first = table.groupby(["learning_rate", "output_deviation", "seed"])["kappa"].transform("first")
    return table.assign(growth=table["kappa"] / first)


def outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """Return, for each start and learning rate, the growth and the loss over the seeds at the last recorded epoch.

    Parameters
    ----------
    table : DataFrame
        Rows of this study.

    Returns
    -------
    DataFrame
        One row for each start and learning rate: ``start``, ``learning_rate``, ``runs``, ``diverged`` (their number),
        ``grew`` (number of finished runs with a growth above 1), ``low``, ``median``, ``high`` (smallest, median and
        largest growth), ``unit_growth`` (median, neurons scaled to norm 1), ``drift`` and ``loss`` (medians).
        Statistics of no finished run are missing.
    """
    table = condition_numbers(table)
    keys = ["output_deviation", "learning_rate"]
    runs = table.groupby([*keys, "seed"], sort=False)
    ends = runs.last().assign(
        diverged=runs["diverged_at"].last() > 0,
        unit_growth=runs["unit_kappa"].last() / runs["unit_kappa"].first(),
    )
    summary = []
    for (deviation, rate), group in ends.groupby(keys, sort=True):
        finished = group[~group["diverged"]]
        summary.append(
            {
                "start": STARTS[deviation],
                "learning_rate": rate,
                "runs": len(group),
                "diverged": int(group["diverged"].sum()),
                "grew": int((finished["growth"] > 1).sum()),
                "low": finished["growth"].min(),
                "median": finished["growth"].median(),
                "high": finished["growth"].max(),
                "unit_growth": finished["unit_growth"].median(),
                "drift": finished["drift"].median(),
                "loss": finished["mean_squared_error"].median(),
            }
        )
    return pd.DataFrame(summary)


# Training in 32-bit floats rounds differently with another processor or BLAS. Changing every initial weight by one
# part in 1e6 changed condition numbers and losses after 200 epochs by up to 3e-5; one part in a hundred leaves room
# for a machine that rounds each of the 10,000 steps in its own way, and would still notice any change of the method.
_SINGLE_PRECISION = Tolerance(rtol=1e-2)

JOINT_TRAINING = Study(
    name="underdetermined/joint-training",
    description="Condition number of the ReLU features while both layers are trained by SGD with momentum on "
    "Synthetic-1, over learning rates, starts of the last layer and seeds (Fig. 4).",
    compute=compute,
    cells=cells,
    tolerances={
        **dict.fromkeys(
            ("sigma_max", "sigma_min", "unit_max", "unit_min", "mean_squared_error"), _SINGLE_PRECISION
        ),
        "drift": Tolerance(rtol=1e-2, atol=1e-6),
    },
    timeout=600.0,
)
