"""Notebook outputs that are MyST: how a numbered figure, a table or a verdict reaches the page from code.

A notebook displays a bundle with two faces. The book takes the MyST face, parsed with the book's own
configuration, so that directives, labels, numbering and citations work as in hand-written prose; JupyterLab
does not know that media type and shows the other face (a picture, an HTML table, plain Markdown).
"""

from __future__ import annotations

from docutils import nodes

MYST_MIME = "text/vnd.companion.myst"


class MystOutput:
    """Renderer plugin of MyST-NB (entry point ``myst_nb.mime_renderers``)."""

    mime_priority_overrides = (("*", MYST_MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline: bool):
        """Parse the MyST face; drop the other faces of the same bundle, so that no unused image is copied."""
        if inline:
            return None
        if data.mime_type == MYST_MIME:
            parent = nodes.Element()
            with renderer.renderer.current_node_context(parent):
                renderer.renderer.nested_render_text(data.string, data.line or 0)
            return parent.children
        return [] if data.output_metadata.get("companion") else None
