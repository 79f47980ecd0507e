"""Entrywise functions evaluated in blocks that stay in the processor's cache.

An entrywise formula of a dozen array operations on a large array moves the array through memory a dozen times.
Evaluated block by block, its temporaries never leave the cache: several times faster, and the same numbers,
because every entry is computed by itself.
"""

import numpy as np

BLOCK = 16384
"""Entries to a block: 128 kB of float64, so that the handful of arrays a formula needs fits the level-2 cache."""


def evaluate(formula, z, outputs, buffers=0):
    """Apply an entrywise formula to an array, block by block.

    Parameters
    ----------
    formula : callable
        ``formula(z, *outputs, *buffers)`` on one-dimensional blocks; it writes every output, and is done with
        ``z`` before it writes to one, which may be the same memory.
    z : ndarray of float64
        Any shape and memory layout.
    outputs : sequence of (ndarray or None)
        Where to write, each of the shape of ``z``; None means a new array.
    buffers : int
        How many blocks of working space the formula takes.

    Returns
    -------
    tuple of ndarray
        The outputs. Cost O(size), O(``BLOCK``) of temporary memory if ``z`` and the outputs are contiguous.

    Raises
    ------
    ValueError
        If an output does not have the shape of ``z``.
    """
    for output in outputs:
        if output is not None and (output.shape != z.shape or output.dtype != np.float64):
            raise ValueError(
                f"out must be a float64 array of shape {z.shape} like the input, got {output.dtype} of shape "
                f"{output.shape}"
            )
    source = z if z.flags.c_contiguous else np.ascontiguousarray(z)
    # An output in another layout than the source is filled through an array of the source's layout.
    targets = [o if o is not None and o.flags.c_contiguous else np.empty(source.shape) for o in outputs]
    flat, *flat_targets = (array.reshape(-1) for array in (source, *targets))
    spaces = [np.empty(min(BLOCK, flat.size)) for _ in range(buffers)]
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        for start in range(0, flat.size, BLOCK):
            part = slice(start, min(start + BLOCK, flat.size))
            size = part.stop - start
            formula(
                flat[part], *(target[part] for target in flat_targets), *(space[:size] for space in spaces)
            )
    finished = []
    for output, target in zip(outputs, targets, strict=True):
        if output is not None and output is not target:
            output[...] = target
            target = output
        finished.append(target)
    return tuple(finished)


def integer_power(base, exponent, out):
    """Write a positive integer power by repeated squaring, without touching the base.

    Parameters
    ----------
    base : ndarray of float64
        A block.
    exponent : int
        At least 1.
    out : ndarray of float64
        Receives ``base ** exponent``; other memory than ``base``.

    Returns
    -------
    ndarray of float64
        ``out``. Cost O(size log exponent), several times less than the general power function's.

    Raises
    ------
    ValueError
        If the exponent is less than 1.
    """
    if exponent < 1:
        raise ValueError(f"exponent must be at least 1, got {exponent}")
    np.copyto(out, base)
    for bit in bin(exponent)[3:]:
        np.multiply(out, out, out=out)
        if bit == "1":
            np.multiply(out, base, out=out)
    return out
