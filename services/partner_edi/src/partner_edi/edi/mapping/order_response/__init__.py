"""The answer to a purchase order: 855 and ORDRSP."""
