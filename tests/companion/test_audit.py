"""The audit finds every number that the code no longer makes, and signs nothing it has not verified."""

import hashlib
import json
import subprocess
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from companion.archive import ArchiveError, is_stale, read_archive
from companion.audit import VerificationError, audit, verify_and_resign
from companion.rawdata import MissingDataError
from companion.recomputation import compare_rows, plan_sample
from companion.study import Tolerance


@pytest.fixture
def files(archived):
    table = archived.root / "results" / "toys" / "steady.csv"
    return table, table.with_suffix(".json")


def forge(files, old, new):
    """Edit the table and make the sidecar fit, as one does who means to deceive."""
    data = files[0].read_bytes()
    assert old in data
    data = data.replace(old, new)
    files[0].write_bytes(data)
    sidecar = json.loads(files[1].read_text())
    sidecar["table"] |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    files[1].write_text(json.dumps(sidecar))


def test_an_honest_table_passes(archived):
    report = audit(studies=[archived.experiments.STEADY], budget_seconds=30)
    assert report.ok, report
    assert report.studies[0].compared == 16
    assert "agrees: toys/steady, 16 of 16 cells" in str(report)
    assert str(report).endswith("audit passed")


def test_a_forged_number_is_named(archived, files):
    forge(files, b"1,0,0,0.8571428571428571,", b"1,0,0,0.8571428571528571,")
    report = audit(studies=[archived.experiments.STEADY], budget_seconds=30)
    assert not report.ok
    assert report.studies[0].problems == (
        "toys/steady, cell (number=1, seed=0), row 0, column 'value': archived 0.8571428571528571, "
        "recomputed 0.8571428571428571 (allowed: rtol 1e-12, atol 0)",
    )
    assert "audit FAILED" in str(report)


def test_a_missing_row_is_named(archived, files):
    forge(files, b"3,1,1,2.5,NA,False\n", b"")
    sidecar = json.loads(files[1].read_text())
    files[1].write_text(json.dumps(sidecar | {"rows": 31}))
    report = audit(studies=[archived.experiments.STEADY], budget_seconds=30)
    assert "cell (number=3, seed=1): 1 rows archived, 2 recomputed" in str(report)


def test_damage_absence_and_staleness_fail(archived, files):
    study, reader = archived.experiments.STEADY, archived.experiments.READER
    report = audit(studies=[study, reader], budget_seconds=1)
    assert not report.ok
    assert "reader.csv is not archived yet; `make run STUDY=toys/reader`" in str(report)
    files[0].write_bytes(files[0].read_bytes()[:-1])
    assert "is truncated" in str(audit(studies=[study], budget_seconds=1))
    files[0].write_bytes(files[0].read_bytes() + b"\n")
    archived.edit("FACTOR = 3.0", "FACTOR = 3.000001")
    report = audit(studies=[study], budget_seconds=1)
    assert not report.ok
    assert "stale, changed since it was computed: toys.numerics (changed)" in str(report)
    assert "`make run STUDY=toys/steady`" in str(report)


def test_a_cell_that_fails_now_fails_the_audit(archived, files):
    broken = replace(archived.experiments.STEADY, compute=archived.experiments.trouble)
    report = audit(studies=[broken], budget_seconds=0.2)
    assert "could not be recomputed: it failed" in str(report)
    assert "AttributeError" in str(report)


def test_absent_raw_data_are_said_and_not_held_against_anyone(archived, monkeypatch, tmp_path):
    study = replace(archived.experiments.STEADY, requires=("fashion-mnist",))
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path))
    report = audit(studies=[study], budget_seconds=30)
    assert report.ok
    assert "not compared: toys/steady, 0 of 16 cells" in str(report)
    assert "skipped: the raw data fashion-mnist are absent, `make data` gets them" in str(report)


