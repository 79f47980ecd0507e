r"""What the lemmas of section 2.2 ask for on the paper's own data: spectra of H and sufficient widths.

The four population matrices are computed as for Fig. 1. Where :math:`\kappa(H)` passes ``TRUSTED`` the smallest
eigenvalue is rounding, and no width is computed from it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR
from studies.underdetermined.data import DATA_SETS, FASHION_POINTS, load
from studies.underdetermined.finite_width import largest_squared_feature
from twolayer.activations import activation_by_name
from twolayer.concentration import bernstein_width, chernoff_width
from twolayer.funk_hecke import population_gram

TRUSTED = 1e15
r"""Condition numbers of H from here on are rounding."""


@dataclass(frozen=True)
class SpectrumCell:
    """One data set and one activation; ``points`` of 0 means all of them."""

    data: str
    activation: str
    points: int


def spectrum_rows(cell):
    """Return the extreme eigenvalues of H, the bound C, and the largest squared feature vector that was seen."""
    x, _ = load(cell.data)
    x = x[: cell.points] if cell.points else x
    activation = activation_by_name(cell.activation, x.shape[1])
    eigenvalues = np.linalg.eigvalsh(population_gram(x, activation))
    return [
        {
            "n": len(x),
            "dimension": x.shape[1],
            "bound": float(activation.bound),
            "smallest": float(eigenvalues[0]),
            "largest": float(eigenvalues[-1]),
            "row_bound": largest_squared_feature(x, activation),
        }
    ]


def spectrum_cells(scale):
    """Return the sixteen pairs: all points at the paper's scale, the first 60 of each data set at the quick one."""
    points = 0 if scale == "paper" else 60
    return [SpectrumCell(data, name, points) for data in DATA_SETS for name in FOUR]


SPECTRUM = Study(
    name="underdetermined/population-spectrum",
    description="Extreme eigenvalues of the population matrix H: four data sets, four activations.",
    compute=spectrum_rows,
    cells=spectrum_cells,
    tolerances={
        # An eigenvalue is known to about n epsilon of the largest one, 1e-13.
        "smallest": Tolerance(1e-6, 1e-13, relative_to="largest"),
        "largest": Tolerance(1e-9),
        "row_bound": Tolerance(1e-9),
    },
    inputs=(FASHION_POINTS,),
)


def sufficient_widths_on_data(table: pd.DataFrame, failure: float = 0.05) -> pd.DataFrame:
    r"""Return the widths that Lemmas 2.4 and 2.5 ask for, from the rows of ``SPECTRUM``.

    Parameters
    ----------
    table : DataFrame
        Rows of the study.
    failure : float
        The failure probability :math:`\delta`.

    Returns
    -------
    DataFrame
        The rows with ``kappa`` (infinite where H is numerically singular), ``chernoff``, ``sharper`` (with the
        largest squared feature vector in place of :math:`nC^2`), ``bernstein_printed`` and ``bernstein``; widths are
        infinite where H is numerically singular.
    """
    singular = table["smallest"] * TRUSTED <= table["largest"]
    smallest = table["smallest"].where(~singular, table["largest"])  # a stand-in, replaced below
    n, bound, largest = table["n"], table["bound"], table["largest"]
    columns = {
        "kappa": largest / smallest,
        "chernoff": chernoff_width(n, bound, smallest, failure),
        "sharper": chernoff_width(n, bound, smallest, failure, row_bound=table["row_bound"]),
        "bernstein_printed": bernstein_width(n, bound, smallest, largest, failure, printed=True),
        "bernstein": bernstein_width(n, bound, smallest, largest, failure),
    }
    return table.assign(**{name: np.where(singular, np.inf, values) for name, values in columns.items()})
