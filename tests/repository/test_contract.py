"""What the repository promises about its own files."""

import ast
import importlib.util
import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

LONGEST_MODULE = 400

# Written in two halves, so that this file passes its own test.
INDEX_HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "download.py" + "torch.org",
    "conda.ana" + "conda.org",
    "repo.ana" + "conda.com",
    "registry.np" + "mjs.org",
    "registry.yarn" + "pkg.com",
    "deb.deb" + "ian.org",
]
INDEX_OPTION = re.compile(r"--(?:extra-)?index" + r"-url|--find" + r"-links")
MACHINE_PATH = re.compile(r"(?<![\w.~}>)/-])/(?:work|tmp|root|home)/\w")

# What each package may import of the repository's own.
MAY_IMPORT = {
    "twolayer": {"twolayer"},
    "companion": {"companion"},
    "studies": {"studies", "twolayer", "companion"},
}
OWN_PACKAGES = {"twolayer", "companion", "studies", "book", "tests"}


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def lock(root):
    return (root / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def environment_script(root):
    spec = importlib.util.spec_from_file_location("environment_script", root / "tools/environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def found(pattern, texts):
    return [f"{name}: {match}" for name, text in texts.items() for match in re.findall(pattern, text)]


def test_no_committed_file_names_a_package_index(committed_text):
    assert found("|".join(map(re.escape, INDEX_HOSTS)), committed_text) == []
    assert found(INDEX_OPTION, committed_text) == []


def test_no_committed_file_names_a_path_of_one_machine(committed_text):
    assert found(MACHINE_PATH, committed_text) == []


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("cd /" + "home/ada/book", 1),
        ('"/' + 'tmp/x.csv"', 1),
        ("https://example.org/" + "home/page", 0),
        ("_build/" + "tmp/x", 0),
    ],
)
def test_the_search_for_machine_paths_finds_what_it_should(text, hits):
    assert len(MACHINE_PATH.findall(text)) == hits


def test_no_notebook_is_committed_executed(committed):
    assert [name for name in committed if name.suffix == ".ipynb"] == []


def test_every_locked_package_has_a_hash(lock):
    entries = re.sub(r"\\\n", " ", lock).splitlines()
    assert len(entries) > 50
    assert [entry for entry in entries if not re.search(r" --hash=sha256:[0-9a-f]{64}\b", entry)] == []
    assert "://" not in lock


def test_the_lock_leaves_torch_to_a_step_of_its_own(lock):
    assert re.findall(r"^(?:torch|nvidia|cuda|triton)[\w-]*==", lock, flags=re.MULTILINE) == []


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_the_lock_meets_every_direct_dependency(project, lock, environment_script, python):
    versions = environment_script.locked_versions(lock, python)
    for text in project["dependencies"] + project["optional-dependencies"]["dev"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), text


def test_a_lock_with_a_loose_requirement_is_refused(environment_script):
    with pytest.raises(ValueError, match="not an exact pin"):
        environment_script.locked_versions("numpy>=2 --hash=sha256:00\n", "3.11")


def test_a_lock_without_a_direct_dependency_is_refused(root, environment_script):
    pyproject = (root / "pyproject.toml").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"requirements\.lock lacks numpy"):
        environment_script.environment(pyproject, "scipy==1.17.1 --hash=sha256:00\n")


def test_the_conda_environment_is_the_one_the_lock_gives(root, lock, environment_script):
    pyproject = (root / "pyproject.toml").read_text(encoding="utf-8")
    written = (root / "environment.yml").read_text(encoding="utf-8")
    assert written == environment_script.environment(pyproject, lock), (
        "environment.yml is stale: run `make lock`"
    )


