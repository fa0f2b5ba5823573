"""The catalogue page: everything is there, nothing personal, and no script."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from control_tower.catalogue import page
from control_tower.catalogue.facts import entries
from control_tower.catalogue.graph import flows
from control_tower.commands import register
from crossdock_contracts import catalogue
from crossdock_contracts.meaning import GUARDED

VOID = {"meta", "wbr", "br"}


class Reader(HTMLParser):
    """Tags that are opened and closed in order, ids, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        given = dict(attrs)
        self.tags.add(tag)
        self.ids += [each] if (each := given.get("id")) else []
        self.links |= {each} if (each := given.get("href")) else set()
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """What was opened last is closed first."""
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def read() -> Reader:
    """The page, read."""
    reader = Reader()
    reader.feed(page())
    return reader


def test_the_page_is_whole_and_its_links_lead_somewhere(read: Reader) -> None:
    """Nothing is left open, no id stands twice, no link leaves the page."""
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)
    assert "script" not in read.tags
    assert not re.search(r"https?://|@import|url\(", page())


def test_every_event_is_told_with_its_fields_and_consumers(read: Reader) -> None:
    """Each version, its owner and key, each field with its class, and an example."""
    assert set(catalogue()) <= set(read.ids)
    for entry in entries():
        assert entry.fields
        assert entry.text
        assert entry.examples
        assert {field.data_class for field in entry.fields} <= {"", *GUARDED}
        assert [each.service for each in entry.readers].count("control_tower") == 1
    [shipped] = [each for each in entries() if each.literal == "shipments.shipped.v2"]
    assert shipped.owner == "shipment_tracking"
    bills = next(each for each in shipped.readers if each.service == "invoicing")
    assert bills.handler == "bill_shipment"
    assert "order_id" in bills.reads
    assert {field.unit for field in shipped.fields if field.path.endswith("quantity.value")} == {
        "uom"
    }


def test_the_graph_has_who_publishes_to_whom() -> None:
    """A line for each pair, with its events."""
    found = flows(entries())
    assert "shipments.shipped.v2" in found["shipment_tracking", "invoicing"]
    assert ("invoicing", "invoicing") not in found
    assert page().count("<path ") == len(found)


def test_what_was_superseded_says_by_what() -> None:
    """Its owner says it no more, so it is nobody's in the graph; it can still be looked up."""
    old = {each.literal: each.newest for each in entries() if each.superseded}
    assert old["shipments.shipped.v1"] == "shipments.shipped.v2"
    assert not any(old.keys() & set(events) for events in flows(entries()).values())
    assert page().count("superseded by v") == len(old)


def test_a_link_to_an_event_leads_into_it(read: Reader) -> None:
    """Browsers open a closed part when the target lies within, not when it is its heading."""
    assert re.search(r'</summary><p id="orders.accepted.v2">', page())


def test_examples_say_nothing_personal() -> None:
    """What an address says in an example is not on the page."""
    [accepted] = [each for each in entries() if each.literal == "orders.accepted.v2"]
    for name, body in accepted.examples:
        assert "(personal)" in body, name


def test_the_command_writes_what_is_served(tmp_path: Path) -> None:
    """One file that needs nothing beside it."""
    app = Typer()
    register(app)
    out = tmp_path / "catalogue.html"
    assert CliRunner().invoke(app, ["catalogue", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8") == page()
