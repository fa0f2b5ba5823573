"""What a run looks like while it runs: orders, backlog, faults, restarts."""

from __future__ import annotations

import time
from collections import Counter, deque

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .book import Book
from .quiet import Backlog

SHOWN = 9


class Display:
    """The state that is shown; rich asks for it several times a second."""

    def __init__(self, book: Book, orders: int, strikes: int) -> None:
        self._book = book
        self._orders = orders
        self._strikes = strikes
        self._began = time.monotonic()
        self._log: deque[tuple[float, str]] = deque(maxlen=SHOWN)
        self.phase = "starting"
        self.backlog: Backlog | None = Backlog()
        self.faults: Counter[str] = Counter()
        self.striking: set[str] = set()
        self.restarts: Counter[str] = Counter()
        self.following = 0

    def say(self, text: str) -> None:
        """Add a line to the log."""
        self._log.append((time.monotonic() - self._began, text))

    def __rich__(self) -> RenderableType:
        """Everything, as it is now."""
        taken = len(self._book.orders) + len(self._book.files)
        table = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=max(1, self._orders), completed=taken, width=30)
        table.add_row("orders", bar, f"{taken:,} of {self._orders:,} acknowledged")
        table.add_row("", "", self._states())
        table.add_row("backlog", "", self._waiting())
        struck = sum(self.faults.values())
        bar = ProgressBar(total=max(1, self._strikes), completed=struck, width=30)
        table.add_row("faults", bar, f"{struck} of {self._strikes} {self._now()}")
        table.add_row("restarts", "", self._restarted())
        lines = Text("\n").join(Text(f"{at:7.1f} s  {text}") for at, text in self._log)
        seconds = time.monotonic() - self._began
        return Panel(Group(table, Text(), lines), title=f"chaos: {self.phase}, {seconds:.0f} s")

    def _states(self) -> str:
        states = self.backlog.states if self.backlog else {}
        return "  ".join(f"{count:,} {name}" for name, count in sorted(states.items()))

    def _waiting(self) -> str:
        if self.backlog is None:
            return "a server does not answer"
        return (
            f"{self.backlog.outbox:,} in outboxes, {self.backlog.parked:,} parked, "
            f"{self.backlog.errands:,} calls, {self.following} returns and payments to come, "
            f"{self._book.repeated:,} requests asked again"
        )

    def _now(self) -> str:
        return f"now: {', '.join(sorted(self.striking))}" if self.striking else ""

    def _restarted(self) -> str:
        return "  ".join(f"{name} {n}" for name, n in sorted(self.restarts.items())) or "none"
