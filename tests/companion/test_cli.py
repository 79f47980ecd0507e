"""The command line: arguments, what is printed, exit codes."""

import pytest

from companion import build, cli, registry, runner
from companion.claims import ClaimError
from companion.cli import _parser, _value, main


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("count=7", 7),
        ("rate=1e-3", 1e-3),
        ("sizes=[1, 2]", [1, 2]),
        ("on=True", True),
        ("name=relu", "relu"),
        ("name='relu'", "relu"),
        ("path=a=b", "a=b"),
    ],
)
def test_parameters_are_python_values_or_words(text, value):
    assert _value(text) == (text.partition("=")[0], value)


@pytest.mark.parametrize("text", ["count", "=7", "count=", "a b=7", "1=2"])
def test_what_is_no_parameter_is_refused(text, capsys):
    with pytest.raises(SystemExit) as stop:
        _parser().parse_args(["page", "part/page", "-p", text])
    assert stop.value.code == 2
    assert "is not name=value" in capsys.readouterr().err


def test_defaults():
    options = _parser().parse_args(["build"])
    assert (options.scale, options.html, options.lenient, options.workers) == ("paper", None, False, 2)
    assert _parser().parse_args(["audit"]).budget == 120
    options = _parser().parse_args(["page", "a/b", "-p", "x=1", "-p", "y=b"])
    assert dict(options.parameter) == {"x": 1, "y": "b"}


@pytest.mark.parametrize(
    "arguments", [[], ["frobnicate"], ["build", "--scale", "huge"], ["page"], ["resign"]]
)
def test_wrong_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: companion" in capsys.readouterr().err


def test_every_command_has_a_function_and_a_sentence():
    (commands,) = (a for a in _parser()._actions if a.dest == "command")
    for name, parser in commands.choices.items():
        assert callable(getattr(cli, f"_{name}"))
        assert parser.description.endswith(".")


def test_an_error_of_ours_is_one_message(monkeypatch, capsys):
    monkeypatch.setattr(build, "build", lambda *a, **k: (_ for _ in ()).throw(ClaimError("claim 'x' is odd")))
    assert main(["build"]) == 1
    assert capsys.readouterr().err == "companion build: claim 'x' is odd\n"


def test_a_mistake_in_our_code_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(build, "build", lambda *a, **k: {}["key"])
    with pytest.raises(KeyError):
        main(["build"])


def test_build_passes_its_options_on(monkeypatch, capsys, tmp_path):
    calls = []

    def fake(scale, **options):
        calls.append((scale, options))
        return tmp_path

    monkeypatch.setattr(build, "build", fake)
    assert main(["build", "--scale", "quick", "--html", str(tmp_path), "--lenient", "--workers", "1"]) == 0
    assert calls == [("quick", {"html": tmp_path, "strict": False, "workers": 1})]
    assert capsys.readouterr().out == f"The book (quick scale) is at {tmp_path / 'index.html'}\n"


def test_run_lists_the_studies_and_knows_their_names(checkout, monkeypatch, capsys):
    monkeypatch.setattr(registry, "all_studies", lambda package=None: [checkout.experiments.STEADY])
    assert main(["run"]) == 0
    assert capsys.readouterr().out.split() == [
        "toys/steady",
        *checkout.experiments.STEADY.description.split(),
    ]
    assert main(["run", "toys/stedy"]) == 1
    assert "did you mean toys/steady?" in capsys.readouterr().err


@pytest.mark.parametrize("ok", [True, False])
def test_run_fails_when_a_cell_fails(checkout, monkeypatch, capsys, ok):
    class Report:
        def __str__(self):
            return "a report"

    Report.ok = ok
    monkeypatch.setattr(registry, "all_studies", lambda package=None: [checkout.experiments.STEADY])
    monkeypatch.setattr(runner, "run", lambda study, scale, workers, scheduler: Report())
    assert main(["run", "toys/steady", "--scale", "quick"]) == (0 if ok else 1)
    assert capsys.readouterr().out == "a report\n"


def test_lint_of_a_book(tiny):
    done = tiny.companion("lint")
    assert (done.returncode, done.stdout) == (0, "3 notebooks follow the rules\n")
    tiny.edit("book/tiny/apart.md", "import numpy as np", "import scipy")
    line = tiny.source("tiny/apart").read_text().splitlines().index("import scipy") + 1
    done = tiny.companion("lint")
    assert done.returncode == 1
    assert f"book/tiny/apart.md:{line}: import of scipy" in done.stdout
