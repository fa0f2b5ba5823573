"""The mesh under load while faults strike: nothing may be lost, doubled or turned round."""
