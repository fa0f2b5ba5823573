"""What we send partners: a model becomes a document of either standard, and waits for its answer.

A document is added by a mapping in `edi/mapping` with `write(model)` and a line in `WRITERS`; a
handler builds the model and says `await outbound.send(tx, profile, "ship_notice", id, model)`. It
is written, numbered, put into its envelope and read back by our own reader after the commit; one
with findings is not sent but put before the partner desk.
"""

from .documents import WriteDocument, send
from .writers import WRITERS, Writer

__all__ = ["WRITERS", "WriteDocument", "Writer", "send"]
