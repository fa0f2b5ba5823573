"""The rows of EDI: reading with envelope checks, against the readers others would take."""

from __future__ import annotations

import io
import statistics
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from partner_edi.edi.desk.inspect import Inspector
from partner_edi.edi.envelope import Listener, stream

from .report import Measured, Results
from .rows import Compared, Tell

ISA = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260709*1200*U*00401"
    "*000000001*0*T*>~GS*PO*SENDER*RECEIVER*20260709*1200*1*X*004010~\n"
)
SET = (
    "ST*850*{0:09d}~\nBEG*00*NE*P{0}**20260709~\nN1*ST*A warehouse*92*0117~\n{1}"
    "CTT*5~\nSE*15*{0:09d}~\n"
)
LINES = "PO1*1*5*EA*2.5**VN*A1*UP*012345678905~\nPID*F****A thing that is sold~\n" * 5
UNB = "UNA:+.? '\nUNB+UNOC:3+SENDER:14+RECEIVER:14+260709:1200+1'\n"
MESSAGE = (
    "UNH+{0}+ORDERS:D:96A:UN:EAN008'\nBGM+220+P{0}+9'\nDTM+137:20260709:102'\n"
    "NAD+DP+0117::92++A warehouse'\n{1}UNS+S'\nUNT+21+{0}'\n"
)
ITEMS = "LIN+1++A1:SA'\nQTY+21:5:PCE'\nPRI+AAA:2.5'\n" * 5
CHUNK = 1 << 16


class _Passing(Listener):
    """Takes every segment and keeps none."""

    drop = staticmethod(deque[Any](maxlen=0).append)

    def start_set(self, *_: Any) -> Callable[[Any], None]:
        return self.drop


def _x12(sets: int) -> str:
    body = "".join(SET.format(number, LINES) for number in range(1, sets + 1))
    return f"{ISA}{body}GE*{sets}*1~\nIEA*1*000000001~\n"


def _edifact(sets: int) -> str:
    body = "".join(MESSAGE.format(number, ITEMS) for number in range(1, sets + 1))
    return f"{UNB}{body}UNZ+{sets}+1'\n"


def _ours(text: str) -> None:
    raw = text.encode()
    pieces = (raw[at : at + CHUNK] for at in range(0, len(raw), CHUNK))
    if not stream(pieces, _Passing()):
        raise AssertionError("the interchange has no end")


def _pyx12(text: str) -> None:
    reader = import_module("pyx12.x12file").X12Reader(io.StringIO(text))
    for _ in reader:
        pass
    reader.cleanup()


def _pydifact(text: str) -> None:
    import_module("pydifact.segmentcollection").Interchange.from_str(text)


def measure_edi(rounds: int, quick: bool, results: Results, tell: Tell) -> None:
    """Rates side by side, and the memory of a file ten times as long."""
    sets = 400 if quick else 2500
    for peer, text, read, floor in (
        ("pyx12", _x12(sets), _pyx12, 5.0),
        ("pydifact", _edifact(sets), _pydifact, 10.0),
    ):
        tell(f"EDI against {peer}")
        results.compared.append(_compared(peer, text, read, floor, rounds))
    tell("EDI memory")
    results.measured.append(_memory(2 if quick else 10))


def _compared(
    peer: str, text: str, read: Callable[[str], None], floor: float, rounds: int
) -> Compared:
    row = Compared(
        key="edi",
        name=f"EDI reader / {peer}",
        ours="partner_edi",
        theirs=peer,
        floor=floor,
        guarantees="the same bytes, read to the end; ours checks every count and reference;"
        " by the processor's clock",
    )
    try:
        read(text)
    except ImportError:
        row.guarantees = f"{peer} is not installed: pip install 'crossdock-bench[edi]'"
        row.floor = None
        return row
    segments = text.count("\n")
    laps = [(_timed(_ours, text), _timed(read, text)) for _ in range(rounds)]
    row.ours_rate = segments / statistics.median(ours for ours, _ in laps)
    row.theirs_rate = segments / statistics.median(theirs for _, theirs in laps)
    row.ratio = statistics.median(theirs / ours for ours, theirs in laps)
    return row


def _timed(read: Callable[[str], None], text: str) -> float:
    """Seconds of the processor: both are one thread that waits for nothing."""
    begun = time.process_time()
    read(text)
    return time.process_time() - begun


def _memory(megabytes: int) -> Measured:
    """Peak memory of checking a long file, beside that of one a tenth as long."""
    small, large = (_peak(size) / 1e6 for size in (megabytes / 10, megabytes))
    return Measured(
        key="edi",
        name=f"EDI check, peak memory, {megabytes} MB of file",
        text=f"{large:.1f} MB",
        value=large,
        unit="MB",
        floor=4.0,
        under=f"a tenth of the file needs {small:.1f} MB; tables and sets are checked too",
    )


def _peak(megabytes: float) -> int:
    # Tables are read once and are no part of a file's memory.
    stream(_pieces(1), Inspector())
    tracemalloc.start()
    stream(_pieces(max(1, int(megabytes * 1e6 / len(SET.format(1, LINES))))), Inspector())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _pieces(sets: int) -> Iterator[bytes]:
    yield ISA.encode()
    for number in range(1, sets + 1):
        yield SET.format(number, LINES).encode()
    yield f"GE*{sets}*1~\nIEA*1*000000001~\n".encode()
