"""Files are whole or absent."""

import os
import subprocess
import sys

import pytest

from companion.atomic import remove_leftovers, write_atomically


def test_a_file_is_replaced_whole(tmp_path):
    target = tmp_path / "new" / "file"
    write_atomically(target, b"first")
    write_atomically(target, b"second")
    assert target.read_bytes() == b"second"
    assert [item.name for item in target.parent.iterdir()] == ["file"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "file"
    write_atomically(target, b"first")

    def fail(_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, b"second")
    assert target.read_bytes() == b"first"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_leftovers_of_dead_processes_go_and_those_of_living_ones_stay(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for owner in (dead.pid, os.getpid(), "nobody"):
        (tmp_path / f".file.{owner}.tmp").write_text("half")
    remove_leftovers(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == [f".file.{os.getpid()}.tmp"]
