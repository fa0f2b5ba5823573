"""The service with a 3PL, two carriers, a supplier and two shops as partners."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from papers import AT, HERE, PROFILES

from crossdock.testing import Desk
from crossdock_contracts.catalog import (
    ItemChanged,
    WarehouseChanged,
)


@pytest.fixture
def desk_settings(root: Path, tmp_path: Path) -> dict[str, Any]:
    """Profiles of this test's partners."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    for name, more in PROFILES.items():
        groups = "" if "EDIFACT" in more else f"groups: [{name}]\nour_group: CROSSDOCK\n"
        (folder / f"{name}.yaml").write_text(
            f"partner_id: {name}\nname: {name}\n"
            f"addresses: [{{qualifier: ZZ, id: {name}}}]\n"
            f"our_addresses: [{{qualifier: ZZ, id: CROSSDOCK}}]\n{groups}usage: T\n{more}"
        )
    return {
        "root": root,
        "profiles": folder,
        "quiet_seconds": 0.0,
        "patience_seconds": 0.0,
    }


@pytest.fixture
async def known(desk: Desk) -> Desk:
    """A service that knows an item, a 3PL's warehouse and its partners."""
    async with asyncio.timeout(60):
        while len((await desk.http.get("/partners")).json()) < len(PROFILES):
            await asyncio.sleep(0.02)
    await desk.deliver(
        WarehouseChanged(
            warehouse_id="RENO", name="Reno", address=HERE, changed_at=AT, partner_id="RENO-3PL"
        ),
        ItemChanged(
            sku="A1",
            description="Widget",
            status="active",
            stock_uom="EA",
            changed_at=AT,
            aliases=("012345678905",),
        ),
    )
    return desk
