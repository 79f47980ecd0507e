"""Where things lie."""

from pathlib import Path

import pytest

from companion import paths


def test_the_checkout_is_found_without_a_hint(monkeypatch):
    monkeypatch.delenv("COMPANION_ROOT", raising=False)
    assert paths.repository_root() == Path(__file__).resolve().parents[2]
    assert paths.library_directory().is_dir()


def test_the_environment_names_another_root(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_ROOT", str(tmp_path))
    assert paths.repository_root() == tmp_path
    assert paths.results_directory() == tmp_path / "results"
    assert paths.results_directory("quick") == tmp_path / "_build" / "results" / "quick"
    assert paths.build_directory() == tmp_path / "_build"


def test_a_root_that_is_not_there_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPANION_ROOT", str(tmp_path / "absent"))
    with pytest.raises(FileNotFoundError, match="COMPANION_ROOT names"):
        paths.repository_root()
