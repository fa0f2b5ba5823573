"""Purchase orders, suppliers' advices and receipts, held against each other."""

from .matching import check_receipts, copy_order, take_advice, take_receipt, tell_late

__all__ = ["check_receipts", "copy_order", "take_advice", "take_receipt", "tell_late"]
