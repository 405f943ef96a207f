"""The files of deploy/ are well-formed, pass the programs that judge them, and name what there is."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.commands import serve
from app.settings import Settings
from app.stores.checkup import CONNECTIONS
from tests.databases import Databases
from tests.deploy.tools import DEPLOY, run
from tests.service import Service

_FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
_TEXTS = {path.relative_to(DEPLOY).as_posix(): path.read_text() for path in _FILES}
_YAML = [name for name in _TEXTS if name.endswith(".yaml")]
_INSTALLED = "/opt/tandem"
"""Where the Dockerfile puts the environment."""
_OF_COMPOSE = {"TANDEM_IMAGE"}
"""What compose.yaml asks of its own environment."""


@pytest.mark.parametrize("name", _YAML)
def test_yaml(name: str) -> None:
    """Every YAML file is one mapping."""
    assert isinstance(yaml.safe_load(_TEXTS[name]), dict)


@pytest.mark.parametrize("name", [name for name, text in _TEXTS.items() if "TANDEM_" in text])
def test_every_setting(name: str) -> None:
    """What a file sets can be set, with the values that it has."""
    named = set(re.findall(r"TANDEM_[A-Z0-9_]+", _TEXTS[name])) - _OF_COMPOSE
    assert {setting.removeprefix("TANDEM_").lower() for setting in named} <= set(Settings.model_fields)


def test_dockerfile() -> None:
    """hadolint has no remark."""
    run("hadolint", DEPLOY / "Dockerfile")


def test_compose() -> None:
    """Compose reads its file; what it gives to Tandem are sound settings, and two replicas share a rate limit."""
    output = run("docker-compose", "--file", DEPLOY / "compose.yaml", "config", POSTGRES_PASSWORD="secret")
    services = yaml.safe_load(output)["services"]
    chosen = _settings(services["tandem"]["environment"])
    assert chosen.redis_url
    assert chosen.auth == "keys"
    serve.require_shared_limit(chosen)
    assert services["tandem"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["tandem"]["environment"] == services["migrate"]["environment"]


def test_kubernetes() -> None:
    """Kustomize builds the manifests: selectors select the pods, probes are addresses of ours, settings sound."""
    built: list[dict[str, Any]] = list(yaml.safe_load_all(run("kubectl", "kustomize", DEPLOY / "kubernetes")))
    made = {one["kind"]: one for one in built}
    pod = made["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    for kind, path in (
        ("Service", ("selector",)),
        ("PodDisruptionBudget", ("selector", "matchLabels")),
        ("NetworkPolicy", ("podSelector", "matchLabels")),
        ("Deployment", ("selector", "matchLabels")),
    ):
        selector = made[kind]["spec"]
        for step in path:
            selector = selector[step]
        assert selector.items() <= labels, kind
    (container,) = pod["spec"]["containers"]
    paths = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")]
    assert paths == ["/livez", "/livez", "/readyz"]
    assert container["envFrom"][0]["configMapRef"]["name"] == made["ConfigMap"]["metadata"]["name"]
    _settings(made["ConfigMap"]["data"])
    surge = made["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    assert (made["HorizontalPodAutoscaler"]["spec"]["maxReplicas"] + surge) * CONNECTIONS < 100
    program = container["lifecycle"]["preStop"]["exec"]["command"][
        0
    ]  # the image has no shell, and no program of Debian
    assert program.startswith(f"{_INSTALLED}/bin/")
    job = yaml.safe_load(run("kubectl", "kustomize", DEPLOY / "kubernetes" / "migrate"))
    assert job["spec"]["template"]["spec"]["containers"][0]["image"] == container["image"]


def test_unit(tmp_path: Path) -> None:
    """systemd reads the unit without a remark, and finds little exposed."""
    program = tmp_path / "tandem"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "tandem.service"
    unit.write_text(_TEXTS["tandem.service"].replace("/opt/tandem/bin/tandem", str(program)))
    run("systemd-analyze", "verify", "--man=no", unit)
    run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)


def test_caddy() -> None:
    """Caddy accepts its file, and the one of the page."""
    run("caddy", "validate", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile")


def test_connections() -> None:
    """The page and the autoscaler state how many connections a process opens."""
    assert f"at most {CONNECTIONS} connections" in _TEXTS["README.md"]
    assert f"up to {CONNECTIONS} connections" in _TEXTS["kubernetes/autoscaler.yaml"]


async def test_every_metric(databases: Databases, anyio_backend: str) -> None:
    """Alerts and dashboard name series and labels that `/metrics` serves."""
    service = Service(databases.create("sqlite"), metrics_token="0123456789abcdef")
    await service.send("GET", "/v2/products")
    await service.send("POST", "/graphql", {"query": "{ products(first: 1) { edges { cursor } } }"})
    text = (await service.send("GET", "/metrics", authorization="Bearer 0123456789abcdef")).text
    await service.close()
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    served = {f"{name}{ending}" for name, kind in kinds.items() for ending in _endings(kind)}
    for name in ("alerts.yaml", "dashboard.json"):
        named = set(re.findall(r"\btandem_\w+", _TEXTS[name]))
        assert named
        assert named <= served, name
    labels = set(re.findall(r'(\w+)="', text))
    used = set(re.findall(r"\{(\w+)(?:=|!=|=~)", _TEXTS["alerts.yaml"])) - {"job"}
    assert {"status", "route"} <= used <= labels


def _endings(kind: str) -> tuple[str, ...]:
    return ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)


def _settings(environment: dict[str, str]) -> Settings:
    """The settings that an environment gives."""
    return Settings(**{name.removeprefix("TANDEM_").lower(): value for name, value in environment.items()})
