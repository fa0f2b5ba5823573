"""The rules of the house hold here, and each is seen finding a breach that is planted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The rules are shared by nothing but this file; no package is made of this folder for them.
sys.path.insert(0, str(Path(__file__).parent))

import house_rules as house

ROOT = Path(__file__).parents[1]
CONTRACT = "contracts/src/crossdock_contracts"
CHASSIS = "shared/src/crossdock"
BILLING = "services/billing/src/billing"
README = "# {}\n\n**Owns** x.\n**Hears** y.\n\n## HTTP\n\n## Settings\n"
LONG = "\n".join(f"NUMBER_{n} = {n}" for n in range(301))

# A house in order: one noun, the chassis, two services. A breach is planted into a copy of it.
IN_ORDER = {
    f"{CONTRACT}/__init__.py": '"""Contracts."""\nimport msgspec\n',
    f"{CONTRACT}/orders/__init__.py": '"""Orders."""\nfrom .v1 import Placed\n',
    f"{CONTRACT}/orders/v1.py": '"""V1."""\nclass Placed(Event, tag="x.y.v1"):\n    """P."""\n',
    f"{CHASSIS}/__init__.py": '"""C."""\nimport asyncpg\nfrom crossdock_contracts import Event\n',
    **{
        f"services/{name}/{path}": text
        for name, noun in (("billing", "invoices"), ("intake", "orders"))
        for path, text in {
            "pyproject.toml": "",
            "Dockerfile": "",
            "README.md": README.format(name),
            "tests/unit/test_domain.py": '"""T."""\ndef test_it() -> None:\n    """It works."""\n',
            f"src/{name}/__init__.py": '"""A service."""\n',
            f"src/{name}/py.typed": "",
            f"src/{name}/app.py": f'"""App."""\nservice = Service("{name}", owns=("{noun}",))\n',
            f"src/{name}/settings.py": '"""Settings."""\nfrom crossdock import Settings\n',
            f"src/{name}/handlers.py": '"""Handlers."""\nfrom . import store\n',
            f"src/{name}/store.py": '"""Store."""\nADD = "insert into bills values ($1)"\n',
            f"src/{name}/domain.py": '"""Rules."""\nfrom datetime import datetime\n',
            f"src/{name}/migrations/0001_pre_tables.sql": "create table bills (id text);",
        }.items()
    },
}


def bill(mark: str) -> str:
    """A handler of 26 lines, marked in one of the ways there are."""
    return f'"""H."""\n{mark}\nasync def bill(event, tx):\n    """Bill."""\n' + "    tx.now\n" * 24


# Per rule: the file, what is planted there (None removes the file), what the rule must say.
PLANTED: dict[str, list[tuple[str, str | None, str]]] = {
    "contracts_need_msgspec_only": [
        (f"{CONTRACT}/event.py", "import pydantic", "pydantic"),
        (f"{CONTRACT}/event.py", "from crossdock import Tx", "crossdock"),
    ],
    "chassis_knows_no_business_word": [
        (f"{CHASSIS}/tx.py", "from crossdock_contracts.orders import Placed", "orders"),
        (f"{CHASSIS}/tx.py", "from crossdock_contracts import orders", "orders"),
        (f"{CHASSIS}/tx.py", "import billing.app", "billing"),
    ],
    "services_import_no_other_service": [
        (f"{BILLING}/api.py", "from intake.domain import Order", "intake"),
        (f"{BILLING}/api.py", "import crossdock_standins", "standins"),
    ],
    "drivers_belong_to_the_chassis": [
        (f"{BILLING}/store.py", "import asyncpg", "asyncpg"),
        (f"{BILLING}/api.py", "def f():\n    from nats.js import api", "nats"),
        (f"{BILLING}/api.py", "import faststream.nats", "faststream"),
    ],
    "domains_are_pure": [
        (f"{BILLING}/domain.py", "import os", "os"),
        (f"{BILLING}/domain.py", "from random import choice", "random"),
        (f"{BILLING}/domain.py", "import msgspec", "msgspec"),
        (f"{BILLING}/domain.py", "from crossdock import Tx", "crossdock.Tx"),
        (f"{BILLING}/domain.py", "due = datetime.now(UTC)", "datetime.now"),
        (f"{BILLING}/domain.py", "text = open('x').read()", "open"),
        (f"{BILLING}/domain/prices.py", "import time", "time"),
        (f"{BILLING}/domain.py", "from .settings import BillingSettings", "Settings"),
        (f"{BILLING}/domain.py", "from . import settings", "Settings"),
    ],
    "sql_lives_in_its_room": [
        (f"{BILLING}/handlers.py", "Q = 'select id from bills'", "select id"),
        (f"{BILLING}/api.py", "Q = f'update {x} set a = 1'", "update x"),
        (f"{BILLING}/api.py", "Q = 'with a as (select 1) select 1'", "with a"),
        (f"{CHASSIS}/inbox.py", "Q = 'DELETE FROM inbox'", "DELETE"),
    ],
    "services_have_the_same_rooms": [
        ("services/billing/Dockerfile", None, "Dockerfile"),
        (f"{BILLING}/handlers.py", None, "handlers.py"),
        (f"{BILLING}/utils.py", "x = 1", "utils.py"),
        (f"{BILLING}/api.py", '"""Nothing."""', "empty"),
        (f"{BILLING}/migrations/2_more.sql", "", "2_more.sql"),
    ],
    "readmes_have_one_shape": [
        ("services/billing/README.md", README.format("bills"), "does not go # billing"),
        ("services/billing/README.md", "# billing\n## HTTP\n**Owns** **Hears** ## Settings", "go"),
    ],
    "files_are_short": [
        (f"{BILLING}/api.py", LONG, "300 lines"),
        (f"{CHASSIS}/lanes.py", LONG, "300 lines"),
    ],
    "handlers_are_short": [
        (f"{BILLING}/handlers.py", bill("@handles"), "bill"),
        (f"{BILLING}/handlers.py", bill("@handles.errand"), "bill"),
        (f"{BILLING}/handlers.py", bill("@handles(locks=names)"), "bill"),
    ],
    "everything_public_says_what_it_is": [
        (f"{BILLING}/api.py", "x = 1", "api.py"),
        (f"{CHASSIS}/tx.py", '"""Tx."""\nclass Tx:\n    x = 1', "Tx"),
        (f"{CHASSIS}/tx.py", '"""Tx."""\nclass Tx:\n    """T."""\n    def emit(self): 1', "emit"),
        ("services/billing/tests/unit/test_bill.py", "def test_it() -> None: 1", "no rule"),
    ],
    "only_the_owner_publishes_a_noun": [
        (
            f"{BILLING}/handlers.py",
            "from crossdock_contracts.orders import Placed\nevent = Placed(order_id='ORD-1')",
            "orders",
        ),
        (
            f"{BILLING}/handlers.py",
            "from crossdock_contracts import orders\nevent = orders.Placed(order_id='ORD-1')",
            "orders",
        ),
        (f"{BILLING}/app.py", "service = Service('billing', owns=('orders',))", "both own orders"),
    ],
}
BREACHES = [(rule, *breach) for rule, breaches in PLANTED.items() for breach in breaches]


@pytest.fixture
def a_house(tmp_path: Path) -> Path:
    """A small house in order."""
    for name, text in IN_ORDER.items():
        plant(tmp_path / name, text)
    return tmp_path


def plant(path: Path, text: str) -> None:
    """Write a file where a rule will look."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_the_house_is_in_order(rule: house.Rule) -> None:
    """Nothing in contracts, chassis and services breaks a rule."""
    assert rule(ROOT) == []


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_a_house_in_order_breaks_no_rule(rule: house.Rule, a_house: Path) -> None:
    """The ground on which breaches are planted is clean."""
    assert rule(a_house) == []


@pytest.mark.parametrize(("rule", "file", "text", "says"), BREACHES)
def test_a_planted_breach_is_found(
    rule: str, file: str, text: str | None, says: str, a_house: Path
) -> None:
    """One breach, one finding that names it."""
    if text is None:
        (a_house / file).unlink()
    else:
        plant(a_house / file, text)
    found = getattr(house, rule)(a_house)
    assert found
    assert any(says in breach for breach in found)


def test_every_rule_is_seen_finding_something() -> None:
    """A rule that nothing breaks may be a rule that sees nothing."""
    assert {rule.__name__ for rule in house.RULES} == set(PLANTED)


def test_prose_is_not_sql(a_house: Path) -> None:
    """Sentences that begin like a statement are left alone."""
    prose = [
        "select a warehouse for each line",
        "update the order first",
        "with everything it needs",
        "delete this file",
        "grant more credit",
    ]
    plant(a_house / BILLING / "api.py", f'"""Delete from x."""\nTEXTS = {prose!r}\n')
    assert house.sql_lives_in_its_room(a_house) == []
