"""What people do: look at letters, retry, edit, discard; pause and resume; all of it on record."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from plant import Plant, assert_each_once_in_order

KEPT = "select body_before, body_after from crossdock.acts"


async def breaking(plant: Plant, how: str, *orders: str) -> None:
    """Make the teller fail at some orders."""
    await plant.query("teller", "delete from broken")
    for order in orders:
        await plant.query("teller", "insert into broken values ($1, $2)", order, how)


async def until_listed(plant: Plant, what: str, count: int) -> list[dict[str, Any]]:
    """The letters a command lists, once there are so many."""

    async def enough() -> list[dict[str, Any]]:
        found = await plant.json(what, "--service", "teller")
        return found if len(found) == count else []

    return await plant.until(enough, f"{count} {what}")


async def test_a_dead_letter_is_shown_whole_and_retried_in_order(plant: Plant) -> None:
    """A person sees why it failed and what waits behind it; retried, its key goes on in order."""
    await breaking(plant, "reject", "ORD-1")
    await plant.start("maker", "teller")
    await plant.say({"ORD-1": 3, "ORD-2": 1})
    [dead] = await until_listed(plant, "dead", 1)
    letter = dead["id"]
    assert letter.startswith("teller:ORDERS:")
    assert (dead["key"], dead["reason"], dead["behind"]) == ("ORD-1", "reject", 2)
    shown = await plant.json("dead", "show", letter)
    assert json.loads(shown["body"])["reason"]["text"] == "1"
    assert shown["headers"]["ce-source"] == "maker"
    assert [line.split()[-1] for line in shown["behind_it"]] == ["behind", "behind"]
    assert len(shown["trace_id"]) == 32
    text = await plant.cli("dead", "show", letter)
    assert "told to" in text
    assert '"order_id": "ORD-1"' in text
    behind = shown["behind_it"][0].split()[0]
    assert "waits behind" in await plant.cli("parked", "retry", behind, code=1)
    await breaking(plant, "none")
    await plant.cli("dead", "retry", letter, "--by", "ada", "--reason", "mended")
    await plant.until_heard(4)
    assert_each_once_in_order(await plant.heard(), {"ORD-1": 3, "ORD-2": 1})
    [act] = await plant.json("acts", "--service", "teller")
    assert (act["who"], act["action"], act["about"]) == ("ada", "retry", letter)
    assert (act["reason"], act["before"]["state"], act["after"]["state"]) == (
        "mended",
        "dead",
        "waiting",
    )
    assert "handled or discarded" in await plant.cli("dead", "show", letter, code=1)


async def test_an_edited_body_must_keep_the_contract_and_the_original_is_kept(
    plant: Plant,
) -> None:
    """What breaks the contract or changes the key is refused; what was there before is not lost."""
    await breaking(plant, "reject", "ORD-1")
    await plant.start("maker", "teller")
    await plant.say({"ORD-1": 2})
    [dead] = await until_listed(plant, "dead", 1)
    body = json.loads(dead["body"])
    edit = ("dead", "edit", dead["id"], "--body", "-")
    assert "not accepted" in await plant.cli(*edit, code=1, given=b'{"order_id": 5}')
    other = json.dumps(body | {"order_id": "ORD-9"}).encode()
    assert "another key is another event" in await plant.cli(*edit, code=1, given=other)
    await breaking(plant, "none")
    body["reason"]["text"] = "100"
    await plant.cli(*edit, "--by", "ada", given=json.dumps(body).encode())
    await plant.until_heard(2)
    assert await plant.heard() == [("ORD-1", 100), ("ORD-1", 2)]
    [act] = await plant.query("teller", KEPT)
    assert json.loads(act["body_before"])["reason"]["text"] == "1"
    assert json.loads(act["body_after"])["reason"]["text"] == "100"


async def test_discarding_needs_a_reason_and_frees_the_key(plant: Plant) -> None:
    """A person's decision is the one way past a hole."""
    await breaking(plant, "reject", "ORD-1")
    await plant.start("maker", "teller")
    await plant.say({"ORD-1": 3})
    [dead] = await until_listed(plant, "dead", 1)
    await plant.cli("dead", "discard", dead["id"], code=2)
    await breaking(plant, "none")
    await plant.cli("dead", "discard", dead["id"], "--reason", "sent twice by the customer")
    await plant.until_heard(2)
    assert await plant.heard() == [("ORD-1", 2), ("ORD-1", 3)]
    [act] = await plant.json("acts", "--service", "teller")
    assert (act["action"], act["reason"]) == ("discard", "sent twice by the customer")
    [kept] = await plant.query("teller", KEPT)
    assert json.loads(kept["body_before"])["reason"]["text"] == "1"