def test_a_table_of_no_study_fails_the_audit_of_everything(archived, monkeypatch):
    steady = archived.experiments.STEADY
    monkeypatch.setattr("companion.registry.all_studies", lambda: [steady])
    (archived.root / "results" / "toys" / "forgotten.csv").write_text("a\n")
    report = audit(budget_seconds=0.5)
    assert "FAILED: results/toys/forgotten.csv belongs to no study" in str(report)
    assert not report.ok


def test_the_seed_is_the_commit_or_else_the_tables(archived):
    def git(*arguments):
        settings = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(
            ["git", "-C", str(archived.root), *settings, *arguments], check=True, capture_output=True
        )

    study = archived.experiments.STEADY
    outside = audit(studies=[study], budget_seconds=0.2)
    assert len(outside.seed) == 64
    assert audit(studies=[study], budget_seconds=0.2, seed=7).seed == "7"
    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    assert len(audit(studies=[study], budget_seconds=0.2).seed) == 40


def test_a_bad_budget_is_refused(archived):
    with pytest.raises(ValueError, match="budget_seconds"):
        audit(studies=[], budget_seconds=0)


SECONDS = st.dictionaries(
    st.sampled_from("abcd"), st.lists(st.floats(0, 50), min_size=1, max_size=12), min_size=1
)


@given(SECONDS, st.floats(0.1, 100), st.integers())
@example({"a": [47.0], "b": [1.0]}, 48.0, 0)
def test_a_plan_keeps_its_promises(seconds, budget, seed):
    chosen, skipped = plan_sample(seconds, budget, str(seed))
    assert (chosen, skipped) == plan_sample(dict(reversed(seconds.items())), budget, str(seed))
    assert set(chosen) | set(skipped) == set(seconds)
    assert not set(chosen) & set(skipped)
    spent = sum(seconds[name][k] for name, cells in chosen.items() for k in cells)
    assert spent <= budget + 1e-8
    for name, cells in chosen.items():
        assert len(set(cells)) == len(cells) >= 1
        rest = [value for k, value in enumerate(seconds[name]) if k not in cells]
        assert all(value + 0.02 > budget - spent - 0.02 * 50 for value in rest)
    for name in skipped:
        assert min(seconds[name]) + 0.02 > budget / len(seconds)


def test_a_plan_takes_the_cheapest_cell_where_none_fits_the_share():
    chosen, skipped = plan_sample({"a": [90.0, 8.0, 70.0], "b": [1.0] * 100, "c": [500.0]}, 10.0, "seed")
    assert chosen["a"] == [1]
    assert len(chosen["b"]) == 1
    assert skipped == {"c": "its cheapest cell takes 500.0 s, 1.0 s are left"}


def test_different_seeds_choose_different_cells():
    seconds = {"a": [1.0] * 1000}
    plans = {tuple(plan_sample(seconds, 5.0, str(seed))[0]["a"]) for seed in range(20)}
    assert len(plans) == 20


def compared(checkout, tolerances, old, new, unaudited=()):
    study = replace(checkout.experiments.STEADY, tolerances=tolerances, unaudited=unaudited)
    types = {"number": "int", "seed": "int", "small": "float", "large": "float"}
    cell = checkout.experiments.Cell(0, 0)
    return compare_rows(study, cell, [{"number": 0, "seed": 0, **old}], [new], types)


def test_a_tolerance_may_be_relative_to_another_column(checkout):
    old, new = {"small": 1e-14, "large": 1e3}, {"small": 5e-11, "large": 1e3}
    relative = {"small": Tolerance(0, 1e-12, "large")}
    assert compared(checkout, relative, old, new) == []
    (line,) = compared(checkout, {"small": Tolerance(0, 1e-14, "large")}, old, new)
    assert (
        "column 'small': archived 1e-14, recomputed 5e-11 (allowed: rtol 0, atol 1e-14 of large = 1000.0)"
        in line
    )
    assert len(compared(checkout, {}, old, new)) == 1
    assert compared(checkout, {}, old, new, unaudited=("small",)) == []
    assert "refers to no column 'huge'" in compared(checkout, {"small": Tolerance(0, 1, "huge")}, old, new)[0]


