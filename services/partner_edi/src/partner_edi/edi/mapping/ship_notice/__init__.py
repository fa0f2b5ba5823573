"""The ship notice (ASN): 856 and DESADV."""
