"""The reference of the library: a section for each module, every module on one page."""

import pytest

from companion.paths import repository_root
from companion.reference import PACKAGES, fragments, modules, overview, read_topics, sections

TOPICS = repository_root() / "book" / "api" / "topics.yml"
REST = "[{}]".format(
    ", ".join(f'"{n.removeprefix("companion.")}"' for n in modules("companion") if "claims" not in n)
)


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "topics.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_modules_are_listed_without_packages():
    names = modules("studies")
    assert names == sorted(names)
    assert "studies.incremental.covering" in names
    assert "studies.incremental" not in names


def test_a_section_for_each_module():
    text = sections(modules("companion"))
    assert text.count("## `companion.") == text.count(".. automodule:: companion.") > 20
    assert "## `companion.claims`\n\n```{eval-rst}\n.. automodule:: companion.claims\n" in text
    assert "## `companion`\n" not in text


def test_the_overview_shows_the_first_paragraph_of_a_module():
    text = overview(["companion.reference"])
    assert ":mod:`companion.reference`\n   The reference of the library, made from its docstrings" in text
    assert "topics.yml" not in text


def test_every_module_of_the_library_is_on_one_page_and_every_page_in_the_book():
    topics = read_topics(TOPICS)
    pages = fragments(topics)
    everything = "".join(text for name, text in pages.items() if name.startswith("api-"))
    for package in PACKAGES:
        for name in modules(package):
            assert everything.count(f".. automodule:: {name}\n") == 1
    book = "".join(path.read_text(encoding="utf-8") for path in TOPICS.parent.glob("*.md"))
    contents = (repository_root() / "_toc.yml").read_text(encoding="utf-8")
    for name in pages:
        assert book.count(f"_generated/{name}.md\n") == 1
        if name.startswith("api-"):
            assert f"file: book/api/{name.removeprefix('api-')}\n" in contents


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("companion:\n  one: [claims]\n", "no topic of companion has companion.archive, .* add each"),
        (
            f"companion:\n  one: [claims]\n  two: ['clai*']\n  rest: {REST}\n",
            "claims belongs to one and to two",
        ),
        (f"companion:\n  one: [claims, clams]\n  rest: {REST}\n", "'clams' of companion/one is no module"),
        ("companions:\n  one: ['*']\n", r"names \['companions'\]; the packages are"),
        ("- companion\n", "must map packages to topics"),
    ],
)
def test_errors_name_the_module_and_the_fix(written, text, message):
    with pytest.raises(ValueError, match=message):
        read_topics(written(text))


def test_patterns(written):
    topics = read_topics(written(f"companion:\n  one: ['claim?']\n  rest: {REST}\n"))
    assert topics["companion"]["one"] == ["companion.claims"]
    assert len(topics["companion"]["rest"]) == len(modules("companion")) - 1
