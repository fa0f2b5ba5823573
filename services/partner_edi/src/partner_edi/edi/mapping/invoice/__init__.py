"""The invoice: 810 and INVOIC."""
