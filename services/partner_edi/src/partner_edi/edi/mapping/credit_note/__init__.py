"""The credit note: 812 and INVOIC 381."""
