"""Local Sphinx extension: links to the sources, no live-cell scripts, formulas that keep their punctuation.

Every notebook of the built tree comes from a ``.md`` source, so that edit and launch links are pointed there. The
live-cell scripts of the theme are dropped: they name an outside host and are declared twice.
"""

from __future__ import annotations

import re

# Formulas are text without tags here; the browser sets them later.
_FORMULA = re.compile(
    r'([(\[]*)(<span class="math notranslate nohighlight">[^<]*</span>)([.,;:!?)\]\u2019]*)'
)


def keep_punctuation(html: str) -> str:
    """Bind each formula in the line to brackets before and punctuation after it, so that no line begins with a stop."""

    def bind(match):
        return f'<span class="formula">{match[0]}</span>' if match[1] or match[3] else match[0]

    return _FORMULA.sub(bind, html)


def _buttons(items):
    for item in items:
        yield item
        yield from _buttons(item.get("buttons", []))


def _tidy_page(app, pagename, templatename, context, doctree) -> None:  # noqa: ARG001 - Sphinx's signature
    for button in _buttons(context.get("header_buttons", [])):
        url = button.get("url", "")
        if isinstance(url, str) and f"{pagename}.ipynb" in url and "_sources" not in url:
            button["url"] = url.replace(f"{pagename}.ipynb", f"{pagename}.md")
    if "body" in context:
        context["body"] = keep_punctuation(context["body"])
    seen, kept = set(), []
    for script in context.get("script_files", []):
        body = getattr(script, "attributes", {}).get("body") or ""
        key = (str(script.filename), body)
        if key in seen or "thebe" in str(script.filename) or "THEBE_JS_URL" in body:
            continue
        seen.add(key)
        kept.append(script)
    if "script_files" in context:
        context["script_files"][:] = kept


def _single_page_assets(app) -> None:
    # The single-page builder forgets the formula renderer where the first page has no formula.
    if app.builder.name == "singlehtml":
        app.set_html_assets_policy("always")


def setup(app):
    """Connect the extension (called by Sphinx)."""
    app.connect("builder-inited", _single_page_assets)
    app.connect("html-page-context", _tidy_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
