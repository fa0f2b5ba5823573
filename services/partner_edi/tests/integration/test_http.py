"""HTTP: signed uploads that are committed once, outboxes that only their partners see."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from crossdock.testing import Desk
from crossdock_contracts.exceptions import ExceptionRaised
from crossdock_contracts.partners import PurchaseOrderReceived
from partner_edi.transports import folders

Sample = Callable[[str], bytes]
SECRETS = {"SENDER": b"the secret of SENDER, shared", "DERICL": b"the secret of DERICL, shared"}
LIMIT = 100_000


@pytest.fixture
def transports() -> dict[str, str]:
    """Two partners come by HTTP."""
    return dict.fromkeys(SECRETS, "transport: {kind: http}\n")


@pytest.fixture
def desk_settings(desk_settings: dict[str, Any]) -> dict[str, Any]:
    """Their secrets, and a low limit."""
    keys: Path = desk_settings["keys"]
    keys.mkdir()
    for partner_id, secret in SECRETS.items():
        (keys / f"{partner_id}.secret").write_bytes(secret + b"\n")
    return {**desk_settings, "file_limit": LIMIT}


def signed(
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    who: str = "SENDER",
    secret: bytes | None = None,
    at: float | None = None,
) -> dict[str, str]:
    """The headers of a signed request, as a partner's program makes them."""
    target, _, query = path.partition("?")
    covered = {"@method": method, "@path": target, "@query": f"?{query}"}
    headers = {}
    if body is not None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": "application/edi-x12"}
        covered["content-digest"] = headers["Content-Digest"]
    names = " ".join(f'"{name}"' for name in covered)
    params = f'({names});created={int(at or time.time())};keyid="{who}"'
    text = "".join(f'"{name}": {value}\n' for name, value in covered.items())
    text += f'"@signature-params": {params}'
    mac = hmac.new(secret or SECRETS[who], text.encode(), "sha256").digest()
    signature = base64.b64encode(mac).decode()
    return {**headers, "Signature-Input": f"sig1={params}", "Signature": f"sig1=:{signature}:"}


async def send(
    desk: Desk, body: bytes, path: str = "/partners/SENDER/inbox?name=po.edi", **how: Any
) -> httpx.Response:
    """An upload."""
    return await desk.http.post(path, content=body, headers=signed("POST", path, body, **how))


def code(response: httpx.Response) -> tuple[int, str]:
    """What a program branches on."""
    return response.status_code, response.json()["code"]


async def test_a_signed_upload_is_committed_once(desk: Desk, sample: Sample) -> None:
    """201 with what came of it; sent again with its signature, or at once twice, it is the same."""
    body = sample("032")
    path = "/partners/SENDER/inbox?name=" + quote("my Auftrag-Ü.edi")
    headers = signed("POST", path, body)
    tries = [desk.http.post(path, content=body, headers=headers) for _ in range(3)]
    answers = [
        *(await asyncio.gather(*tries)),
        await desk.http.post(path, content=body, headers=headers),
    ]
    assert {answer.status_code for answer in answers} == {201}, answers[0].text
    assert {answer.json()["state"] for answer in answers} == {"done"}
    assert len({answer.json()["file_id"] for answer in answers}) == 1
    assert len(await desk.emitted(PurchaseOrderReceived)) == 1
    [listed] = (await desk.http.get("/documents", params={"set": "850"})).json()
    assert listed["file_name"] == "my Auftrag-Ü.edi"
    again = await send(desk, body, at=time.time() - 5)
    assert (again.status_code, again.json()["state"]) == (201, "duplicate")
    assert len(await desk.emitted(PurchaseOrderReceived)) == 1


async def test_a_file_that_is_wrong_is_committed_with_its_findings(desk: Desk) -> None:
    """201, since it is ours now; what is wrong stands beside it."""
    answer = await send(desk, b"\x00\xffnonsense\x00")
    assert (answer.status_code, answer.json()["state"]) == (201, "error")
    assert answer.json()["findings"]
    [raised] = await desk.emitted(ExceptionRaised)
    assert raised.code == "unreadable_file"
    empty = await send(desk, b"", "/partners/SENDER/inbox")
    assert (empty.status_code, empty.json()["state"]) == (201, "error")


async def test_strangers_are_turned_away(desk: Desk, sample: Sample) -> None:
    """401 without a good signature of now, 403 at another's door; and nothing was received."""
    body, path = sample("032"), "/partners/SENDER/inbox?name=po.edi"
    unsigned = await desk.http.post(path, content=body)
    assert code(unsigned) == (401, "signature_missing")
    old = {"at": time.time() - 400}
    for how, said in (
        ({"secret": b"a secret that is not shared"}, "signature_wrong"),
        ({"who": "NOBODY", "secret": b"a secret that is not shared"}, "signature_wrong"),
        ({"who": "SHIPPING-GROUP", "secret": b"a secret of a folder's"}, "signature_wrong"),
        ({"who": "../SENDER", "secret": SECRETS["SENDER"]}, "signature_wrong"),
        (old, "signature_expired"),
        ({"at": time.time() + 400}, "signature_expired"),
    ):
        assert code(await send(desk, body, **how)) == (401, said)
    assert code(await send(desk, body, who="DERICL")) == (403, "not_yours")
    assert code(await send(desk, body, "/partners/NOBODY/inbox")) == (403, "not_yours")
    for method in ("GET", "DELETE"):
        where = "/partners/SENDER/outbox/855.edi"
        headers = signed(method, where, who="DERICL")
        assert code(await desk.http.request(method, where, headers=headers)) == (403, "not_yours")
        assert code(await desk.http.request(method, where)) == (401, "signature_missing")
    headers = signed("POST", path, body)
    moved = await desk.http.post(path.replace("po", "other"), content=body, headers=headers)
    assert code(moved) == (401, "signature_wrong")
    changed = await desk.http.post(path, content=body + b" ", headers=headers)
    assert code(changed) == (400, "digest_mismatch")
    assert (await desk.http.get("/documents")).json() == []


