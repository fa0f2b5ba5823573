"""What can be ordered now."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..goods import Goods


class InventoryReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is available of some items at a moment."""

    report_number: str
    at: datetime
    lines: tuple[Goods, ...]

    @property
    def reference(self) -> str:
        """The number people know it by."""
        return self.report_number
