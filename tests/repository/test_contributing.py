"""CONTRIBUTING.md leads through an example: following it to the letter must work."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BLOCK = re.compile(
    r"^(?P<append>Append to )?`(?P<path>[\w./-]+)`:\n\n(?P<fence>`{3,})\w*\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
CONTENTS_LINE = re.compile(r"^```yaml\n(?P<line> +- file: book/\S+)\n```$", re.MULTILINE)
NEEDED = ("lib", "book", "_toc.yml", "_config.yml", "_static", "requirements.lock", "pyproject.toml")


@pytest.fixture(scope="module")
def guide(root) -> str:
    return (root / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(root, committed, guide, tmp_path_factory) -> Path:
    """A copy of the repository with the example's files put in as the guide says."""
    copy = tmp_path_factory.mktemp("contributing") / "checkout"
    for name in committed:
        if name.parts[0] in NEEDED:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
    written = 0
    for block in BLOCK.finditer(guide):
        target = copy / block["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a" if block["append"] else "x", encoding="utf-8") as stream:
            stream.write(block["text"])
        written += 1
    assert written == 4, "a study, its test, a claim and a page"
    contents = (copy / "_toc.yml").read_text(encoding="utf-8")
    line = CONTENTS_LINE.search(guide)["line"]
    before = re.search(r"^ +- file: book/underdetermined/index$", contents, re.MULTILINE)[0]
    (copy / "_toc.yml").write_text(contents.replace(before, f"{before}\n{line}"), encoding="utf-8")
    return copy


def _run(checkout: Path, *arguments: str) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout / "lib"),
        "COMPANION_ROOT": str(checkout),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_passes_its_own_test(checkout):
    assert "2 passed" in _run(checkout, "-m", "pytest", "-q", "--rootdir=.", "tests/studies/test_support.py")


def test_the_example_is_clean(checkout):
    files = ["lib/studies/underdetermined/support.py", "tests/studies/test_support.py"]
    _run(checkout, "-m", "ruff", "check", *files)
    _run(checkout, "-m", "ruff", "format", "--check", *files)


EXECUTE = """
from pathlib import Path
from companion.execute import execute
name = "underdetermined/support"
execute(Path(f"book/{name}.md"), name, Path("_build/followed").resolve(), {"scale": "paper"}, 0)
"""


@pytest.mark.slow
def test_the_example_is_computed_archived_executed_and_settled(checkout):
    _run(checkout, "-m", "companion.cli", "run", "underdetermined/support", "--workers", "1")
    assert (checkout / "results" / "underdetermined" / "support.csv").is_file()
    _run(checkout, "-c", EXECUTE)
    record = json.loads(
        (checkout / "_build/followed/records/underdetermined/support.json").read_text("utf-8")
    )
    assert [(entry["id"], entry["verdict"]) for entry in record["settled"]] == [
        ("benson-support-of-wendland", "reproduced")
    ]
    assert record["figures"] == ["fig-support"]


LINT = """
from pathlib import Path
from companion.notebook_lint import lint
name = "underdetermined/support"
print(lint(Path(f"book/{name}.md"), name))
"""


def test_the_example_page_keeps_the_house_rules(checkout):
    assert _run(checkout, "-c", LINT) == "[]\n"


def test_the_commands_of_the_guide_exist(root, guide):
    targets = re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"make ([a-z]+)", "\n".join(re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)))
    assert set(named) <= set(targets)
    assert {"setup", "page", "run", "lint", "test", "book", "audit"} <= set(named)
