"""Where a number was made."""

import subprocess

from companion import paths, provenance


def git(root, *arguments):
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(root), *settings, *arguments], check=True, capture_output=True)


def test_the_state_of_a_checkout(tmp_path):
    assert provenance.git_state(tmp_path) == {"commit": None, "dirty": None}
    assert provenance.commit_time(tmp_path) == 0
    (tmp_path / "lib").mkdir()
    source = tmp_path / "lib" / "a.py"
    source.write_text("x = 1\n")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first", "--date", "2020-01-01T00:00:00Z")
    state = provenance.git_state(tmp_path)
    assert (len(state["commit"]), state["dirty"]) == (40, False)
    assert provenance.commit_time(tmp_path) > 1_500_000_000
    (tmp_path / "results.csv").write_text("")
    assert not provenance.git_state(tmp_path)["dirty"]
    source.write_text("x = 2\n")
    assert provenance.git_state(tmp_path)["dirty"]


def test_versions_and_machine():
    assert {"python", "numpy"} == set(provenance.versions(["numpy", "importlib", "dataclasses"]))
    machine = provenance.machine()
    assert machine["cores"] >= 1
    assert machine["processor"]
    assert provenance.machine_summary().startswith(machine["processor"])
    assert provenance.now().endswith("+00:00")
    assert paths.repository_root().is_dir()
