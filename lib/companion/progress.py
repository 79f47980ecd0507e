"""How far a run is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from tqdm import tqdm


class Progress:
    """Show how many of the cells of a run are finished.

    Parameters
    ----------
    total : int
        Cells of the run.
    done : int
        Cells that were finished before.
    label : str
        What is running.
    stream : text stream or None
        Where to write; standard error by default.
    interval : float
        Seconds between lines where the stream is not a terminal.
    """

    def __init__(
        self, total: int, done: int, label: str, stream: TextIO | None = None, interval: float = 10.0
    ) -> None:
        self._stream = stream or sys.stderr
        self._label, self._total, self._done, self._failed = label, total, done, 0
        self._reused, self._interval = done, interval
        self._began = self._spoke = time.monotonic()
        self._bar = None
        if self._stream.isatty():
            self._bar = tqdm(total=total, initial=done, desc=label, unit="cell", file=self._stream)
        else:
            reused = f", {done} of them finished before" if done else ""
            self._say(f"{label}: {total} cells{reused}")

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def update(self, failed: bool = False) -> None:
        """Count one more cell."""
        self._done += 1
        self._failed += failed
        if self._bar is not None:
            self._bar.update()
            if failed:
                self._bar.set_postfix(failed=self._failed)
            return
        moment = time.monotonic()
        if moment - self._spoke >= self._interval and self._done < self._total:
            self._spoke = moment
            rate = (self._done - self._reused) / (moment - self._began)
            left = (self._total - self._done) / rate
            self._say(
                f"{self._label}: {self._done}/{self._total} cells, about {left:.0f} s left{self._failures()}"
            )

    def _failures(self) -> str:
        return f", {self._failed} failed" if self._failed else ""

    def close(self) -> None:
        """End the bar, or write the last line."""
        if self._bar is not None:
            self._bar.close()
            return
        seconds = time.monotonic() - self._began
        self._say(f"{self._label}: {self._done}/{self._total} cells after {seconds:.1f} s{self._failures()}")
