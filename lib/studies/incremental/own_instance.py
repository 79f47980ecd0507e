"""An instance of the reader's own: labels, neurons and signs from what is pasted into a parameters cell."""

import ast
import re
from dataclasses import dataclass

import numpy as np

from studies.incremental.own_table import read_table
from twolayer.orthonormal import data_coordinates
from twolayer.validation import finite_array, positive_integer, real_number

LARGEST = 20_000
"""Most entries of the mask: beyond that the runs take longer than a page should."""

RANGE = 1e-6
"""Least modulus of a label, as a part of the largest, that the integrators can tell from zero."""


@dataclass(frozen=True)
class OwnInstance:
    """Points, in their own coordinates, and neurons.

    Attributes
    ----------
    y : ndarray of shape (n,)
        Labels; some may be zero.
    directions : ndarray of shape (m, n)
        Unit directions of the hidden weights at the start, in the coordinates of the data.
    signs : ndarray of shape (m,)
        Signs of the output weights, 1 or -1.
    remarks : tuple of str
        What was done to the input, for the reader.
    """

    y: np.ndarray
    directions: np.ndarray
    signs: np.ndarray
    remarks: tuple = ()

    @property
    def active(self):
        """Which neuron is active on which point at the start, bool of shape (m, n)."""
        return self.directions > 0

    @property
    def mask(self):
        """Which neuron is active on which point of its own sign, bool of shape (m, n); M of the paper, transposed."""
        return self.active & (self.signs[:, None] * self.y > 0)


def own_instance(
    labels=None,
    *,
    data=None,
    orthonormalise=False,
    mask=None,
    signs=None,
    directions=None,
    neurons=6,
    seed=0,
):
    """Make an instance from plain values: numbers, texts, lists, None.

    Parameters
    ----------
    labels : str or sequence of numbers
        One label for each point, such as "2 -1.3 0.7". Not looked at if there is a data file.
    data : str, optional
        A file with points and labels, see :func:`studies.incremental.own_table.read_table`.
    orthonormalise : bool
        Whether points of the file that are not orthonormal are replaced by the nearest orthonormal ones.
    mask : str or sequence of str, optional
        For each neuron a word of zeros and ones: on which points it is active at the start.
    signs : str or sequence, optional
        Of the output weights, such as "+-+". By default those of the labels that the mask names, else drawn.
    directions : str or sequence of sequences, optional
        For each neuron its hidden weights at the start, of any length: n numbers, or with a data file d of them.
    neurons : int
        How many directions are drawn, if there is neither a mask nor directions.
    seed : int
        Of everything that is drawn.

    Returns
    -------
    OwnInstance

    Raises
    ------
    FileNotFoundError, TypeError, ValueError
        With what is wrong and what to write instead.
    """
    rng, remarks = np.random.default_rng(positive_integer(seed, "seed", 0)), []
    if not isinstance(orthonormalise, bool):
        raise TypeError(f"orthonormalise must be True or False, got {orthonormalise!r}")
    x = None
    if data is None:
        y = _numbers(labels, "labels")
    else:
        if not isinstance(data, str):
            raise TypeError(f"data must be the path of a file, got {data!r}")
        x, y, moved = read_table(data, orthonormalise=orthonormalise)
        remarks.append(f"{y.size} points in dimension {x.shape[1]} were read from a file")
        if moved > 1e-12:
            remarks.append(f"they were made orthonormal, which moved one of them by {moved:.2g}")
    _check_labels(y)
    if mask is not None and directions is not None:
        raise ValueError("give a mask or directions, not both: the directions say who is active where")
    if directions is not None:
        g, outside = _directions(directions, y.size, x)
        if outside > 1e-6:
            remarks.append(
                f"of the directions, which have up to {100 * outside:.2g} % of their length outside of the span of "
                "the points, only the part inside is used"
            )
    elif mask is not None:
        active = _mask(mask, y.size)
        g = np.abs(rng.standard_normal(active.shape))
        g = np.where(active, g, -g)
    else:
        g = rng.standard_normal((positive_integer(neurons, "neurons"), y.size))
    if g.size > LARGEST:
        raise ValueError(
            f"{g.shape[1]} points and {g.shape[0]} neurons are too many for this page, which trains while you wait "
            f"(neurons times points at most {LARGEST}); twolayer.jump_process alone takes many more"
        )
    if signs is not None:
        s = _signs(signs, len(g))
    elif mask is not None:
        s = _signs_of_mask(active, y)
    else:
        s = rng.choice([-1.0, 1.0], len(g))
    scale = np.abs(g).max(axis=1, keepdims=True)
    if (scale == 0).any():
        raise ValueError(f"directions must not be zero, but that of neuron {int(scale.argmin())} is")
    g = g / scale
    return OwnInstance(y, g / np.linalg.norm(g, axis=1, keepdims=True), s, tuple(remarks))


def refusal(values):
    """Return the message with which values for :func:`own_instance` are refused, "accepted" if they are not."""
    try:
        own_instance(**values)
    except (OSError, TypeError, ValueError) as error:
        return str(error)
    return "accepted"


