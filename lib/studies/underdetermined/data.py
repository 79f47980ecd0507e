"""The four data sets of section 3.5 of the paper, as points on the sphere with labels."""

from pathlib import Path

import numpy as np
import pandas as pd

from companion.archive import read_archive
from companion.rawdata import MissingDataError
from twolayer.datasets import linear_on_sphere, planted_cube
from twolayer.preprocessing import correct_prostate_row, standardise_and_normalise

DATA_SETS = ("Synthetic-1", "Synthetic-2", "Prostate-Cancer", "Fashion-MNIST")
"""Their names, in the paper's order."""

FASHION_POINTS = "underdetermined/fashion-points"
"""The study whose archived table holds the points that the paper's pipeline makes of Fashion-MNIST."""

FEATURES = ("lcavol", "lweight", "age", "lbph", "svi", "lcp", "gleason", "pgg45")
"""Columns of the prostate data that are the points' coordinates; the label is ``lpsa``."""


def load(
    name: str, seed: int = 0, *, corrected: bool = True, prostate_file: str | Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the points and the labels of one of the paper's data sets.

    Parameters
    ----------
    name : str
        One of ``DATA_SETS``.
    seed : int
        Of the synthetic data; the paper gives none. The real data do not depend on it.
    corrected : bool
        Whether the prostate data have the correct weight in row 32 (see ``twolayer.preprocessing``).
    prostate_file : path, optional
        The file ``prostate.data`` of *The Elements of Statistical Learning*; without it the same data come from the
        package ``faraway``.

    Returns
    -------
    x : ndarray of shape (n, d)
        Unit points as rows: (500, 10), (100, 3), (97, 8) and (500, 10).
    y : ndarray of shape (n,)
        Labels: the sum of the coordinates, +1 or -1, the logarithm of the PSA level, and +1 (sneaker) or -1 (T-shirt).

    Raises
    ------
    ValueError
        If there is no such data set, or the file is not the prostate data.
    ArchiveError
        If the archived Fashion-MNIST points are missing or damaged.
    """
    if name in ("Synthetic-1", "Synthetic-2"):
        first, second, _ = draw_synthetic(seed)
        return first if name == "Synthetic-1" else second
    if name == "Prostate-Cancer":
        features, y = prostate(prostate_file)
        return standardise_and_normalise(correct_prostate_row(features) if corrected else features), y
    if name == "Fashion-MNIST":
        return points_of(read_archive(FASHION_POINTS))
    raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(DATA_SETS)}")


def draw_synthetic(seed: int):
    """Draw both synthetic data sets, from one generator in the paper's order.

    Parameters
    ----------
    seed : int
        Of the generator.

    Returns
    -------
    first, second : pairs of ndarray
        Points and labels of Synthetic-1 and of Synthetic-2.
    rng : numpy.random.Generator
        The generator afterwards, from which the Fashion-MNIST images are drawn.
    """
    rng = np.random.default_rng(seed)
    return linear_on_sphere(rng), planted_cube(rng), rng


def prostate(file: str | Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the raw prostate data of Stamey et al. (1989), all 97 rows.

    Parameters
    ----------
    file : path, optional
        The tab-separated file ``prostate.data``, which has the corrected row 32; its column ``train`` is not used.
        By default the data come from the package ``faraway``, with the misprint in row 32.

    Returns
    -------
    features : ndarray of shape (97, 8)
        Columns in the order of ``FEATURES``.
    y : ndarray of shape (97,)
        Logarithm of the prostate-specific antigen level, as it is.

    Raises
    ------
    MissingDataError
        If there is no such file.
    ValueError
        If columns are missing or there are not 97 rows.
    """
    if file is None:
        from faraway.datasets import prostate as package

        table = package.load()
    else:
        if not Path(file).is_file():
            raise MissingDataError(f"there is no file {file}; leave it out to use the package faraway")
        table = pd.read_csv(file, sep="\t", index_col=0)
    missing = [column for column in (*FEATURES, "lpsa") if column not in table.columns]
    if missing or len(table) != 97:
        raise ValueError(
            f"{file or 'faraway'}: the prostate data have 97 rows and the columns {', '.join(FEATURES)}, lpsa; got "
            f"{len(table)} rows" + (f" and no column {', '.join(missing)}" if missing else "")
        )
    return table[list(FEATURES)].to_numpy(dtype=np.float64), table["lpsa"].to_numpy(dtype=np.float64)


def points_of(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the points and labels in a table with the columns ``x1``, ``x2``, ... and ``label``."""
    coordinates = [f"x{k + 1}" for k in range(sum(c[:1] == "x" and c[1:].isdigit() for c in table.columns))]
    return table[coordinates].to_numpy(dtype=np.float64), table["label"].to_numpy(dtype=np.float64)
