"""A document sent again, or taken in again: asked for by a person, written down, done once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from crossdock import Tx
from crossdock.acts import By
from crossdock.http import Problem, unknown

from ..outbound import WriteDocument
from . import store

SENT = ("sent", "acknowledged", "rejected")
REFUSED = ("rejected", "failed")


class TakeAgain(msgspec.Struct, frozen=True, kw_only=True, tag="take_again"):
    """The errand: take a file in once more for the sake of one of its documents."""

    file_id: UUID
    document_id: str


async def resend(tx: Tx, document_id: str, by: By, *, renumber: bool) -> None:
    """Send a document of ours again: the same bytes, or written anew under a new number."""
    row = await _locked(tx, document_id, "out", "resend", SENT)
    await store.send_again(tx, document_id, anew=renumber)
    _write(tx, row)
    after = {"number": "new" if renumber else row["control_number"]}
    before = {"state": row["state"], "number": row["control_number"]}
    await tx.note(by, "resend", document_id, before=before, after=after)


async def reprocess(tx: Tx, document_id: str, by: By) -> None:
    """Take a document that was refused or failed in again, as code and profile are now.

    Whatever of its file was taken before stays as it is. Of two who ask, the second is told that
    there is nothing left to do.
    """
    row = await _locked(tx, document_id, None, "reprocess", REFUSED)
    if row["direction"] == "out":
        if row["written"]:
            text = f"{document_id} was sent, and its partner refused it: resend it with renumber"
            raise Problem(409, "was_sent", text, document_id=document_id, state=row["state"])
        await store.send_again(tx, document_id, anew=True)
        _write(tx, row)
    elif row["file_id"] is None:
        text = f"{document_id} has no file that could be taken in again"
        raise Problem(409, "no_file", text, document_id=document_id)
    else:
        await store.await_again(tx, document_id, row["file_id"])
        errand = TakeAgain(file_id=row["file_id"], document_id=document_id)
        tx.errand(errand, key=f"file:{row['file_id']}")
    await tx.note(by, "reprocess", document_id, before={"state": row["state"]})


def _write(tx: Tx, row: Any) -> None:
    errand = WriteDocument(document_id=row["document_id"], partner_id=row["partner_id"])
    tx.errand(errand, key=f"partner:{row['partner_id']}")


async def _locked(
    tx: Tx, document_id: str, direction: str | None, what: str, states: tuple[str, ...]
) -> Any:
    row = await store.lock(tx, document_id)
    if row is None:
        raise unknown("document", document_id)
    if (direction and row["direction"] != direction) or row["state"] not in states:
        side = {"in": "received", "out": "ours"}[row["direction"]]
        text = (
            f"{document_id} ({side}) is {row['state']}: {what} takes"
            f" {'our' if direction else 'any'} document that is {' or '.join(states)}"
        )
        raise Problem(409, "not_now", text, document_id=document_id, state=row["state"])
    return row
