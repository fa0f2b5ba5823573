"""Purchase orders as partners write them: one 850 per file, numbered as they must be."""

from __future__ import annotations

from .orders import Order

ADDRESSES = {
    "SENDER": ("SENDER", "RECEIVER", "T"),
    "DERICL": ("DERICL", "TEST01", "P"),
}


def purchase_order(order: Order, control: int, prices: dict[tuple[str, str], str]) -> bytes:
    """The interchange of one order; `control` is unique among those of its partner."""
    sender, receiver, usage = ADDRESSES[order.partner_id]
    lines = [
        f"PO1*{number}*{line.quantity}*EA*{prices[order.customer_id, line.sku]}**VN*{line.sku}"
        for number, line in enumerate(order.lines, 1)
    ]
    body = ["ST*850*0001", f"BEG*00*NE*{order.key}**20260709", *lines, f"CTT*{len(lines)}"]
    segments = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{receiver:15}"
        f"*260709*1200*U*00401*{control:09}*0*{usage}*>",
        f"GS*PO*{sender}*{receiver}*20260709*1200*{control}*X*004010",
        *body,
        f"SE*{len(body) + 1}*0001",
        f"GE*1*{control}",
        f"IEA*1*{control:09}",
    ]
    return ("~\n".join(segments) + "~\n").encode()
