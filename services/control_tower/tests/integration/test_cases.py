"""What needs a person becomes a case, once, with everything that person needs."""

from __future__ import annotations

from typing import Any

from crossdock.testing import Desk
from crossdock_contracts.cases import CaseAssigned, CaseOpened, CaseResolved


async def test_an_exception_opens_a_case_for_its_team(desk: Desk, say: Any, raised: Any) -> None:
    """With the exception's text and context; the event is published."""
    await say(1, raised)
    [case] = (await desk.http.get("/cases", params={"team": "finance", "state": "open"})).json()
    assert case["title"] == "missing gl code: SKU-9 has no GL code"
    assert case["exception"]["context"] == {"sku": "SKU-9"}
    [opened] = await desk.emitted(CaseOpened)
    assert (opened.case_id, opened.order_id) == ("CASE-E1", "ORD-1")


async def test_cases_of_other_teams_are_not_listed(desk: Desk, say: Any, raised: Any) -> None:
    """Each team works off its own."""
    await say(1, raised)
    assert (await desk.http.get("/cases", params={"team": "warehouse"})).json() == []
    assert (await desk.http.get("/cases", params={"team": "nobody"})).status_code == 400


async def test_a_case_is_assigned_and_resolved(desk: Desk, say: Any, raised: Any) -> None:
    """Each step is an event, and the case says who and what."""
    await say(1, raised)
    taken = await desk.http.post("/cases/CASE-E1/assign", json={"assignee": "ann"})
    assert (taken.json()["state"], taken.json()["assignee"]) == ("assigned", "ann")
    body = {"by": "ann", "resolution": "GL code 4000 entered"}
    closed = await desk.http.post("/cases/CASE-E1/resolve", json=body)
    assert (closed.json()["state"], closed.json()["resolved_by"]) == ("resolved", "ann")
    assert len(await desk.emitted(CaseAssigned)) == 1
    [event] = await desk.emitted(CaseResolved)
    assert event.resolution == "GL code 4000 entered"


async def test_a_resolved_case_is_not_decided_again(desk: Desk, say: Any, raised: Any) -> None:
    """The second person learns who was first."""
    await say(1, raised)
    body = {"by": "ann", "resolution": "done"}
    await desk.http.post("/cases/CASE-E1/resolve", json=body)
    again = await desk.http.post("/cases/CASE-E1/resolve", json=body)
    assert again.status_code == 409
    assert again.json()["text"] == "CASE-E1 was resolved by ann: done"
    assert len(await desk.emitted(CaseResolved)) == 1


async def test_wrong_requests_are_answered_clearly(desk: Desk, say: Any, raised: Any) -> None:
    """An unknown case, and a case that nobody would be assigned to."""
    unknown = await desk.http.post("/cases/CASE-9/assign", json={"assignee": "ann"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_case")
    await say(1, raised)
    assert (await desk.http.post("/cases/CASE-E1/assign", json={"assignee": ""})).status_code == 400
    assert (await desk.http.post("/cases/CASE-E1/assign", content=b"{")).status_code == 400


async def test_the_catalogue_is_a_page_for_people(desk: Desk) -> None:
    """HTML, with every event in it."""
    answer = await desk.http.get("/catalogue")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "shipments.shipped.v1" in answer.text
