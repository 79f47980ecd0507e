"""Compiled code: kept between runs, and never out of date."""

import os
import subprocess
import sys
from pathlib import Path

from twolayer import compiled

PACKAGE = Path(compiled.__file__).parent


def test_a_file_counts_with_all_that_it_imports():
    names = {path.stem for path in compiled._with_imports(PACKAGE / "crossing_groups.py")}
    assert {
        "crossing_groups",
        "closed_system_arithmetic",
        "crossing_certificate",
        "crossing_protocol",
        "compiled",
    } <= names
    assert "star_kernel" not in names
    tail = {path.stem for path in compiled._with_imports(PACKAGE / "crossing_tail.py")}
    assert {"crossing_lanes", "crossing_start"} <= tail


def test_code_is_kept_in_the_named_directory_and_gives_the_same_bits(tmp_path):
    program = (
        "from twolayer.crossing import simulate_crossings\n"
        "from twolayer.half_sided_datasets import six_points\n"
        "print(simulate_crossings(six_points(), 16, range(3), 0).lines.tobytes().hex())"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program], env=environment, check=True, capture_output=True
        ).stdout
        for _ in range(2)
    ]
    assert outputs[0] == outputs[1] != b""
    kept = {path.name.rsplit("-", 1)[0] for path in tmp_path.iterdir()}
    assert {"crossing_lanes", "crossing_certificate"} <= kept


def test_where_nothing_can_be_written_functions_compile_all_the_same(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    compiled._cache_directory.cache_clear()
    try:

        @compiled.compiled
        def twice(x):
            return 2 * x

        assert twice(3) == 6
    finally:
        compiled._cache_directory.cache_clear()
