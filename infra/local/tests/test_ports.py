"""Free ports are free for whoever asked, until he ends."""

import random
import subprocess
import sys

from crossdock_local.ports import free_ports

OTHER = """
import random, sys
from crossdock_local.ports import free_ports
random.seed(7)
print(*free_ports(20), flush=True)
sys.stdin.read()
"""


def test_no_two_processes_are_given_one_port() -> None:
    """Neither a second call nor another process gets a port that nobody listens on yet."""
    command = [sys.executable, "-c", OTHER]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout
        theirs = {int(port) for port in other.stdout.readline().split()}
        state = random.getstate()
        try:
            random.seed(7)
            ours = free_ports(20)
            random.seed(7)
            more = free_ports(20)
        finally:
            random.setstate(state)
        other.communicate("", timeout=60)
    assert len(theirs | set(ours) | set(more)) == 60
