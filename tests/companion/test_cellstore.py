"""Finished cells: whatever is damaged counts as missing."""

import math

import pytest

from companion.cellstore import CellStore, StoredCell


@pytest.fixture
def cell(checkout):
    return checkout.experiments.Cell(1, 2)


STORED = StoredCell([{"a": 0.1, "b": float("inf"), "c": "é\n", "d": True, "e": 3}], 1.5, "processor")


def test_a_cell_comes_back(tmp_path, cell):
    store = CellStore(tmp_path / "cells")
    assert store.read(cell) is None
    store.write(cell, STORED)
    assert store.read(cell) == STORED
    store.write(cell, StoredCell([{"a": float("nan")}], 0.0, ""))
    assert math.isnan(store.read(cell).rows[0]["a"])


def test_every_truncation_and_every_edit_counts_as_missing(tmp_path, cell):
    store = CellStore(tmp_path)
    store.write(cell, STORED)
    data = store.path(cell).read_bytes()
    for length in range(len(data)):
        store.path(cell).write_bytes(data[:length])
        # without its last line feed the content is still whole
        assert store.read(cell) is None or length >= len(data) - 2
    for position in range(len(data) - 2):
        changed = bytearray(data)
        changed[position] ^= 1
        store.path(cell).write_bytes(bytes(changed))
        assert store.read(cell) is None, position
    store.path(cell).write_bytes(b"\xff" + data)
    assert store.read(cell) is None


def test_the_file_of_another_cell_is_not_taken(tmp_path, cell, checkout):
    store, other = CellStore(tmp_path), checkout.experiments.Cell(5, 5)
    store.write(other, STORED)
    store.path(other).rename(store.path(cell))
    assert store.read(cell) is None