async def test_what_cannot_be_a_file_is_refused(desk: Desk) -> None:
    """Too large, packed, a form, an impossible name: each with its own status and next step."""
    large = b"x" * (LIMIT + 1)
    answer = await send(desk, large)
    assert code(answer) == (413, "body_too_large")
    assert answer.json()["context"]["limit"] == LIMIT
    path = "/partners/SENDER/inbox?name=po.edi"

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 10_000

    streamed = await desk.http.post(path, content=pieces(), headers=signed("POST", path, large))
    assert code(streamed) == (413, "body_too_large")
    for given in (
        "application/x-www-form-urlencoded",
        "application/zip",
        "",
        "multipart/form-data",
    ):
        headers = {**signed("POST", path, b"ISA"), "Content-Type": given}
        refused = await desk.http.post(path, content=b"ISA", headers=headers)
        assert code(refused) == (415, "wrong_content_type")
    packed = {**signed("POST", path, b"ISA"), "Content-Encoding": "gzip"}
    assert code(await desk.http.post(path, content=b"ISA", headers=packed))[0] == 415
    for name in ("..", "../po.edi", "/etc/passwd", "a%00b", "a%0Ab", "%5Cb", "x" * 201):
        where = f"/partners/SENDER/inbox?name={quote(name, safe='%')}"
        assert code(await send(desk, b"ISA", where)) == (400, "bad_file_name")
    assert (await desk.http.get("/documents")).json() == []


async def test_a_body_that_breaks_off_is_not_received(desk: Desk, sample: Sample) -> None:
    """The line breaks in the middle of an upload; the next one is answered as ever."""
    body, path = sample("032"), "/partners/SENDER/inbox?name=po.edi"
    port = int(desk.runtime.url.rpartition(":")[2])
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{n}: {v}\r\n" for n, v in signed("POST", path, body).items())
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + b"\r\n" + body[:100])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await send(desk, body)).json()["state"] == "done"
    assert len((await desk.http.get("/documents", params={"set": "850"})).json()) == 1


async def test_a_partner_lists_fetches_and_clears_its_outbox(desk: Desk, root: Path) -> None:
    """Whole documents, oldest first, and nobody else's."""
    folders.put(root / "DERICL" / "outbox", "855_theirs.edi", b"theirs")
    for name in ("855 ü.edi", "997.edi"):
        folders.put(root / "SENDER" / "outbox", name, name.encode())
    (root / "SENDER" / "outbox" / ".856.edi.tmp").write_bytes(b"half")
    base = "/partners/SENDER/outbox"
    listed = (await desk.http.get(base, headers=signed("GET", base))).json()
    assert [(d["name"], d["size"]) for d in listed] == [("855 ü.edi", 10), ("997.edi", 7)]
    path = f"{base}/{quote('855 ü.edi')}"
    fetched = await desk.http.get(path, headers=signed("GET", path))
    assert (fetched.status_code, fetched.content) == (200, "855 ü.edi".encode())
    for _ in range(2):
        gone = await desk.http.delete(path, headers=signed("DELETE", path))
        assert gone.status_code == 204
    assert code(await desk.http.get(path, headers=signed("GET", path))) == (404, "unknown_document")
    for name in ("..%2F..%2FDERICL%2Foutbox%2F855_theirs.edi", ".856.edi.tmp", "none.edi", "%00"):
        where = f"{base}/{name}"
        assert (await desk.http.get(where, headers=signed("GET", where))).status_code == 404
    left = (await desk.http.get(base, headers=signed("GET", base))).json()
    assert [d["name"] for d in left] == ["997.edi"]


async def test_secrets_and_profiles_are_read_as_they_are_now(
    desk: Desk, desk_settings: dict[str, Any], change_profile: Callable[[str, str, str], None]
) -> None:
    """A new secret beside the old one, then without it; then the partner does not come by HTTP."""
    share: Callable[[bytes], object] = (desk_settings["keys"] / "SENDER.secret").write_bytes
    path = "/partners/SENDER/outbox"
    new = b"the new secret of SENDER"

    async def asked(secret: bytes) -> int:
        headers = signed("GET", path, secret=secret)
        return (await desk.http.get(path, headers=headers)).status_code

    share(SECRETS["SENDER"] + b"\n" + new)
    assert [await asked(SECRETS["SENDER"]), await asked(new)] == [200, 200]
    share(new)
    assert [await asked(SECRETS["SENDER"]), await asked(new)] == [401, 200]
    change_profile("SENDER", "kind: http", "kind: folders")
    assert await asked(new) == 401
    [here] = [t for t in (await desk.http.get("/transports")).json() if t["partner_id"] == "SENDER"]
    assert (here["kind"], here["lacking"]) == ("folders", "")


async def test_the_readmes_example_uploads(desk: Desk, sample: Sample, tmp_path: Path) -> None:
    """As a partner would copy it."""
    text = (Path(__file__).parents[2] / "README.md").read_text()
    program = text.partition("```python\n")[2].partition("```")[0]
    (tmp_path / "send.py").write_text(program)
    (tmp_path / "po.edi").write_bytes(sample("032"))
    given = desk.runtime.url, "SENDER", SECRETS["SENDER"].decode(), str(tmp_path / "po.edi")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(tmp_path / "send.py"), *given), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert b'"state":"done"' in out
