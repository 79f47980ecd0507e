"""Data points and labels from a reader's table: a text file with one point in each line, its label last."""

import csv
from pathlib import Path

import numpy as np

from companion.paths import repository_root
from twolayer.orthonormal import orthonormal_points

_BYTES = 20_000_000


def read_table(path, *, orthonormalise=False):
    """Read points and labels.

    Parameters
    ----------
    path : str or Path
        A text file in UTF-8: numbers separated by commas, semicolons (then a decimal comma is understood), tabs or
        blanks; the last column holds the labels. A first line of names, blank lines, lines that begin with ``#``,
        quotes around entries and either kind of line ends are fine. A relative path starts at the repository.
    orthonormalise : bool
        Whether to replace the points by the nearest orthonormal ones. Otherwise others are refused.

    Returns
    -------
    x : ndarray of shape (n, d)
        Orthonormal points.
    y : ndarray of shape (n,)
        Labels.
    moved : float
        Largest distance by which a point was moved.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no such table, or its points are not orthonormal, or (to be made so) not linearly independent.
    """
    place = Path(path).expanduser()
    place = place if place.is_absolute() else repository_root() / place
    if not place.is_file():
        what = "is a folder" if place.is_dir() else "does not exist"
        raise FileNotFoundError(f"data: {path} {what}; relative paths start at the top of the repository")
    if place.stat().st_size > _BYTES:
        raise ValueError(
            f"data: {place.name} has more than {_BYTES // 10**6} MB; this is not a table of labels"
        )
    try:
        text = place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"data: {place.name} is not text in UTF-8 (byte {error.start}); export it as a CSV file"
        ) from None
    table = _numbers(text, place.name)
    if table.shape[1] < 2:
        raise ValueError(
            f"data: {place.name} has one column; it needs the coordinates of a point and then its label. Labels "
            "alone go into the parameter labels"
        )
    x, y = table[:, :-1], table[:, -1]
    if not orthonormalise:
        try:
            return orthonormal_points(x), y, 0.0
        except ValueError as error:
            raise ValueError(f"data: {error}. With orthonormalise=True this page takes those") from None
    near = nearest_orthonormal(x)
    return near, y, float(np.linalg.norm(near - x, axis=1).max())


def nearest_orthonormal(x):
    """Return the orthonormal points nearest to given ones in the sum of squared distances.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Linearly independent points.

    Returns
    -------
    ndarray of shape (n, d)
        The factor :math:`UV^T` of the singular value decomposition. Cost O(n^2 d).

    Raises
    ------
    ValueError
        If the points are linearly dependent up to rounding.
    """
    n, d = x.shape
    largest = np.abs(x).max()
    u, values, v = np.linalg.svd(x / (largest or 1.0), full_matrices=False)
    if n > d or values[-1] <= 1e-10 * values[0]:
        rank = int((values > 1e-10 * values[0]).sum())
        raise ValueError(
            f"data: the {n} points in dimension {d} span only {rank} dimensions, so no orthonormal points are "
            "nearest to them; leave points out, or append coordinates in which they differ"
        )
    return u @ v


def _numbers(text, name):
    """Return the entries as a matrix; the first line may hold names instead."""
    lines = [(k, line) for k, line in enumerate(text.splitlines(), start=1) if line.strip(" \t,;\x00")]
    lines = [(k, line) for k, line in lines if not line.lstrip().startswith("#")]
    rows = [(k, _split(line)) for k, line in lines]
    if rows and not any(_is_number(entry) for entry in rows[0][1]):
        rows = rows[1:]
    if not rows:
        raise ValueError(f"data: {name} holds no line of numbers")
    width, values = len(rows[0][1]), []
    for k, entries in rows:
        if len(entries) != width:
            raise ValueError(
                f"data: line {k} of {name} has {len(entries)} entries, and line {rows[0][0]} has {width}"
            )
        for column, entry in enumerate(entries, start=1):
            if not _is_number(entry):
                raise ValueError(
                    f"data: line {k} of {name}, column {column}: {entry!r} is not a finite number"
                )
        values.append([float(entry) for entry in entries])
    return np.array(values)


def _split(line):
    """Return the entries of a line, whatever separates them."""
    delimiter = next((mark for mark in ";\t," if mark in line), " ")
    entries = next(csv.reader([line.strip()], delimiter=delimiter, skipinitialspace=True))
    entries = [entry.strip().strip("'\"").strip() for entry in entries]
    if delimiter == " ":
        entries = [entry for entry in entries if entry]
    elif delimiter == ";":
        entries = [entry.replace(",", ".") for entry in entries]
    return entries


def _is_number(entry):
    try:
        return bool(np.isfinite(float(entry)))
    except ValueError:
        return False
