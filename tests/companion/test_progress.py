"""Progress: a bar on a terminal, few lines elsewhere."""

import io

from companion.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_thousands_of_cells_are_a_few_lines():
    out = io.StringIO()
    progress = Progress(5000, 1000, "a study", out)
    for number in range(4000):
        progress.update(failed=number == 7)
    progress.close()
    lines = out.getvalue().splitlines()
    assert lines[0] == "a study: 5000 cells, 1000 of them finished before"
    assert lines[-1].startswith("a study: 5000/5000 cells after ")
    assert lines[-1].endswith(", 1 failed")
    assert len(lines) < 10


def test_lines_come_at_intervals_and_say_what_is_left():
    out = io.StringIO()
    progress = Progress(10, 0, "a study", out, interval=0.0)
    for _ in range(10):
        progress.update()
    progress.close()
    lines = out.getvalue().splitlines()
    assert len(lines) == 1 + 9 + 1
    assert lines[1].startswith("a study: 1/10 cells, about 0 s left")


def test_a_terminal_gets_a_bar():
    out = Terminal()
    progress = Progress(3, 1, "a study", out)
    progress.update()
    progress.update(failed=True)
    progress.close()
    assert "a study: 100%" in out.getvalue()
    assert "3/3" in out.getvalue()
    assert "failed=1" in out.getvalue()
