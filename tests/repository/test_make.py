"""The Makefile against what help, the documents and the workflows say of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ARGUMENTS = ["PAGE=part/page", "STUDY=part/study", "PARAMETERS=seed=3 width=10", "CHROMIUM=/usr/bin/true"]


@pytest.fixture(scope="module")
def makefile(root):
    return (root / "Makefile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def targets(makefile):
    return [
        name for line in re.findall(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE) for name in line.split()
    ]


def make(root, *arguments):
    return subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=root, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def recipes(root, targets):
    """What each target would run, without running it."""
    listed = {}
    for target in targets:
        outcome = make(root, "--dry-run", target, *ARGUMENTS)
        assert outcome.returncode == 0, outcome.stderr
        listed[target] = outcome.stdout
    return listed


def test_help_lists_every_target_with_a_description(root, targets):
    for arguments in ([], ["help"]):
        lines = make(root, *arguments).stdout.splitlines()
        listed = dict(re.fullmatch(r" +make ([a-z-]+) +(\S.*)", line).groups() for line in lines)
        assert sorted(listed) == sorted(targets)


def test_every_rule_is_phony(makefile, targets):
    rules = re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE)
    assert sorted(rules) == sorted(targets)


def code_in(text):
    """Return the code blocks and code spans of a Markdown text."""
    return re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL)


def calls_of_make(code):
    """Return the (target, variables) of each call of make in pieces of code."""
    calls = []
    for piece in code:
        for target, rest in re.findall(r"(?:^|[\s`|;&])make ([a-z][a-z-]*)([^\n`|;&#]*)", piece):
            calls.append((target, re.findall(r"\b([A-Z][A-Z_]*)=", re.sub(r'"[^"]*"', '""', rest))))
    return calls


def test_every_call_of_make_in_documents_and_workflows_is_possible(root, committed_text, targets, makefile):
    variables = makefile + (root / "tools/bootstrap").read_text(encoding="utf-8")
    for name, text in committed_text.items():
        if name.suffix == ".md":
            calls = calls_of_make(code_in(text))
        elif (name.suffix in {".yml", ".yaml"} and name.parts[0] == ".github") or name == Path(".ci/run"):
            calls = calls_of_make(text.splitlines())
        else:
            continue
        for target, names in calls:
            assert target in targets, f"{name} mentions 'make {target}'"
            for variable in names:
                assert re.search(rf"\$[({{]{variable}\b|^{variable} \?=", variables, flags=re.MULTILINE), (
                    f"{name} mentions {variable}= with 'make {target}'"
                )


def test_the_readme_shows_every_target(root, targets):
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert sorted({target for target, _ in calls_of_make(code_in(readme))}) == sorted(targets)


def test_the_command_line_has_every_command_that_make_calls(recipes):
    used = set(re.findall(r"\.venv/bin/companion ([a-z]+)", "".join(recipes.values())))
    assert {
        "build",
        "page",
        "run",
        "audit",
        "resign",
        "timings",
        "data",
        "lab",
        "serve",
        "pdf",
        "lint",
    } == used
    companion = Path(sys.executable).with_name("companion")
    shown = subprocess.run([companion, "--help"], check=True, capture_output=True, text=True).stdout
    assert sorted(command for command in used if not re.search(rf"\b{command}\b", shown)) == []


@pytest.mark.parametrize(("target", "variable"), [("page", "PAGE"), ("resign", "STUDY")])
def test_a_missing_argument_is_asked_for(root, target, variable):
    outcome = make(root, "--dry-run", target)
    assert outcome.returncode != 0
    assert f"This target needs {variable}, as in 'make {target} {variable}=" in outcome.stderr


def test_arguments_reach_the_command(root, recipes):
    assert "companion page 'part/page' --scale 'paper' -p 'seed=3' -p 'width=10'" in recipes["page"]
    assert "companion run 'part/study' --scale 'paper'" in recipes["run"]
    recipe = make(
        root, "--dry-run", "run", "STUDY=a/b", "SCALE=quick", "WORKERS=1", "SCHEDULER=tcp://h:1"
    ).stdout
    assert re.search(r"run 'a/b' --scale 'quick' --workers '1' \\?\s*--scheduler 'tcp://h:1'", recipe)


def test_without_chromium_the_browser_tests_are_left_out_aloud(root):
    recipe = make(root, "--dry-run", "test", "CHROMIUM=").stdout
    assert "-m 'not site'" in recipe
    assert "Not run: the browser tests" in recipe


def test_every_environment_is_made_before_it_is_used(recipes):
    for target, recipe in recipes.items():
        commands = recipe.splitlines()
        if any(".venv/bin/" in command for command in commands):
            assert commands[0] == "sh tools/bootstrap", target


def test_one_thread_for_every_command(root, tmp_path, makefile):
    printer = tmp_path / "threads.mk"
    printer.write_text(
        makefile + "\nthreads:\n\t@echo $$OMP_NUM_THREADS $$OPENBLAS_NUM_THREADS $$MKL_NUM_THREADS\n",
        encoding="utf-8",
    )
    outcome = make(root, "-f", str(printer), "threads")
    assert outcome.stdout == "1 1 1\n"