def test_columns_must_be_the_same(checkout):
    (line,) = compared(checkout, {}, {"small": 1.0, "large": 1.0}, {"small": 1.0, "other": 1.0})
    assert "columns differ in large, other" in line


def test_an_integer_in_a_column_of_floats_agrees(checkout):
    assert compared(checkout, {}, {"small": 1.0, "large": 2.0}, {"small": 1, "large": 2.0}) == []


def test_a_refactoring_is_signed_and_recorded(archived, files):
    study = archived.experiments.STEADY
    with pytest.raises(VerificationError, match="not stale"):
        verify_and_resign(study)
    before = json.loads(files[1].read_text())
    table = files[0].read_bytes()
    archived.edit(
        "return FACTOR * (number + 1) / (seed + 7)",
        "top = FACTOR * (number + 1)\n    return top / (seed + 7)",
    )
    assert is_stale(study)
    signature = verify_and_resign(study)
    assert "toys/steady is verified for the new code" in str(signature)
    assert is_stale(study) == ()
    assert files[0].read_bytes() == table
    after = json.loads(files[1].read_text())
    (record,) = after["verified"]
    assert record["old_fingerprint"] == before["fingerprint"]
    assert record["new_fingerprint"] == record["seed"] == after["fingerprint"] != before["fingerprint"]
    assert (record["cells_verified"], record["cells"]) == (5, 16)
    assert record["changed"] == ["toys.numerics (changed)"]
    assert {"date", "commit", "dirty"} <= set(record)
    kept = set(before) - {"fingerprint", "modules", "inputs", "verified"}
    assert all(before[key] == after[key] for key in kept)
    assert audit(studies=[study], budget_seconds=30).ok
    archived.edit("top", "upper")
    verify_and_resign(study, count=2)
    records = json.loads(files[1].read_text())["verified"]
    assert [item["cells_verified"] for item in records] == [5, 2]


def test_another_number_is_not_signed(archived, files):
    study, before = archived.experiments.STEADY, files[1].read_bytes()
    archived.edit("FACTOR = 3.0", "FACTOR = 3.00001")
    with pytest.raises(VerificationError, match="not signed: recomputing 16 of 16 cells found") as error:
        verify_and_resign(study, count=100)
    assert str(error.value).count("column 'value'") == 32
    assert files[1].read_bytes() == before


def test_other_cells_damage_and_missing_data_are_not_signed(archived, files, monkeypatch, tmp_path):
    study = archived.experiments.STEADY
    archived.edit("(seed + 7)", "(7 + seed)")
    fewer = replace(study, cells=archived.experiments.reader_cells)
    with pytest.raises(VerificationError, match="holds other cells than the study has now"):
        verify_and_resign(fewer)
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path))
    with pytest.raises(MissingDataError, match="Fashion-MNIST is absent"):
        verify_and_resign(replace(study, requires=("fashion-mnist",)))
    for bad in ({"count": 0}, {"count": 1.5}, {"fraction": 0.0}, {"fraction": 2.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            verify_and_resign(study, **bad)
    files[0].write_bytes(files[0].read_bytes()[:-5])
    with pytest.raises(ArchiveError, match="truncated"):
        verify_and_resign(study)
    assert json.loads(files[1].read_text())["verified"] == []


def test_a_study_that_reads_another_table_goes_stale_with_it(archived, files):
    import io

    from companion import runner

    reader = archived.experiments.READER
    assert runner.run(reader, stream=io.StringIO()).ok
    total = read_archive("toys/steady")["value"].sum()
    assert read_archive(reader)["total"].tolist() == [total]
    assert audit(studies=[reader], budget_seconds=5).ok
    forge(files, b"0.42857142857142855", b"0.5")
    assert is_stale(reader) == ("table toys/steady (changed)",)
