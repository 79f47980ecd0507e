"""The command ``companion``: what the Makefile's targets call."""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from pathlib import Path

from companion.paths import build_directory, repository_root


def _value(text: str) -> tuple[str, object]:
    key, _, raw = text.partition("=")
    if not key.isidentifier() or not raw:
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    try:
        return key, ast.literal_eval(raw)
    except (ValueError, SyntaxError):
        return key, raw


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="companion", description="Build, run and check the book.")
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, text: str):
        return commands.add_parser(name, help=text, description=text)

    def scaled(command):
        command.add_argument("--scale", choices=("paper", "quick"), default="paper")
        return command

    book = scaled(add("build", "Execute what changed and build the site."))
    book.add_argument("--html", type=Path, help="where the site goes (default: _build/html)")
    book.add_argument("--lenient", action="store_true", help="do not treat the renderer's warnings as errors")
    book.add_argument("--workers", type=int, default=2, help="notebooks executed at a time")
    page = scaled(add("page", "Execute one page with your parameters and render it alone."))
    page.add_argument("page", help="for instance underdetermined/conditioning")
    page.add_argument("-p", "--parameter", action="append", type=_value, default=[], metavar="NAME=VALUE")
    run = scaled(add("run", "Compute a study's missing cells and write its table."))
    run.add_argument(
        "study", nargs="?", help="for instance underdetermined/conditioning; without it: list them"
    )
    run.add_argument("--workers", type=int, default=2)
    run.add_argument("--scheduler", help="address of a Dask scheduler, for instance tcp://127.0.0.1:8786")
    audit = add("audit", "Recompute a sample of the archived results and compare.")
    audit.add_argument("--budget", type=float, default=120.0, metavar="SECONDS")
    audit.add_argument("--seed", type=int, help="of the sample (default: from the commit)")
    resign = add("resign", "Verify a study's table against changed code by a sample, and record that.")
    resign.add_argument("study")
    resign.add_argument("--cells", type=int, help="how many cells to recompute")
    add("lint", "Check the house rules of notebooks.")
    serve = add("serve", "Serve the built site on this machine.")
    serve.add_argument("--port", type=int, default=8000)
    add("lab", "Open JupyterLab on the sources; notebooks are paired, only .md is kept.")
    scaled(add("pdf", "Print the book as one PDF through Chromium."))
    scaled(add("timings", "Record the wall time and memory of every page in results/page-times.json."))
    data = add("data", "Install the raw data sets, with checksums.")
    data.add_argument("--target", type=Path)
    return parser


def _build(options) -> int:
    from companion.build import build

    site = build(options.scale, html=options.html, strict=not options.lenient, workers=options.workers)
    print(f"The book ({options.scale} scale) is at {site / 'index.html'}")
    return 0


def _page(options) -> int:
    from companion.build import build_page

    print(f"The page is at {build_page(options.page, options.scale, dict(options.parameter))}")
    return 0


def _run(options) -> int:
    from companion import registry, runner

    if not options.study:
        for study in registry.all_studies():
            print(f"{study.name:40} {study.description}")
        return 0
    study = registry.find_study(options.study)
    report = runner.run(study, options.scale, workers=options.workers, scheduler=options.scheduler)
    print(report)
    return 0 if report.ok else 1


def _audit(options) -> int:
    from companion import audit

    report = audit.audit(budget_seconds=options.budget, seed=options.seed)
    print(report)
    return 0 if report.ok else 1


def _resign(options) -> int:
    from companion import audit, registry

    print(audit.verify_and_resign(registry.find_study(options.study), count=options.cells))
    return 0


def _lint(_options) -> int:
    from companion.build import book_pages
    from companion.notebook_lint import lint
    from companion.notebooks import is_notebook

    pages = {
        name: path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        for name, path in book_pages().items()
        if is_notebook(path)
    }
    problems = [problem for name, path in pages.items() for problem in lint(path, name)]
    print("\n".join(problems) if problems else f"{len(pages)} notebooks follow the rules")
    return 1 if problems else 0


def _serve(options) -> int:
    from companion.site import serve

    serve(build_directory() / "html", options.port)
    return 0


def _lab(_options) -> int:
    root = repository_root()
    return subprocess.run(
        [sys.executable, "-m", "jupyterlab", str(root / "book")], check=False, cwd=root
    ).returncode


def _pdf(options) -> int:
    from companion.build import build, stage_folder
    from companion.site import print_pdf

    build(options.scale)
    target = build_directory() / "two-layer-networks.pdf"
    print_pdf(stage_folder(options.scale), target)
    print(f"The book as a PDF is at {target}")
    return 0


def _timings(options) -> int:
    from companion.build import record_times

    print(f"recorded in {record_times(options.scale).relative_to(repository_root())}")
    return 0


def _data(options) -> int:
    from companion import rawdata

    for name in rawdata.DATA_SETS:
        print(rawdata.install(name, options.target))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; errors of ours are one message, not a traceback."""
    options = _parser().parse_args(arguments)
    from companion.archive import ArchiveError
    from companion.build import BuildError
    from companion.claims import ClaimError
    from companion.rawdata import MissingDataError
    from companion.runner import CellError
    from companion.site import RenderError

    ours = (ArchiveError, BuildError, CellError, ClaimError, MissingDataError, RenderError)
    expected = (*ours, ConnectionError, FileNotFoundError, LookupError, TypeError, ValueError)
    try:
        return globals()[f"_{options.command}"](options)
    except (KeyError, IndexError):
        raise  # a mistake of ours: its traceback says more than its message
    except expected as error:
        print(f"companion {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; what is finished is kept, the same command goes on from there", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
