"""Raw data: found, verified, or missing with one clear sentence."""

import gzip
import hashlib
import subprocess
from pathlib import Path

import pytest

from companion import rawdata
from companion.rawdata import MissingDataError, RawData

CONTENT = {"a.gz": b"first" * 100, "b.gz": b"second"}


@pytest.fixture
def data_set(tmp_path, monkeypatch):
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    made = RawData("Toy data", "dataset-toy", str(tmp_path / "system"), "TOY_DIR", digests)
    monkeypatch.setitem(rawdata.DATA_SETS, "toy", made)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TOY_DIR", raising=False)
    return tmp_path


def put(directory):
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in CONTENT.items():
        (directory / name).write_bytes(gzip.compress(content))
    return directory


def test_absent_is_one_sentence(data_set):
    assert not rawdata.is_available("toy")
    with pytest.raises(MissingDataError) as error:
        rawdata.raw_file("toy", "a.gz")
    text = str(error.value)
    assert text.startswith("The data set Toy data is absent (looked in ")
    assert "`make data` installs it, or name the directory of its files in TOY_DIR." in text


def test_found_where_the_package_or_the_cache_has_it(data_set):
    cached = put(data_set / "cache" / "two-layer-companion" / "toy")
    assert rawdata.raw_file("toy", "a.gz") == cached / "a.gz"
    system = put(data_set / "system")
    assert rawdata.raw_file("toy", "b.gz") == system / "b.gz"
    assert rawdata.verify("toy") == system


def test_the_directory_that_the_user_names_wins_alone(data_set, monkeypatch):
    put(data_set / "system")
    monkeypatch.setenv("TOY_DIR", str(data_set / "mine"))
    assert rawdata.find("toy") is None
    put(data_set / "mine")
    assert rawdata.raw_file("toy", "a.gz") == data_set / "mine" / "a.gz"


def test_another_compression_of_the_same_data_is_welcome(data_set):
    put(data_set / "system")
    (data_set / "system" / "a.gz").write_bytes(gzip.compress(CONTENT["a.gz"], compresslevel=1, mtime=1))
    assert rawdata.raw_file("toy", "a.gz")


def test_damage_names_the_file_and_both_checksums(data_set):
    system = put(data_set / "system")
    other = b"other"
    (system / "a.gz").write_bytes(gzip.compress(other))
    expected = hashlib.sha256(CONTENT["a.gz"]).hexdigest()
    with pytest.raises(
        MissingDataError, match=f"a.gz.*{hashlib.sha256(other).hexdigest()}, expected {expected}"
    ):
        rawdata.raw_file("toy", "a.gz")
    for damaged in (b"not gzip", gzip.compress(CONTENT["a.gz"])[:-9], b""):
        (system / "a.gz").write_bytes(damaged)
        with pytest.raises(MissingDataError, match=r"a\.gz is not the Toy data file"):
            rawdata.raw_file("toy", "a.gz")


def test_unknown_names_are_errors(data_set):
    with pytest.raises(LookupError, match="no raw data set 'cifar'; the data sets are fashion-mnist, toy"):
        rawdata.raw_file("cifar", "x")
    with pytest.raises(LookupError, match=r"no file 'c.gz'; its files are a.gz, b.gz"):
        rawdata.raw_file("toy", "c.gz")


def test_install_leaves_what_is_there(data_set):
    put(data_set / "system")
    assert "checksums verified" in rawdata.install("toy")


def package_manager(data_set, monkeypatch, calls):
    """Stand in for the package manager, which needs a network and rights: record the commands, and obey."""

    def run(command, cwd=None, **_):
        calls.append(list(command))
        if command[:2] == ("apt-get", "download"):
            (cwd / "dataset-toy.deb").write_bytes(b"")
        if command[0] == "dpkg-deb":
            put(Path(command[3]) / str(data_set / "system").lstrip("/"))
        if command[:2] == ("apt-get", "install"):
            if ["apt-get", "update"] not in calls:
                return subprocess.CompletedProcess(command, 100, "", "E: Unable to locate package")
            put(data_set / "system")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(rawdata.subprocess, "run", run)
    monkeypatch.setattr(rawdata.shutil, "which", lambda name: f"/usr/bin/{name}")


def test_root_installs_the_package(data_set, monkeypatch):
    calls = []
    package_manager(data_set, monkeypatch, calls)
    monkeypatch.setattr(rawdata.os, "geteuid", lambda: 0)
    assert str(data_set / "system") in rawdata.install("toy")
    assert [call[1] for call in calls] == ["install", "update", "install"]


def test_a_user_unpacks_into_the_cache_and_finds_it_there(data_set, monkeypatch):
    calls = []
    package_manager(data_set, monkeypatch, calls)
    monkeypatch.setattr(rawdata.os, "geteuid", lambda: 1000)
    assert "two-layer-companion/toy" in rawdata.install("toy")
    assert [call[0] for call in calls] == ["apt-get", "dpkg-deb"]
    assert rawdata.is_available("toy")


def test_a_target_is_named_afterwards(data_set, monkeypatch):
    package_manager(data_set, monkeypatch, [])
    assert "Name it in TOY_DIR" in rawdata.install("toy", data_set / "target")
    assert (data_set / "target" / "a.gz").is_file()


def test_without_a_package_manager_the_files_are_named(data_set, monkeypatch):
    monkeypatch.setattr(rawdata.shutil, "which", lambda name: None)
    with pytest.raises(MissingDataError, match=r"Debian package dataset-toy.*a.gz, b.gz .*TOY_DIR"):
        rawdata.install("toy")


def test_a_failing_package_manager_is_quoted(data_set, monkeypatch):
    def run(command, **_):
        return subprocess.CompletedProcess(command, 100, "", "E: no network")

    monkeypatch.setattr(rawdata.subprocess, "run", run)
    monkeypatch.setattr(rawdata.shutil, "which", lambda name: name)
    with pytest.raises(MissingDataError, match="failed: E: no network"):
        rawdata.install("toy")


def test_fashion_mnist_where_it_is_installed(monkeypatch):
    monkeypatch.delenv("FASHION_MNIST_DIR", raising=False)
    if rawdata.is_available("fashion-mnist"):
        assert rawdata.verify("fashion-mnist").is_dir()
        with gzip.open(rawdata.raw_file("fashion-mnist", "t10k-labels-idx1-ubyte.gz")) as stream:
            assert stream.read(8) == bytes([0, 0, 8, 1, 0, 0, 0x27, 0x10])
    else:
        with pytest.raises(MissingDataError, match="Fashion-MNIST is absent"):
            rawdata.require("fashion-mnist")
