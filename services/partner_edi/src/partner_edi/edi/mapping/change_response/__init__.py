"""The answer to the change of a purchase order: 865 and ORDRSP."""
