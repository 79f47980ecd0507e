"""From sources to a published site: execute what changed, check the ledger, render, check the result.

Sources stay untouched. Executed notebooks, prose, pictures and generated fragments meet in the staging folder
``_build/executed/<scale>``; Jupyter Book renders that folder from scratch every time (rendering is cheap, and an
incremental rendering can keep a page that shows another page's old number).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from companion import claims as ledger
from companion import execute, freshness, generate, notebooks, passport, provenance
from companion.paths import build_directory, repository_root
from companion.reference import read_topics
from companion.site import check_site, render

WORKERS = 2


class BuildError(Exception):
    """The book cannot be built; the message holds every reason."""


def stage_folder(scale: str) -> Path:
    """Return the staging folder of a scale."""
    return build_directory() / "executed" / scale


def book_pages() -> dict[str, Path]:
    """Return the pages of the table of contents: name below ``book/`` -> source file.

    Raises
    ------
    BuildError
        If a page in ``_toc.yml`` does not exist.
    """
    root = repository_root()
    pages = {}
    for entry in notebooks.contents(root / "_toc.yml"):
        path = root / f"{entry}.md"
        if not path.exists():
            raise BuildError(f"_toc.yml names {entry}, but there is no {entry}.md")
        pages[entry.removeprefix("book/")] = path
    return pages


def build(
    scale: str = "paper", *, html: Path | None = None, strict: bool = True, workers: int = WORKERS
) -> Path:
    """Build the whole site.

    Parameters
    ----------
    scale : {"paper", "quick"}
        Read archived results, or compute everything live at a small scale.
    html : Path, optional
        Where the site goes; ``_build/html`` by default.
    strict : bool
        Treat warnings of the renderer as errors.
    workers : int
        Notebooks executed at a time.

    Returns
    -------
    Path
        The folder of the site.

    Raises
    ------
    BuildError
        With every page that failed, every disagreement with the ledger, every defect of the rendered site.
    """
    html = html or build_directory() / "html"
    pages, topics = book_pages(), reference_topics()
    stage = stage_folder(scale)
    sources = {name: path for name, path in pages.items() if notebooks.is_notebook(path)}
    run_notebooks(sources, scale, stage, workers)
    records = {name: _record(stage, name) for name in sources}
    claims, settled = settle_ledger(records)
    stage_prose(pages, sources, stage)
    generate.write_fragments(stage, claims, settled, topics)
    render(stage, html, toc=repository_root() / "_toc.yml", strict=strict)
    (html / "claims.json").write_text(generate.claims_json(claims, settled, scale), encoding="utf-8")
    problems = check_site(html, list(pages), records)
    if problems:
        raise BuildError("the rendered site is defective:\n- " + "\n- ".join(problems))
    return html


def reference_topics() -> dict:
    """Return how ``book/api/topics.yml`` groups the modules of the library; nothing where there is no such file."""
    path = repository_root() / "book" / "api" / "topics.yml"
    return read_topics(path) if path.exists() else {}


def settle_ledger(records: Mapping[str, Mapping]) -> tuple[dict, dict]:
    """Return the claims and how they were settled; refuse any disagreement between ledger and pages."""
    claims = ledger.load_claims(repository_root() / "book" / "claims.yml")
    settled = [entry for record in records.values() for entry in record["settled"]]
    problems = ledger.check_ledger(claims, settled, records)
    if problems:
        raise BuildError("the ledger and the pages disagree:\n- " + "\n- ".join(problems))
    return claims, {entry["id"]: entry for entry in settled}


def run_notebooks(sources: Mapping[str, Path], scale: str, stage: Path, workers: int) -> list[str]:
    """Execute the notebooks whose inputs changed, longest first, and return their names.

    A notebook whose prose alone changed keeps its outputs. All failures are reported together.
    """
    keys = _load_keys(stage)
    parameters = {"scale": scale}
    stale = []
    for name, path in sources.items():
        record = stage / "records" / f"{name}.json"
        fresh = record.exists() and keys.get(name) == _key(path, name, parameters, _record(stage, name))
        if fresh and (stage / "book" / f"{name}.ipynb").exists():
            execute.graft_prose(path, stage / "book" / f"{name}.ipynb")
        else:
            stale.append(name)
    times = {n: _record(stage, n).get("wall_s", 0) for n in stale}
    stale.sort(key=lambda n: -times[n])
    # A run that fails or is killed leaves pictures and a record behind: from now on the old key no longer holds.
    keys = {n: key for n, key in keys.items() if n not in stale}
    _save_keys(stage, keys)
    failures = []
    epoch = provenance.commit_time(repository_root())
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(execute.execute, sources[n], n, stage, parameters, epoch): n for n in stale}
        for done, job in enumerate(as_completed(jobs), start=1):
            name = jobs[job]
            error = job.exception()
            if error is None:
                keys[name] = _key(sources[name], name, parameters, _record(stage, name))
                _save_keys(stage, keys)
                print(f"[{done}/{len(jobs)}] {name} ({_record(stage, name)['wall_s']:.0f} s)", flush=True)
            else:
                print(f"[{done}/{len(jobs)}] {name} FAILED", flush=True)
                failures.append(str(error) if isinstance(error, execute.PageError) else f"{name}: {error!r}")
    if not stale:
        print("all notebooks are up to date", flush=True)
    if failures:
        raise BuildError("\n\n".join(failures))
    return stale


def _key(path: Path, name: str, parameters: Mapping, record: Mapping) -> str:
    return freshness.page_key(repository_root(), path, name, parameters, record.get("files_read", []))


def _record(stage: Path, name: str) -> dict:
    path = stage / "records" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _load_keys(stage: Path) -> dict:
    path = stage / "keys.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _save_keys(stage: Path, keys: Mapping) -> None:
    stage.mkdir(parents=True, exist_ok=True)
    partial = stage / "keys.json.partial"
    partial.write_text(json.dumps(keys, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(stage / "keys.json")


def stage_prose(pages: Mapping[str, Path], sources: Mapping[str, Path], stage: Path) -> None:
    """Bring prose pages, bibliography and style files into the staging folder; remove what no page owns any more."""
    root = repository_root()
    for name, path in pages.items():
        if name not in sources:
            target = stage / "book" / f"{name}.md"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for page in [*(stage / "book").rglob("*.ipynb"), *(stage / "book").rglob("*.md")]:
        name = str(page.relative_to(stage / "book").with_suffix(""))
        wanted = ".ipynb" if name in sources else ".md"
        if not name.startswith("_generated") and (name not in pages or page.suffix != wanted):
            page.unlink()
    shutil.copyfile(root / "book" / "references.bib", stage / "book" / "references.bib")
    for folder in ("_static", "_extra"):
        shutil.rmtree(stage / folder, ignore_errors=True)
        if (root / folder).exists():
            shutil.copytree(root / folder, stage / folder)


def build_page(name: str, scale: str, parameters: Mapping) -> Path:
    """Execute one page, always, with parameters of the reader's choice, and render it alone.

    Returns
    -------
    Path
        The HTML file. The site in ``_build/html`` is left as it is; references to other pages are not resolved.
    """
    root = repository_root()
    source = root / "book" / f"{name}.md"
    if not source.exists() or not notebooks.is_notebook(source):
        known = [n for n, p in book_pages().items() if notebooks.is_notebook(p)]
        raise BuildError(f"there is no notebook {name!r} in the book; there are: {', '.join(known)}")
    stage = build_directory() / "page" / name.replace("/", "--")
    shutil.rmtree(stage, ignore_errors=True)
    try:
        execute.execute(source, name, stage, {"scale": scale, **parameters}, provenance.commit_time(root))
    except execute.PageError as error:
        raise BuildError(str(error)) from None
    stage_prose({name: source}, {name: source}, stage)
    toc = stage / "_toc.yml"
    toc.write_text(f"format: jb-book\nroot: book/{name}\n", encoding="utf-8")
    render(stage, stage / "html", toc=toc, strict=False)
    return stage / "html" / "book" / f"{name}.html"


def record_times(scale: str) -> Path:
    """Write wall time and peak memory of every executed page of a scale into the committed file of page times."""
    path = repository_root() / passport.TIMES_FILE
    times = passport.recorded_times()
    times["machine"], times["date"] = provenance.machine_summary(), provenance.now()[:10]
    for name, source in book_pages().items():
        if notebooks.is_notebook(source):
            record = _record(stage_folder(scale), name)
            if not record:
                raise BuildError(f"{name} has not been executed at {scale} scale: build the book first")
            times["pages"][f"{name}@{scale}"] = {
                "wall_s": round(record["wall_s"], 1),
                "peak_mb": round(record["peak_mb"]),
            }
    path.write_text(json.dumps(times, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path
