"""The Makefile's own promises."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_target_stands_once_and_is_explained():
    """Each phony target has one rule, and `make` alone prints a sentence for it."""
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)[1].split()
    rules = re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE)
    assert sorted(rules) == sorted(phony)
    printed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sorted(re.findall(r"^make ([a-z-]+) ", printed, re.MULTILINE)) == sorted(phony)
