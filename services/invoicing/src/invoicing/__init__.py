"""Invoices for what shipped, credit memos for what came back, and payments against both."""
