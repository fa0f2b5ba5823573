"""The ERP's master data: six lists, every change with the next version."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]

ID_FIELDS = {
    "customers": "id",
    "items": "sku",
    "prices": "id",
    "credit": "customer_id",
    "warehouses": "id",
    "purchase-orders": "id",
}


class MasterData:
    """All lists in memory; a restart reads the files again, with higher versions than before."""

    def __init__(self) -> None:
        # Versions start at the clock's milliseconds: a reader's cursor from before a restart
        # is then below everything, and it reads the files again instead of missing them.
        self._version = time.time_ns() // 1_000_000
        self._lists: dict[str, dict[str, Record]] = {name: {} for name in ID_FIELDS}

    @classmethod
    def load(cls, folder: Path) -> MasterData:
        """Read `<list>.json` for each list; a missing file is an empty list."""
        data = cls()
        for name, id_field in ID_FIELDS.items():
            path = folder / f"{name}.json"
            for record in json.loads(path.read_text("utf-8")) if path.exists() else []:
                data.put(name, record[id_field], record)
        return data

    def put(self, name: str, record_id: str, fields: Record) -> Record:
        """Create a record, or change the fields given; the others stay as they are."""
        self._version += 1
        known = self._lists[name].get(record_id, {})
        record = {
            **known,
            **fields,
            ID_FIELDS[name]: record_id,
            "version": self._version,
            "updated_at": datetime.now(UTC).isoformat(),
        }
        self._lists[name][record_id] = record
        return record

    def get(self, name: str, record_id: str) -> Record | None:
        """One record, or nothing."""
        return self._lists[name].get(record_id)

    def page(self, name: str, after: int, limit: int) -> Record:
        """The records changed after a version, oldest change first, and where the next page starts.

        A record that changes between two pages moves to the end, so no reader misses it.
        """
        newer = [r for r in self._lists[name].values() if r["version"] > after]
        newer.sort(key=lambda record: record["version"])
        records = newer[:limit]
        more = len(newer) > limit
        return {"records": records, "next_cursor": str(records[-1]["version"]) if more else None}
