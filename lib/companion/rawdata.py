"""The raw data sets that studies read: where they may lie, how they are checked, how they are installed.

Nothing is ever substituted: a data set that is absent is an error that names it and the command that gets it.
Checksums are those of the content, not of the compressed file, since the same data circulate in several
compressions.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class MissingDataError(RuntimeError):
    """A raw data set is absent or damaged; the message names it and the command that gets it."""


@dataclass(frozen=True)
class RawData:
    """A data set that a Debian package installs.

    Parameters
    ----------
    title : str
        What people call it.
    package : str
        The Debian package.
    directory : str
        Where the package puts the files.
    variable : str
        The environment variable that names another directory; it wins over all others.
    sha256 : mapping of str to str
        For each file (gzip) the digest of its uncompressed content.
    """

    title: str
    package: str
    directory: str
    variable: str
    sha256: Mapping[str, str]


DATA_SETS: dict[str, RawData] = {
    "fashion-mnist": RawData(
        title="Fashion-MNIST",
        package="dataset-fashion-mnist",
        directory="/usr/share/datasets/fashion-mnist",
        variable="FASHION_MNIST_DIR",
        sha256={
            "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
    ),
}


def _data_set(name: str) -> RawData:
    if name not in DATA_SETS:
        raise LookupError(
            f"there is no raw data set {name!r}; the data sets are {', '.join(sorted(DATA_SETS))}"
        )
    return DATA_SETS[name]


def user_directory(name: str) -> Path:
    """Return where `install` unpacks a data set for a user who may not install packages."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "two-layer-companion" / name


def _directories(name: str) -> list[Path]:
    """Return where a data set is looked for: in the directory that the user names, if any, and there alone."""
    data_set = _data_set(name)
    named = os.environ.get(data_set.variable)
    if named:
        return [Path(named).expanduser()]
    return [Path(data_set.directory), user_directory(name)]


def find(name: str) -> Path | None:
    """Return the directory that holds all files of a data set, not verified, or None if there is none."""
    files = _data_set(name).sha256
    for directory in _directories(name):
        if all((directory / file).is_file() for file in files):
            return directory
    return None


def is_available(name: str) -> bool:
    """Tell whether all files of a data set are there."""
    return find(name) is not None


def require(name: str) -> Path:
    """Return the directory of a data set.

    Raises
    ------
    MissingDataError
        If it is absent.
    """
    directory = find(name)
    if directory is not None:
        return directory
    data_set = _data_set(name)
    looked = " and ".join(str(item) for item in _directories(name))
    raise MissingDataError(
        f"The data set {data_set.title} is absent (looked in {looked}): `make data` installs it, or name the "
        f"directory of its files in {data_set.variable}."
    )


def _verify(path: Path, title: str, expected: str) -> None:
    digest = hashlib.sha256()
    try:
        with gzip.open(path, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        found = digest.hexdigest()
    except (OSError, EOFError, zlib.error) as error:
        found = f"unreadable ({error})"
    if found != expected:
        raise MissingDataError(
            f"{path} is not the {title} file it should be: the SHA-256 of its content is {found}, "
            f"expected {expected}. Remove it, then `make data` gets it again."
        )


def raw_file(name: str, file: str) -> Path:
    """Return the path of a file of a data set after verifying its content.

    Parameters
    ----------
    name : str
        The data set, such as ``"fashion-mnist"``.
    file : str
        The file, such as ``"train-images-idx3-ubyte.gz"``.

    Returns
    -------
    pathlib.Path
        A gzip file. Cost: it is read once to verify it.

    Raises
    ------
    LookupError
        If there is no such data set or file.
    MissingDataError
        If the data set is absent or the file is damaged.
    """
    data_set = _data_set(name)
    if file not in data_set.sha256:
        raise LookupError(
            f"{data_set.title} has no file {file!r}; its files are {', '.join(data_set.sha256)}"
        )
    path = require(name) / file
    _verify(path, data_set.title, data_set.sha256[file])
    return path


def verify(name: str) -> Path:
    """Verify every file of a data set and return its directory; raises like `raw_file`."""
    directory = require(name)
    for file in _data_set(name).sha256:
        raw_file(name, file)
    return directory


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise MissingDataError(f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()}")


def _unpack(name: str, target: Path) -> None:
    """Fetch the Debian package of a data set without installing it, and copy its files to a directory."""
    data_set = _data_set(name)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _run("apt-get", "download", data_set.package, cwd=folder)
        for archive in folder.glob("*.deb"):
            _run("dpkg-deb", "-x", str(archive), str(folder / "unpacked"))
        source = folder / "unpacked" / data_set.directory.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        for file in data_set.sha256:
            shutil.copyfile(source / file, target / file)


def install(name: str, target: str | os.PathLike[str] | None = None) -> str:
    """Install a data set and verify its checksums; does nothing but verify where it is there already.

    With Debian's package manager and the rights to use it, its package is installed. Without the rights, or
    with ``target``, the package is only fetched and its files are unpacked into the user's cache directory,
    or ``target``.

    Parameters
    ----------
    name : str
        The data set.
    target : path or None
        A directory for the files; name it in the data set's environment variable afterwards.

    Returns
    -------
    str
        One sentence that says where the verified files are.

    Raises
    ------
    LookupError
        If there is no such data set.
    MissingDataError
        If it cannot be had here, or a file is damaged. The message says what to do.
    """
    data_set = _data_set(name)
    if target is None and is_available(name):
        return f"{data_set.title} is in {verify(name)}, checksums verified."
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise MissingDataError(
            f"{data_set.title} comes as the Debian package {data_set.package}, and there is no apt-get here: get its "
            f"files {', '.join(data_set.sha256)} and name their directory in {data_set.variable}."
        )
    if target is None and os.geteuid() == 0:
        command = ("apt-get", "install", "-y", "--no-install-recommends", data_set.package)
        try:
            _run(*command)
        except MissingDataError:  # a fresh machine has no list of packages yet
            _run("apt-get", "update")
            _run(*command)
        return f"{data_set.title} is in {verify(name)}, checksums verified."
    directory = Path(target).expanduser() if target is not None else user_directory(name)
    _unpack(name, directory)
    for file, expected in data_set.sha256.items():
        _verify(directory / file, data_set.title, expected)
    hint = "" if target is None else f" Name it in {data_set.variable} to use it."
    return f"{data_set.title} is in {directory}, checksums verified.{hint}"