def _check_labels(y):
    size = np.abs(y)
    if not size.any():
        raise ValueError("all labels are zero: the network is right at the start, and nothing will be learnt")
    if not 1e-100 <= size.max() <= 1e100:
        raise ValueError(
            f"the largest label has the modulus {size.max():g}; only quotients of labels matter here, so scale them"
        )
    small = np.flatnonzero((size > 0) & (size < RANGE * size.max()))
    if small.size:
        raise ValueError(
            f"label {small[0]} is {y[small[0]]:g}, less than {RANGE:g} of the largest, {size.max():g}; training for it "
            "would take that many times longer. Write 0, or leave that point out"
        )


def _entries(value, name):
    """Return a flat list of what a text or a list holds."""
    if isinstance(value, str):
        words = [word for word in re.split(r"[,;\s]+", re.sub(r"[\[\]()'\"]", " ", value)) if word]
    elif isinstance(value, (list, tuple, np.ndarray)):
        words = list(value)
    elif value is None or isinstance(value, (dict, set, bool)):
        raise TypeError(f'{name} must be a text or a list, such as "1 -2" or [1, -2], got {value!r}')
    else:
        words = [value]
    if not words:
        raise ValueError(f"{name} is empty")
    return words


def _number(entry, name):
    if isinstance(entry, str):
        try:
            entry = float(entry)
        except ValueError:
            raise ValueError(
                f"{name}: {entry!r} is not a number; write decimal points, and commas or blanks in between"
            ) from None
    return real_number(entry, name)


def _numbers(value, name):
    return np.array(
        [_number(entry, f"{name}, entry {k}") for k, entry in enumerate(_entries(value, name))], dtype=float
    )


def _mask(value, n):
    rows = []
    for j, word in enumerate(_entries(value, "mask")):
        if isinstance(word, bool) or not isinstance(word, (str, int)):
            raise TypeError(f"mask: the row of neuron {j} must be a word of zeros and ones, got {word!r}")
        word = "".join(str(word).split())
        word = "0" * n if word == "0" else word  # 000 on a command line arrives as the number 0
        if re.search("[^01]", word) or len(word) != n:
            raise ValueError(
                f"mask: the row of neuron {j} is {word!r}; it must consist of {n} zeros and ones, one for each point"
            )
        rows.append([letter == "1" for letter in word])
    return np.array(rows)


def _signs(value, m):
    if isinstance(value, str) and re.fullmatch(r"[+\-−\s,;]+", value):
        value = re.sub(r"[\s,;]", "", value)
        value = [1 if letter == "+" else -1 for letter in value]
    entries = [
        {"+": 1, "-": -1, "−": -1}.get(e, e) if isinstance(e, str) else e for e in _entries(value, "signs")
    ]
    numbers = [_number(entry, f"signs, entry {k}") for k, entry in enumerate(entries)]
    wrong = [number for number in numbers if number not in (-1.0, 1.0)]
    if wrong:
        raise ValueError(f"signs must be + or -, or 1 or -1, got {wrong[0]:g}")
    if len(numbers) != m:
        raise ValueError(f"signs has {len(numbers)} entries, but there are {m} neurons")
    return np.array(numbers)


def _signs_of_mask(active, y):
    signs = []
    for j, row in enumerate(active):
        seen = np.unique(np.sign(y[row & (y != 0)]))
        if seen.size > 1:
            raise ValueError(
                f"mask: neuron {j} is active on positive and on negative labels, so its sign cannot be read off; "
                'give signs, one for each neuron, such as "+-+"'
            )
        signs.append(seen[0] if seen.size else 1.0)
    return np.array(signs)


def _directions(value, n, x):
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            value = [row for row in re.split(r"[;\n]+", value) if row.strip()]
    if not isinstance(value, (list, tuple, np.ndarray)) or len(value) == 0:
        raise TypeError(f"directions must be a list with a list of numbers for each neuron, got {value!r}")
    if not any(isinstance(row, (list, tuple, np.ndarray, str)) for row in value):
        value = [value]  # one neuron
    rows = [_numbers(row, f"directions of neuron {j}") for j, row in enumerate(value)]
    width = n if x is None else x.shape[1]
    for j, row in enumerate(rows):
        if row.size != width:
            raise ValueError(
                f"directions: neuron {j} has {row.size} numbers, but it needs {width}, one for each "
                + ("point (the coordinates of the data)" if x is None else "coordinate of the inputs")
            )
    g = finite_array(np.array(rows), "directions")
    if x is None:
        return g, 0.0
    coordinates = data_coordinates(
        x, g / np.where(np.abs(g).max(axis=1) > 0, np.abs(g).max(axis=1), 1)[:, None]
    )
    if (np.abs(coordinates.inside).max(axis=1) <= 1e-12).any():
        raise ValueError("directions: a neuron is orthogonal to all points, so nothing will ever move it")
    inside = np.linalg.norm(coordinates.inside, axis=1)
    share = coordinates.outside / np.hypot(coordinates.outside, inside)
    return coordinates.inside, float(share.max())
