"""Money that came in, and the invoices it is set against."""
