"""The archive refuses what is damaged and says how to repair it."""

import json

import pytest

from companion import archive
from companion.archive import ArchiveError, is_stale, open_archive, read_archive


@pytest.fixture
def files(archived):
    table = archived.root / "results" / "toys" / "steady.csv"
    return table, table.with_suffix(".json")


def test_a_table_comes_back_as_it_was(archived, files):
    study = archived.experiments.STEADY
    frame = read_archive(study)
    assert list(frame.columns) == ["number", "seed", "part", "value", "name", "even"]
    assert len(frame) == 32
    assert frame["name"].tolist() == ["NA"] * 32
    assert frame["even"].tolist()[:3] == [True, True, False]
    assert frame["value"].tolist()[2] == 3.0 * 2 / 7
    assert read_archive("toys/steady").equals(frame)
    assert set(archive.files_read()) >= set(files)


def test_the_sidecar_says_how_it_was_made(archived, files):
    sidecar = open_archive("toys/steady").sidecar
    assert sidecar["cells"]["count"] == 16
    assert sidecar["cells"]["fields"] == {"number": list(range(8)), "seed": [0, 1]}
    assert sidecar["columns"]["name"] == "str"
    assert len(sidecar["seconds"]["each"]) == 16
    assert sidecar["seconds"]["longest"] == 0.3
    assert {"python", "numpy"} <= set(sidecar["versions"])
    assert sidecar["machine"]["cells_by_processor"] == {"a processor": 16}
    assert list(sidecar["modules"]) == ["toys", "toys.experiments", "toys.numerics"]
    assert sidecar["verified"] == []
    lines = files[1].read_text().splitlines()
    assert sum('"each": [' in line and line.rstrip(",").endswith("]") for line in lines) == 1


def refused(text, study="toys/steady"):
    with pytest.raises(ArchiveError, match=text) as error:
        read_archive(study)
    assert "`make run STUDY=toys/steady` makes it again" in str(error.value)


def test_nothing_there(checkout):
    refused(r"steady\.csv is not archived yet")


def test_no_sidecar(files):
    files[1].unlink()
    refused(r"steady\.csv has no sidecar")


def test_no_table(files):
    files[0].unlink()
    refused(r"steady\.csv is missing, only its sidecar is there")


@pytest.mark.parametrize("cut", [1, 20, 10_000])
def test_truncated(files, cut):
    data = files[0].read_bytes()
    files[0].write_bytes(data[: max(0, len(data) - cut)])
    refused(r"steady\.csv is truncated: \d+ of \d+ bytes")


def test_one_byte_edited_anywhere(files):
    data = files[0].read_bytes()
    for position in range(0, len(data), 37):
        changed = bytearray(data)
        changed[position] ^= 1
        files[0].write_bytes(bytes(changed))
        refused(r"steady\.csv does not match its sidecar")


def test_longer(files):
    files[0].write_bytes(files[0].read_bytes() + b"0,0,0,1.0,NA,True\n")
    refused("does not match its sidecar")


def test_truncated_sidecar(files):
    files[1].write_text(files[1].read_text()[:-100])
    refused(r"steady\.json is damaged \(not JSON")


def edit_sidecar(files, **changes):
    sidecar = json.loads(files[1].read_text())
    files[1].write_text(json.dumps(sidecar | changes))


def test_incomplete_sidecar(files):
    files[1].write_text("{}")
    refused(r"no proper entry study, scale")


@pytest.mark.parametrize("which", [0, 1])
def test_a_folder_in_the_place_of_a_file(files, which):
    files[which].unlink()
    files[which].mkdir()
    refused(r"steady\.(csv|json) cannot be read \(Is a directory\): move it away")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"format": 99}, "format 99"),
        ({"study": "toys/other"}, "belongs to the study 'toys/other'"),
        ({"rows": 31}, "has 32 rows, its sidecar says 31"),
        ({"rows": "many"}, "no proper entry rows"),
        ({"scale": "quick"}, "belongs to the study 'toys/steady' at 'quick' scale"),
        ({"table": {"file": "steady.csv"}}, "no proper entry table"),
        ({"table": "steady.csv"}, "no proper entry table"),
        ({"columns": ["number"]}, "no proper entry columns"),
        ({"columns": {"number": "weird"}}, "no proper entry columns"),
        ({"columns": {"number": ["int"]}}, "no proper entry columns"),
        ({"may_be_nan": None, "cells": None}, "no proper entry cells, may_be_nan"),
        ({"columns": {"number": "int"}}, "differ in even, name, part, seed, value"),
        (
            {"columns": dict.fromkeys(["number", "seed", "part", "value", "name", "even"], "int")},
            "is not int",
        ),
    ],
)
def test_a_sidecar_that_does_not_fit(files, changes, text):
    edit_sidecar(files, **changes)
    refused(text)


def test_nan_where_none_is_declared(archived, files):
    import hashlib

    data = files[0].read_bytes().replace(b",0.42857142857142855,", b",nan,")
    files[0].write_bytes(data)
    edit_sidecar(
        files, table={"file": "steady.csv", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    )
    refused("column 'value' holds NaN")
    refused("column 'value' holds NaN", archived.experiments.STEADY)
    edit_sidecar(files, may_be_nan=["value"])
    assert read_archive("toys/steady")["value"].isna().sum() == 1


def test_a_crash_between_the_two_files_is_seen(archived, files, monkeypatch):
    from companion.cellstore import StoredCell
    from companion.fingerprint import study_fingerprint

    study = archived.experiments.STEADY
    cells = study.cell_list("paper")
    stored = [StoredCell([{"part": 0, "value": 1.0, "name": "", "even": True}], 1.0, "")] * len(cells)

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, "write_sidecar", crash)
    with pytest.raises(KeyboardInterrupt):
        archive.write_archive(study, "paper", cells, stored, study_fingerprint(study))
    refused("truncated|a run stopped between the two files")


def test_a_table_too_large_to_commit_is_refused(archived, monkeypatch):
    from companion.cellstore import StoredCell
    from companion.fingerprint import study_fingerprint

    monkeypatch.setattr(archive, "LARGEST_TABLE", 100)
    study = archived.experiments.STEADY
    cells = study.cell_list("paper")
    stored = [StoredCell([{"value": 1.0}], 1.0, "")] * len(cells)
    with pytest.raises(ValueError, match="let compute aggregate"):
        archive.write_archive(study, "paper", cells, stored, study_fingerprint(study))


def test_staleness_names_the_module(archived):
    study = archived.experiments.STEADY
    assert is_stale(study) == ()
    archived.edit("# the constant that tests change", "")
    assert is_stale(study) == ()
    archived.edit("FACTOR = 3.0", "FACTOR = 4.0")
    assert is_stale(study) == ("toys.numerics (changed)",)
    archived.edit('"""Arithmetic."""', "import toys.more")
    (archived.lib / "toys" / "more.py").write_text("")
    assert is_stale(study) == ("toys.more (new)", "toys.numerics (changed)")


def test_many_values_of_a_field_are_summarised(checkout):
    cells = [checkout.experiments.Cell(number, 0) for number in range(50)]
    assert archive._summary_of_fields(cells)["number"] == {"from": 0, "to": 49, "distinct": 50}
