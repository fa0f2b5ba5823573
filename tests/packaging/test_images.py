"""What an image is made of. It takes no engine: the recipes are read, not built."""

import re

import pytest
from crossdock_packaging.project import ROOT, SERVICES

PATTERN = "invoicing"
RECIPES = [f"services/{PATTERN}/Dockerfile", "infra/images/standins.Dockerfile"]


def dockerfile(name: str) -> str:
    """The recipe of a service's image."""
    return (ROOT / "services" / name / "Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_images_differ_in_the_name_alone(name: str) -> None:
    """Who knows one image knows all eight; a change to one is made to every one."""
    expected = dockerfile(PATTERN)
    for old, new in (
        (f"crossdock-{PATTERN}", f"crossdock-{name.replace('_', '-')}"),
        (PATTERN.upper(), name.upper()),
        (PATTERN, name),
    ):
        expected = expected.replace(old, new)
    assert dockerfile(name) == expected


@pytest.mark.parametrize("path", RECIPES)
def test_an_image_is_built_from_locks_and_runs_as_nobody_in_particular(path: str) -> None:
    """Every download has a hash, every copied path exists, and root is not who runs it."""
    text = (ROOT / path).read_text().replace("\\\n", " ")
    for line in re.findall(r"^RUN pip .*install .*$", text, re.MULTILINE):
        assert "--require-hashes" in line or "--no-index" in line, line
    for line in re.findall(r"^RUN pip wheel .*$", text, re.MULTILINE):
        assert "--no-build-isolation" in line, line
    for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        assert all((ROOT / source).exists() for source in sources.split()), sources
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["10001"]
    for line in re.findall(r"^RUN .*$", text, re.MULTILINE):
        assert not re.search(r"&&|\|\||;|\bcurl\b|\bwget\b|\bapt", line), line


@pytest.mark.parametrize("path", RECIPES)
def test_what_an_image_copies_reaches_the_builder(path: str) -> None:
    """The .dockerignore lets through what the recipes ask for, and no more at the top."""
    allowed = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    text = (ROOT / path).read_text()
    for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        for source in sources.split():
            assert any(f"{source}/".startswith(f"{folder}/") for folder in allowed), source
