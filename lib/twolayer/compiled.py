"""Compilation of the inner loops, kept on disk between runs and never out of date.

Numba's own cache looks at the file of the compiled function alone. A function that calls another one from a second
file would go on using the old machine code of that one after a change. So the cache lies in a directory named after
the contents of the file and of all files of the package that it imports: any change leads to a new one.
"""

import functools
import hashlib
import inspect
import os
import re
from pathlib import Path

import numba
from numba import njit

PACKAGE = Path(__file__).resolve().parent

_MODULE = re.compile(rb"^\s*(?:from|import) twolayer\.(\w+)", re.MULTILINE)
_MODULES = re.compile(rb"^\s*from twolayer import (\([^)]*\)|.*)", re.MULTILINE)


def _with_imports(file):
    """Return the contents of a file of the package and of all that it imports there, by path."""
    found, waiting = {}, [file]
    while waiting:
        path = waiting.pop()
        if path not in found and path.is_file():
            found[path] = path.read_bytes()
            stems = _MODULE.findall(found[path])
            for names in _MODULES.findall(found[path]):
                stems += re.findall(rb"\w+", names)
            waiting += [PACKAGE / f"{stem.decode()}.py" for stem in stems]
    return found


@functools.cache
def _cache_directory(file):
    """Return the directory for the present state of a file and its imports, or None where nothing can be written."""
    digest = hashlib.sha256()
    for path, source in sorted(_with_imports(file).items()):
        digest.update(path.name.encode() + b"\0" + source + b"\0")
    root = os.environ.get("NUMBA_CACHE_DIR") or PACKAGE / "__pycache__" / "compiled"
    directory = Path(root) / f"{file.stem}-{digest.hexdigest()[:16]}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return str(directory) if os.access(directory, os.W_OK) else None


def compiled(function):
    """Compile a function of arrays and numbers with numba at its first call.

    The compiled function releases Python's lock, so that threads run it side by side; it divides as IEEE 754 says
    instead of raising; sums are in the order written and products are not fused with sums, so that the same
    processor gives the same bits with any number of threads.

    Parameters
    ----------
    function : callable
        In the part of Python that numba compiles.

    Returns
    -------
    callable
        Of the same arguments. The machine code is kept where the package can be written to, or in the directory
        named by ``NUMBA_CACHE_DIR``.
    """
    directory = _cache_directory(Path(inspect.getfile(function)).resolve())
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = directory or before
    try:
        return njit(nogil=True, error_model="numpy", cache=directory is not None)(function)
    finally:
        numba.config.CACHE_DIR = before
