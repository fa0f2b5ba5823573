"""`python -m crossdock_bench.peers <peer>`: run one peer until SIGTERM."""

import importlib
import sys

import uvloop

from crossdock_bench.profile import begin

begin()
if sys.argv[1] == "chassis":
    from crossdock_bench.path.app import main

    main()
else:
    # All peers get the loop that the chassis runs on.
    uvloop.run(importlib.import_module(f"crossdock_bench.peers.{sys.argv[1]}").run())