def test_the_conda_environment_holds_pins_of_the_lock(root, project, lock, environment_script):
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    assert set(environment) == {"name", "channels", "dependencies"}
    assert environment["channels"] == ["conda-forge"]
    python, pip, by_pip = environment["dependencies"]
    version = python.removeprefix("python=")
    assert SpecifierSet(project["requires-python"]).contains(version)
    assert pip == "pip"
    *pins, own = by_pip["pip"]
    assert own == "-e ."
    versions = environment_script.locked_versions(lock, version)
    named = {}
    for text in pins:
        requirement = Requirement(text)
        named[canonicalize_name(requirement.name)] = requirement
    torch = named.pop("torch")
    assert [str(torch)] == project["optional-dependencies"]["torch"]
    assert set(named) == {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    for name, requirement in named.items():
        assert str(requirement.specifier) == f"=={versions[name]}"


def test_the_bootstrap_script_and_the_package_name_the_same_torch(root, project):
    bootstrap = (root / "tools/bootstrap").read_text(encoding="utf-8")
    assert project["optional-dependencies"]["torch"] == re.findall(r"\$\{TORCH:-(.+?)\}", bootstrap)


def imported_names(tree, package):
    """Yield the top-level name of every import in a module of ``package``, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield package if node.level else node.module.split(".")[0]


def forbidden_imports(source, package):
    names = set(imported_names(ast.parse(source), package))
    return sorted((names & OWN_PACKAGES) - MAY_IMPORT[package])


def test_imports_run_one_way(committed_text):
    wrong = {}
    for name, text in committed_text.items():
        if name.suffix == ".py" and name.parts[0] == "lib":
            forbidden = forbidden_imports(text, name.parts[1])
            if forbidden:
                wrong[str(name)] = forbidden
    assert wrong == {}


@pytest.mark.parametrize(
    ("package", "source", "forbidden"),
    [
        ("twolayer", "from companion.study import Study", ["companion"]),
        ("companion", "def f():\n    import twolayer.network", ["twolayer"]),
        ("companion", "import studies", ["studies"]),
        ("studies", "import book", ["book"]),
        ("studies", "from twolayer import kernels\nimport companion.study", []),
        ("twolayer", "import numpy as np\nfrom . import kernels", []),
    ],
)
def test_the_check_of_imports_finds_what_it_should(package, source, forbidden):
    assert forbidden_imports(source, package) == forbidden


def test_package_files_hold_a_docstring_only(committed_text):
    for name, text in committed_text.items():
        if name.name == "__init__.py" and name.parts[0] == "lib":
            body = ast.parse(text).body
            assert len(body) == 1, name
            assert isinstance(body[0], ast.Expr), name
            assert isinstance(body[0].value.value, str), name


def test_modules_stay_short(committed_text):
    lengths = {
        str(name): len(text.splitlines()) for name, text in committed_text.items() if name.suffix == ".py"
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_the_citation_file_says_who_what_and_under_which_licence(root, project):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "license", "version", "type"} <= set(citation)
    assert citation["version"] == project["version"]
    assert " AND ".join(citation["license"]) == project["license"]
    assert all(entry["title"] and entry["authors"] for entry in citation["references"])


def test_both_licences_are_there(root):
    code = (root / "LICENSE").read_text(encoding="utf-8")
    text = (root / "LICENSE-TEXT").read_text(encoding="utf-8")
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert code.startswith("BSD 3-Clause License")
    assert "Neither the name of the copyright holder" in code
    assert "CC-BY-4.0" in text
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text
    assert "(LICENSE)" in readme
    assert "(LICENSE-TEXT)" in readme


def files_of(contents):
    """Yield every page that a table of contents names, its root first."""
    yield contents["root"]
    pending = [contents]
    while pending:
        entry = pending.pop()
        if isinstance(entry, dict):
            if "file" in entry:
                yield entry["file"]
            pending.extend(entry.values())
        elif isinstance(entry, list):
            pending.extend(entry)


def test_every_page_in_the_table_of_contents_exists(root, committed):
    # Before the first page is written there is no table of contents, and then nothing to compare.
    for name in (name for name in committed if str(name) == "_toc.yml"):
        pages = set(files_of(yaml.safe_load((root / name).read_text(encoding="utf-8"))))
        assert {page for page in pages if not (root / f"{page}.md").is_file()} == set()


def test_the_pre_commit_hooks_call_our_own_tools_only(root):
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]
    entries = [hook["entry"] for hook in hooks["repos"][0]["hooks"]]
    for tool in ("ruff check", "ruff format", "companion lint"):
        assert any(entry.startswith(f".venv/bin/{tool}") for entry in entries), tool
