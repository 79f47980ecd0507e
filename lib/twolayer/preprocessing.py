"""From raw features to points on the sphere: the recipes of paper 001, section 3.5, as pure functions of arrays."""

import math

import numpy as np

from twolayer.validation import as_points, positive_integer, real_number

PROSTATE_SHAPE = (97, 8)
PROSTATE_ROW, PROSTATE_COLUMN = 31, 1
PROSTATE_WRONG, PROSTATE_RIGHT = 6.1076, 3.804438
"""Log weight of the prostate in row 32: a misprint (449 g) and the correction by the authors of the textbook."""

IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Type codes of the IDX format; numbers are stored with the most significant byte first."""


def _rows_to_sphere(points, what):
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    if not norms.all():
        raise ValueError(
            f"row {int(norms.argmin())} is zero {what}, so it has no direction; remove that point"
        )
    return points / norms


def standardise_and_normalise(features):
    r"""Give every column mean 0 and standard deviation 1, then every row norm 1 (the Prostate recipe).

    The divisor of the standard deviation, n or n - 1, does not matter, because rows are normalised afterwards.

    Parameters
    ----------
    features : array_like of shape (n, d)
        Raw features, one data point in each row.

    Returns
    -------
    ndarray of shape (n, d)
        Points on the unit sphere. Cost O(n d).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the shape is wrong, an entry is NaN or infinite, a column is constant (n = 1 included), or a row equals
        the mean.
    """
    features = as_points(features, name="features")
    # Powers of two divided out first: the result is the same, and squares cannot overflow or underflow.
    features = features / np.exp2(np.floor(np.log2(np.maximum(np.abs(features).max(axis=0), 1e-300))))
    centred = features - features.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    flat = spread <= 1e-14 * np.abs(features).max(axis=0)
    if flat.any():
        raise ValueError(
            f"column {int(flat.argmax())} of features is constant up to rounding and cannot be standardised; remove it"
        )
    return _rows_to_sphere(centred / spread, "after standardisation")


def correct_prostate_row(features):
    """Put the corrected log weight into row 32 of the prostate data.

    The first edition of *The Elements of Statistical Learning*, and packages made from it, give 6.1076, a prostate
    of 449 g; the authors' own correction is 3.804438. The paper does not say which it used.

    Parameters
    ----------
    features : array_like of shape (97, 8)
        Columns lcavol, lweight, age, lbph, svi, lcp, gleason, pgg45.

    Returns
    -------
    ndarray of shape (97, 8)
        A corrected copy; the same numbers if they were corrected already.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If this is not the prostate data: another shape, or neither value in that place.
    """
    features = as_points(features, name="features")
    found = features[PROSTATE_ROW, PROSTATE_COLUMN] if features.shape == PROSTATE_SHAPE else math.nan
    if not any(math.isclose(found, value, abs_tol=5e-5) for value in (PROSTATE_WRONG, PROSTATE_RIGHT)):
        raise ValueError(
            f"features must be the 97 x 8 prostate data with lweight 6.1076 or 3.804438 in row 32, got shape "
            f"{features.shape} and {found} there; pass the columns lcavol, lweight, age, lbph, svi, lcp, gleason, "
            "pgg45 in this order"
        )
    corrected = features.copy()
    corrected[PROSTATE_ROW, PROSTATE_COLUMN] = PROSTATE_RIGHT
    return corrected


def principal_component_points(features, components=10, centred=True):
    r"""Project on the first principal components, then normalise every row (the Fashion-MNIST recipe).

    Parameters
    ----------
    features : array_like of shape (n, p)
        Raw features, such as pixels, one data point in each row.
    components : int
        Number k of components.
    centred : bool
        Whether the column means are subtracted first, as is standard. The paper does not say; without it the
        Wendland features of the images are worse conditioned than ReLU's, against the paper's figure.

    Returns
    -------
    ndarray of shape (n, k)
        Points on the unit sphere. The sign of each component is the one that makes the entry of its direction that
        is largest in size positive. Cost O(n p min(n, p)).

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If the shape is wrong, an entry is NaN or infinite, the features have fewer than k components of nonzero
        variance, or a row projects to zero.
    """
    features = as_points(features, name="features")
    components = positive_integer(components, "components")
    if not isinstance(centred, bool | np.bool_):
        raise TypeError(f"centred must be True or False, got {centred!r}")
    features = features / max(np.abs(features).max(), 1e-300)  # a common scale does not change the points
    if centred:
        features = features - features.mean(axis=0)
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    rank = int((s > s[0] * max(features.shape) * np.finfo(float).eps).sum())
    if components > rank:
        raise ValueError(
            f"features have {rank} principal components of nonzero variance, got components = {components}"
        )
    largest = np.abs(vt).argmax(axis=1)
    signs = np.sign(vt[np.arange(len(vt)), largest])
    return _rows_to_sphere((u * s * signs)[:, :components], "after projection")


def append_bias(x, b):
    r"""Append a bias coordinate and return to the sphere: :math:`(x, b) / \sqrt{1 + b^2}` (paper 001, Remark 1).

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points.
    b : float
        Bias, any real number; 0 only appends a zero.

    Returns
    -------
    ndarray of shape (n, d + 1)
        Unit points, no two of them antipodal unless b = 0. Cost O(n d).

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If the points are not unit points, or b is NaN or infinite.
    """
    x = as_points(x, unit=True)
    b = real_number(b, "b")
    length = math.hypot(1.0, b)
    return np.column_stack([x / length, np.full(len(x), b / length)])


def parse_idx(data):
    """Read an array in the IDX format of the MNIST files.

    Parameters
    ----------
    data : bytes
        The content of a file, decompressed.

    Returns
    -------
    ndarray
        Of the shape and type that the header states, in native byte order. Cost O(size).

    Raises
    ------
    TypeError
        If the data are not bytes.
    ValueError
        If the data are still compressed, do not begin with an IDX header, or are shorter or longer than the header
        says.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f"data must be bytes, got {type(data).__name__}; read the file in binary mode")
    data = bytes(data)
    if data[:2] == b"\x1f\x8b":
        raise ValueError("data are gzip-compressed; pass gzip.decompress(data)")
    if len(data) < 4:
        raise ValueError(f"data are too short for an IDX header: {len(data)} bytes; fetch the file again")
    if data[:2] != b"\0\0" or data[2] not in IDX_TYPES or data[3] == 0:
        raise ValueError(
            f"data do not begin with an IDX header: got the bytes {data[:4].hex(' ')}, expected 00 00, a type code "
            "(08, 09, 0b, 0c, 0d or 0e) and a number of axes of at least 1"
        )
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise ValueError(
            f"data are cut off inside the IDX header: {len(data)} of {start} bytes; fetch the file again"
        )
    shape = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4))
    dtype = np.dtype(IDX_TYPES[data[2]])
    expected = start + math.prod(shape) * dtype.itemsize
    if len(data) != expected:
        fault = "are cut off" if len(data) < expected else "have bytes to spare"
        raise ValueError(
            f"data {fault}: the IDX header states the shape {shape}, {expected} bytes in all, got {len(data)}; fetch "
            "the file again"
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
