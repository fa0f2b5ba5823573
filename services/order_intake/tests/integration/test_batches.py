"""Orders that are placed in one transaction: each as if it had come alone, in their order."""

from decimal import Decimal

from intake_facts import credit, customer, price

from crossdock.ids import new_id
from crossdock.telemetry import Trace
from crossdock.testing import Desk
from crossdock.together import Asked
from crossdock.tx import Origin
from crossdock_contracts.orders import OrderPlaced
from order_intake.drafts import Draft, Wanted
from order_intake.placing.asked import Answer, Request, place_asked


def asking(key: str, quantity: int = 10, body_hash: str = "", who: str = "C1") -> Asked[Request]:
    """A request for some of A, in a trace of its own."""
    lines = (Wanted(1, ("A",), Decimal(quantity)),)
    draft = Draft(channel="api", customer_id=who, lines=lines)
    request = Request(key, body_hash or key, draft, Decimal(0))
    return Asked(request, Origin(Trace.new(), new_id()))


async def placed(desk: Desk, *asked: Asked[Request]) -> list[Answer]:
    """What requests that come together are answered."""
    async with desk.begin() as tx:
        return await place_asked(tx, asked)


def statuses(answers: list[Answer]) -> list[str]:
    """What was decided."""
    return [answer.placed.decision.status for answer in answers if answer.placed]


async def test_one_key_twice_in_one_batch_is_one_order(intake: Desk) -> None:
    """The first one makes it; the second gets its answer, or learns of the other body."""
    first, again, other = await placed(
        intake, asking("K"), asking("K"), asking("K", quantity=3, body_hash="another")
    )
    assert (first.claim.new, again.claim.new, other.claim.new) == (True, False, False)
    assert first.placed == again.placed == other.placed
    assert {one.claim.body_hash for one in (first, again, other)} == {"K"}
    assert len(await intake.emitted(OrderPlaced)) == 1
    [before] = await placed(intake, asking("K"))
    assert (before.claim, before.placed) == (again.claim, first.placed)


async def test_orders_of_one_batch_share_the_credit_limit(intake: Desk) -> None:
    """Their sum counts; one that is too much is held, and leaves room for a smaller one."""
    await intake.deliver(credit(limit="60"), customer("C2"), credit("C2", limit="60"))
    await intake.deliver(price("A", "2.50", customer_id="C2"))
    answers = await placed(
        intake,
        asking("1"),
        asking("2", who="C2"),
        asking("3"),
        asking("4"),
        asking("5", quantity=2),
        asking("6", quantity=1, who="nobody"),
    )
    assert statuses(answers) == ["accepted"] * 3 + ["held", "accepted", "rejected"]
    async with intake.begin() as tx:
        rows = await tx.fetch("select customer_id, amount from exposures order by 1")
    assert [tuple(row) for row in rows] == [("C1", Decimal("57.62")), ("C2", Decimal("26.19"))]
    [held] = [one.placed for one in answers if one.placed and one.placed.decision.status == "held"]
    assert held.decision.reasons[0].text.startswith("With this order the customer owes 78.57 USD")


async def test_what_is_said_of_each_order_belongs_to_its_request(intake: Desk) -> None:
    """Trace and correlation are the caller's own; placed comes before accepted."""
    asked = [asking(str(number)) for number in range(3)]
    answers = await placed(intake, *asked)
    async with intake.begin() as tx:
        said = await tx.fetch("select * from crossdock.outbox order by id")
    for one, answer in zip(asked, answers, strict=True):
        mine = [row for row in said if row["key"] == answer.claim.order_id]
        assert [row["type"] for row in mine] == ["orders.placed.v1", "orders.accepted.v2"]
        assert {row["correlation_id"] for row in mine} == {one.origin.correlation_id}
        assert {row["traceparent"] for row in mine} == {one.origin.trace.parent}