async def test_a_selection_is_what_it_was_when_it_was_made(plant: Plant) -> None:
    """Letters that die while a slow retry of all is under way are not in it; it keeps its rate."""
    await breaking(plant, "reject", *(f"ORD-{n}" for n in range(20)))
    await plant.start("maker", "teller")
    await plant.say({f"ORD-{n}": 1 for n in range(10)})
    await until_listed(plant, "dead", 10)
    retry = ("dead", "retry", "--all", "--service", "teller", "--type", "orders.cancelled")
    task = asyncio.create_task(plant.cli(*retry, "--why", "reject", "--rate", "2"))

    async def begun() -> bool:
        return bool(await plant.query("teller", "select 1 from crossdock.acts"))

    await plant.until(begun, "the retry has begun")
    # These die now, and so do those that were retried and fail again.
    await plant.say({f"ORD-{n}": 1 for n in range(10, 20)})
    assert "10 of 10 selected" in await task
    acts = await plant.json("acts", "--service", "teller")
    assert len({act["about"] for act in acts}) == len(acts) == 10
    assert len({act["selection"] for act in acts}) == 1
    await until_listed(plant, "dead", 20)


async def test_a_call_to_the_outside_is_retried_edited_and_discarded(plant: Plant) -> None:
    """Dead errands are letters as well."""
    await breaking(plant, "call", "ORD-1", "ORD-2")
    await plant.start("maker", "teller")
    await plant.say({"ORD-1": 1, "ORD-2": 1})
    one, two = sorted(await until_listed(plant, "dead", 2), key=lambda letter: letter["key"])
    assert one["id"].startswith("teller:errand:")
    assert one["key"] == "ORD-1"
    assert "the outside says no" in await plant.cli("dead", "show", one["id"])
    edit = ("dead", "edit", one["id"], "--body", "-")
    assert "not accepted" in await plant.cli(*edit, code=1, given=b"{}")
    await plant.cli(*edit, given=b'{"type": "call", "text": "77"}')
    await plant.until_heard(3)
    assert ("ORD-1", 77) in await plant.heard()
    await plant.cli("dead", "discard", two["id"], "--reason", "done by telephone")
    assert await plant.json("dead", "--service", "teller") == []


@pytest.mark.long
async def test_what_is_paused_stands_still_and_loses_nothing(plant: Plant) -> None:
    """A service, a stream, a handler: each stops within seconds, over a restart, and goes on."""
    await plant.start("maker", "teller")
    await plant.say({"ORD-1": 1})
    await plant.until_heard(1)
    done = 1
    for words in (["teller"], ["teller", "--stream", "orders"], ["teller", "--handler", "note"],
                  ["teller", "--lane", "teller-on-orders-0"]):  # fmt: skip
        await plant.cli("pause", *words, "--reason", "stock count", "--by", "ada")
        await asyncio.sleep(2)
        await plant.stop("teller")
        await plant.start("teller")
        await plant.say({f"ORD-{n}": 1 for n in range(20)})
        await plant.until_published()
        await asyncio.sleep(2)
        heard = len(await plant.heard())
        assert heard == done if "--lane" not in words else done < heard < done + 20
        ready = await plant.http.get(f"{plant.url('teller')}/readyz")
        assert ready.status_code == 200, ready.text
        assert len(ready.json()["paused"]) == 1
        assert (
            "crossdock_paused 1.0" in (await plant.http.get(f"{plant.url('teller')}/metrics")).text
        )
        assert "paused by ada" in await plant.cli("status", "--service", "teller")
        assert await plant.json("parked", "--service", "teller") == []
        await plant.cli("resume", "teller")
        done += 20
        await plant.until_heard(done)
    assert_each_once_in_order(await plant.heard(), {"ORD-1": 5, "ORD-2": 4})
    acts = await plant.json("acts", "--service", "teller")
    assert [act["action"] for act in acts] == ["resume", "pause"] * 4


async def test_everything_paused_says_nothing_over_a_restart_and_keeps_it(plant: Plant) -> None:
    """Without a name all services are meant. Relays and lanes wait; HTTP still takes what comes."""
    await plant.start("maker", "teller")
    await plant.cli("pause", "--reason", "year end", "--by", "ada")
    await plant.stop("maker", "teller")
    await plant.start("maker", "teller")
    await plant.say({"ORD-1": 5})
    await asyncio.sleep(2)
    assert (await plant.stream())["messages"] == 0
    for name in ("maker", "teller"):
        assert "paused by ada" in await plant.cli("status", "--service", name)
    await plant.cli("resume")
    await plant.until_heard(5)
    assert_each_once_in_order(await plant.heard(), {"ORD-1": 5})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dead", "retry"), "say which"),
        (("dead", "retry", "nonsense"), "is no id"),
        (("dead", "show", "teller:ORDERS:999"), "not parked or dead"),
        (("pause", "teller", "--handler", "nobody"), "nothing here is called nobody"),
        (("pause", "teller", "--lane", "a", "--stream", "b"), "say one of"),
        (("dead", "--older-than", "soon"), "say 90s, 10m, 2h or 3d"),
    ],
)
async def test_a_wrong_word_is_one_line(plant: Plant, words: tuple[str, ...], said: str) -> None:
    """A user's mistake is answered with what to say instead, never with a traceback."""
    answer = await plant.cli(*words, code=1)
    assert said in answer
    assert "Traceback" not in answer
