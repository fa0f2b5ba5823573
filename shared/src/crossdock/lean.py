"""What a service's process does without: 5 MB and a tenth of a second at its start.

structlog loads rich wherever it is installed, for tracebacks in colour; a service logs JSON.
"""

import sys

if sys.argv[1:2] == ["run"]:
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
