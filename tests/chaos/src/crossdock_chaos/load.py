"""The load: orders at an even pace over every path of the demo, and what follows from them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from crossdock_demo.orders import PARTIAL

from .book import Acknowledged, Book, Paid
from .edi import purchase_order
from .orders import Order, late_receipts, opening, prices
from .outside import Outside

AT_ONCE = 48
LOOK_AGAIN = 1.5
RETURN_ATTEMPTS = 60
# What returns says of an order whose events have not reached it yet.
NOT_YET = ("unknown_order", "nothing_shipped", "more_than_shipped", "not_invoiced_yet")
TAKEN = {200, 201, 202}


class Load:
    """Places the orders of a run and follows some of them to returns and payments."""

    def __init__(self, outside: Outside, book: Book, orders: list[Order], edi: Path) -> None:
        self._outside = outside
        self._book = book
        self._orders = orders
        self._edi = edi
        self._prices = prices()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._following: set[asyncio.Task[None]] = set()

    async def prepare(self, quiet: Callable[[], Awaitable[None]]) -> None:
        """Before anything strikes: master data, opening stock, rules of the warehouse."""
        await self._outside.post("erp_bridge", "/sync", {})
        await quiet()
        await self._outside.post("warehouse", "/control", {"sku": PARTIAL, "partial": "0.5"})
        await asyncio.gather(*(self._receive(r) for r in opening(self._orders)))

    async def run(self, duration: float) -> None:
        """Place all orders over `duration` seconds; a mesh that is slower makes it last longer."""
        began = time.monotonic()
        pace = duration / max(1, len(self._orders))
        receipts = late_receipts(self._orders)
        due = [duration * (n + 1) / len(receipts) for n in range(len(receipts))]
        tasks = [
            asyncio.create_task(self._later(began + at, self._receive(r)))
            for at, r in zip(due, receipts, strict=True)
        ]
        for number, order in enumerate(self._orders):
            await asyncio.sleep(max(0.0, began + number * pace - time.monotonic()))
            await self._slots.acquire()
            tasks.append(asyncio.create_task(self._place(number, order)))
        await asyncio.gather(*tasks)

    async def follow_ups(self) -> None:
        """Wait for the returns and payments that are still to be made."""
        while self._following:
            await asyncio.gather(*self._following)

    @property
    def following(self) -> int:
        """How many orders are waited for."""
        return len(self._following)

    def stop(self) -> None:
        """Wait for nothing any more."""
        for task in self._following:
            task.cancel()

    async def _later(self, when: float, work: Any) -> None:
        await asyncio.sleep(max(0.0, when - time.monotonic()))
        await work

    # Orders

    async def _place(self, number: int, order: Order) -> None:
        try:
            if order.case == "edi":
                await self._drop(number, order)
            else:
                await self._post(order)
        finally:
            self._slots.release()

    async def _drop(self, number: int, order: Order) -> None:
        """Put the file down as partners should: under another name first. Some come twice."""
        content = purchase_order(order, number + 1, self._prices)
        inbox = self._edi / order.partner_id / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        for name in [order.key, *([f"{order.key}-again"] if order.twice else [])]:
            hidden = inbox / f".{name}.edi"
            hidden.write_bytes(content)
            hidden.rename(inbox / f"{name}.edi")
        self._book.files[order.key] = order

    async def _post(self, order: Order) -> None:
        asked = [self._outside.post("order_intake", "/orders", order.body, order.key)]
        if order.twice:
            asked.append(self._outside.post("order_intake", "/orders", order.body, order.key))
        answers = [(r.status_code, r.json()) for r in await asyncio.gather(*asked)]
        status, body = answers[0]
        if status not in TAKEN and body.get("status") != order.end:
            self._book.refused.append(f"{order.key}: {status} {body}")
            return
        self._book.orders[order.key] = Acknowledged(order, body["order_id"], body["status"])
        if len({answer.get("order_id") for _, answer in answers}) > 1:
            self._book.refused.append(f"{order.key}: two answers, {answers}")
        follow = {"credit_hold": self._release, "returned": self._return, "paid": self._pay}
        if order.case in follow:
            self._start(follow[order.case](order.key, body["order_id"]))

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    # What follows

    async def _release(self, key: str, order_id: str) -> None:
        if self._book.orders[key].status == "held":
            body = {"by": "credit desk", "note": "prepayment promised"}
            # A conflict says that the answer to an earlier attempt was lost.
            await self._outside.post("order_intake", f"/orders/{order_id}/release", body)
            self._book.released.add(order_id)

    async def _return(self, key: str, order_id: str) -> None:
        """Two of six come back: one to stock, one to scrap, both credited."""
        await self._completed(order_id)
        line = {"line_no": 1, "quantity": "2", "reason_code": "damaged", "reason_text": "bent"}
        wish = {"order_id": order_id, "by": "service desk", "lines": [line]}
        rma = await self._authorized(wish, f"return-{key}")
        if rma is None:
            return
        return_id = rma["return_id"]
        self._book.returns[return_id] = order_id
        seen = [
            {"line_no": 1, "quantity": "1", "disposition": "restock", "credit": True},
            {"line_no": 1, "quantity": "1", "disposition": "scrap", "credit": True},
        ]
        path = f"/returns/{return_id}"
        await self._answered("warehouse", f"{path}/receive", {"warehouse_id": "EAST"})
        await self._answered("warehouse", f"{path}/inspect", {"lines": seen})

    async def _authorized(self, wish: dict[str, Any], key: str) -> Any:
        """The RMA. Returns may hear of shipment and invoice after order_intake: then ask anew."""
        for attempt in range(RETURN_ATTEMPTS):
            response = await self._outside.post("returns", "/returns", wish, f"{key}-{attempt}")
            if response.is_success:
                return response.json()
            if not any(said in response.text for said in NOT_YET):
                break
            await asyncio.sleep(LOOK_AGAIN)
        self._book.refused.append(f"/returns: {response.status_code} {response.text[:300]}")
        return None

    async def _pay(self, key: str, order_id: str) -> None:
        """Every invoice is paid in full, and each payment is reported twice."""
        await self._completed(order_id)
        invoices = await self._outside.get("invoicing", "/invoices", order_id=order_id)
        for invoice in invoices["invoices"]:
            invoice_id, total = invoice["invoice_id"], invoice["total"]
            body = {
                "customer_id": invoice["invoice"]["customer_id"],
                "amount": total["amount"],
                "currency": total["currency"],
                "remittances": [{"invoice_id": invoice_id, "amount": total["amount"]}],
                "reference": f"wire {key}",
            }
            for _ in range(2):
                paid = await self._answered("invoicing", "/payments", body, f"pay-{invoice_id}")
            if paid is not None:
                self._book.payments.append(
                    Paid(f"pay-{invoice_id}", paid["payment_id"], invoice_id)
                )

    async def _completed(self, order_id: str) -> None:
        while (await self._outside.get("order_intake", f"/orders/{order_id}"))[
            "status"
        ] != "completed":
            await asyncio.sleep(LOOK_AGAIN)

    async def _receive(self, receipt: dict[str, Any]) -> None:
        name = receipt["receipt_id"]
        if await self._answered("warehouse", "/receipts", receipt, name) is not None:
            self._book.receipts[name] = receipt

    async def _answered(self, name: str, path: str, body: Any, key: str = "") -> Any:
        """The JSON of the answer; a refusal nobody expected is noted."""
        response = await self._outside.post(name, path, body, key)
        if response.is_success:
            return response.json()
        self._book.refused.append(f"{path}: {response.status_code} {response.text[:300]}")
        return None
