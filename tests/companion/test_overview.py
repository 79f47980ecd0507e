"""The overview of archive and pages."""

from companion import overview


def test_every_archived_table_is_listed_with_its_cost():
    table = overview.archived_tables()
    assert "underdetermined/fashion-points" in set(table["study"])
    assert (table[["cells", "rows", "kilobytes"]] > 0).all(axis=None)
    assert table["seconds"].is_monotonic_decreasing
    assert (table["longest"] <= table["seconds"] * 1.01).all()


def test_page_times_come_from_the_record(monkeypatch):
    record = {"machine": "m", "date": "d", "pages": {"a/b@paper": {"wall_s": 2.0, "peak_mb": 90.0}}}
    monkeypatch.setattr(overview, "recorded_times", lambda: record)
    assert overview.page_times().to_dict("records") == [
        {"page": "a/b", "scale": "paper", "seconds": 2.0, "megabytes": 90.0}
    ]
    monkeypatch.setattr(overview, "recorded_times", lambda: {"machine": "", "pages": {}})
    assert overview.page_times().empty
