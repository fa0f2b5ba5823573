"""What people watch: spans really leave a service, and dashboards show metrics that exist."""

import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from crossdock_packaging.collector import collecting
from crossdock_packaging.isolation import Environment
from crossdock_packaging.project import ROOT, SERVICES
from crossdock_packaging.running import Nats, run, running
from crossdock_packaging.told import compose, mounts

from crossdock.metrics import Metrics
from crossdock_local.ports import HOST, free_ports

INFRA = ROOT / "infra"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_service_sends_its_spans_where_it_is_told(
    isolated: Callable[[str], Environment],
    empty_database: Callable[[str], str],
    postgres_url: str,
    streams: Nats,
    tmp_path: Path,
) -> None:
    """A request's span arrives at the collector, in the caller's trace, by what an image holds."""
    environment = isolated("returns")
    [port] = free_ports(1)
    told = {
        "RETURNS_DATABASE_URL": empty_database("returns"),
        "RETURNS_HTTP_PORT": str(port),
        **streams.told("returns"),
    }
    admin = {"CROSSDOCK_POSTGRES_URL": postgres_url}
    run([environment.crossdock, "migrate", "returns"], told | admin, tmp_path)
    with collecting() as collector:
        told["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
        with running([environment.crossdock, "run", "returns"], told, tmp_path) as process:
            process.until_ready(f"http://{HOST}:{port}")
            parent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
            ask = urllib.request.Request(f"http://{HOST}:{port}/livez", headers=parent)
            with urllib.request.urlopen(ask, timeout=5) as answer:
                assert TRACE in answer.headers["traceparent"]
            assert process.stop() == 0
    assert collector.services() == {"returns"}
    assert collector.spans()["GET /livez"] == TRACE


def test_the_dashboard_shows_metrics_that_exist() -> None:
    """A metric that is renamed takes its panel along."""
    known: set[str] = set()
    for family in Metrics("any").registry.collect():
        endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
        known |= {family.name + ending for ending in endings.get(family.type, [""])}
    panels = json.loads((INFRA / "grafana/crossdock.json").read_text())["panels"]
    shown = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"\bcrossdock_\w+", target["expr"])
    }
    assert shown <= known
    assert {"crossdock_lane_lag", "crossdock_parked", "crossdock_dead"} <= shown


def test_prometheus_asks_every_service() -> None:
    """A service that is not asked is not seen failing."""
    [job] = yaml.safe_load((INFRA / "otel/prometheus.yaml").read_text())["scrape_configs"]
    [found] = job["dns_sd_configs"]
    assert sorted(found["names"]) == SERVICES
    assert found["port"] == 8000


def test_the_parts_find_each_other() -> None:
    """Every address in the configurations is a service of compose.yaml, every path is mounted."""
    parts: dict[str, Any] = compose()["services"]
    collector = yaml.safe_load((INFRA / "otel/collector.yaml").read_text())
    pipeline = collector["service"]["pipelines"]["traces"]
    for kind in ("receivers", "processors", "exporters"):
        assert set(pipeline[kind]) == set(collector[kind])
    sources = yaml.safe_load((INFRA / "grafana/datasources.yaml").read_text())["datasources"]
    addresses = [source["url"] for source in sources] + [collector["exporters"]["otlp"]["endpoint"]]
    assert {re.sub(r"^http://|:\d+$", "", address) for address in addresses} <= parts.keys()
    [provider] = yaml.safe_load((INFRA / "grafana/dashboards.yaml").read_text())["providers"]
    targets = [target for _, target in mounts(parts["grafana"])]
    assert any(target.startswith(provider["options"]["path"]) for target in targets)
