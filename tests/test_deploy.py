"""The production files, checked as far as a machine without an engine can."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.cli import main
from hub.config import Config, load

ROOT = Path(__file__).parent.parent
OURS = ("hub1", "hub2", "worker", "migrate")
GIVEN = {"ANOU_DOMAIN": "hub.example.org", "POSTGRES_PASSWORD": "p", "VALKEY_PASSWORD": "v"}
SETTINGS = {"DATABASE_URL", "REDIS_URL"} | {f"ANOU_{f.name.upper()}" for f in fields(Config)}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


@pytest.fixture(scope="module")
def caddyfile() -> str:
    return (ROOT / "deploy" / "Caddyfile").read_text()


def test_two_hubs_a_worker_postgres_valkey_and_caddy(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"caddy", "hub1", "hub2", "worker", "migrate", "postgres", "valkey"}
    assert compose["services"]["postgres"]["image"].startswith("postgres:18")
    assert compose["services"]["valkey"]["image"].startswith("valkey/valkey:9")


def test_every_service_can_be_made_and_is_watched(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service.get("image") or service.get("build"), name
        assert "restart" in service, name
        if name != "migrate":  # runs once, and the others wait for its success
            check = service["healthcheck"]
            assert check["test"][0] in {"CMD", "CMD-SHELL"}, name
            assert re.fullmatch(r"\d+s", check["interval"]), name


def test_the_image_has_what_the_hub_and_its_carriers_need() -> None:
    """The lock that the image is built from: all of the hub's own, at the same versions, and the connectors."""
    pinned = {name: set(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / name).read_text(), re.M))
              for name in ("requirements.lock", "requirements-image.lock", "requirements-dev.lock")}  # fmt: skip
    assert pinned["requirements.lock"] < pinned["requirements-image.lock"] <= pinned["requirements-dev.lock"]
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["carriers"]
    assert set(declared) <= {pin.partition("==")[0] for pin in pinned["requirements-image.lock"]}


def test_commands_exist(compose: dict[str, Any]) -> None:
    for name in OURS:
        service = compose["services"][name]
        command = main.commands[service["command"][0]]
        command.make_context(name, list(service["command"][1:]))
        check = service.get("healthcheck", {}).get("test")
        if check:
            assert check[:4] == ["CMD", "python", "-m", "hub"]
            main.commands[check[4]].make_context(name, list(check[5:]))


def test_every_variable_is_a_setting_and_reads(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        environment = compose["services"][name]["environment"]
        assert set(environment) <= SETTINGS, name
        assert {"DATABASE_URL", "REDIS_URL", "ANOU_BASE_URL"} <= set(environment), name
        for variable, value in environment.items():
            monkeypatch.setenv(variable, filled_in(value, GIVEN))
        config = load()
        assert config.base == "https://hub.example.org"
        assert config.database_url == "postgres://anou:p@postgres:5432/anou"
        assert not config.demo


@pytest.mark.parametrize(("variable", "bad", "good"), [
    ("ANOU_ADVANCE_PERCENT", "40", "0"), ("ANOU_ADVANCE_PERCENT", "-1", "30"), ("ANOU_COMMISSION_PERCENT", "101", "100"),
    ("ANOU_PAYOUT_MINIMUM", "-5", "0"),
])  # fmt: skip
def test_a_share_that_can_not_be_is_said_at_the_start(variable: str, bad: str, good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, bad)
    with pytest.raises(SystemExit, match=f"{variable}={bad} is not between"):
        load()
    monkeypatch.setenv(variable, good)
    load()


def filled_in(value: str, given: dict[str, str]) -> str:
    """What compose makes of `${NAME:-default}` and `${NAME:?message}`."""
    def put(match: re.Match[str]) -> str:
        return given.get(match["name"], match["default"] or "x" if match["kind"] == "?" else match["default"])

    return re.sub(r"\$\{(?P<name>\w+):(?P<kind>[-?])(?P<default>[^}]*)\}", put, value)


def test_nodes_differ_in_nothing_but_their_name(compose: dict[str, Any]) -> None:
    one, two = (dict(compose["services"][name]) for name in ("hub1", "hub2"))
    assert one["environment"] | {"ANOU_NODE": ""} == two["environment"] | {"ANOU_NODE": ""}
    assert {k: v for k, v in one.items() if k != "environment"} == {k: v for k, v in two.items() if k != "environment"}


def test_secrets_come_from_the_environment_and_must_be_set(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for secret in ("POSTGRES_PASSWORD", "VALKEY_PASSWORD"):
        assert set(re.findall(rf"\$\{{{secret}[^}}]*\}}", text)) == {f"${{{secret}:?set it in .env}}"}
    example = (ROOT / "deploy" / "env.example").read_text()
    asked = set(re.findall(r"\$\{(\w+)", text)) - {"ANOU_VERSION"}
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert compose["services"]["postgres"].get("ports") is None
    assert compose["services"]["valkey"].get("ports") is None


def test_what_is_depended_on_and_mounted_exists(compose: dict[str, Any]) -> None:
    services, volumes = compose["services"], compose["volumes"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, name
            needed = "service_completed_successfully" if other == "migrate" else "service_healthy"
            assert how == {"condition": needed}, name
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in volumes, mount


def test_caddy_sends_pages_and_sockets_to_both_nodes(caddyfile: str, compose: dict[str, Any]) -> None:
    assert caddyfile.count("{") == caddyfile.count("}")
    proxies = re.findall(r"^\s*reverse_proxy (.+) \{$", caddyfile, re.MULTILINE)
    port = compose["services"]["hub1"]["expose"][0]
    assert proxies == [f"hub1:{port} hub2:{port}"] * 2
    assert re.search(r"handle /ws \{\s*reverse_proxy", caddyfile)
    assert caddyfile.count("health_uri /readyz") == 2
    assert "sticky" not in caddyfile and "ip_hash" not in caddyfile and "lb_policy cookie" not in caddyfile
    assert re.search(r"handle /metrics \{\s*respond 404", caddyfile), "metrics stay inside"
    limit = re.search(r"max_size (\d+)MB", caddyfile)
    assert limit and int(limit[1]) * 1_000_000 > Config().media_bytes


def test_the_image_carries_what_the_commands_need() -> None:
    lines = (ROOT / "Dockerfile").read_text()
    for folder in ("hub", "models", "realtime", "workers", "frontend"):
        assert f"COPY {folder} {folder}\n" in lines
    assert "--require-hashes -r requirements-image.lock" in lines
    assert re.search(r"^USER (?!root)", lines, re.MULTILINE)
    assert 'ENTRYPOINT ["python", "-m", "hub"]' in lines


def test_compose_itself_agrees_where_it_is_installed(tmp_path: Path) -> None:
    client = shutil.which("docker")
    if not client or subprocess.run([client, "compose", "version"], capture_output=True, check=False).returncode:
        return  # checked above as far as it goes
    variables = re.findall(r"^(\w+)=", (ROOT / "deploy" / "env.example").read_text(), re.MULTILINE)
    environment = tmp_path / "env"
    environment.write_text("\n".join(f"{name}=x" for name in variables))
    command = [client, "compose", "-f", str(ROOT / "docker-compose.yml"), "--env-file", str(environment), "config", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_lock_files_name_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text and "index-url" not in text


def test_make_and_ci_go_through_the_same_door() -> None:
    makefile, ci = (ROOT / "Makefile").read_text(), (ROOT / ".ci" / "run").read_text()
    assert "make test" in ci
    for check in ("ruff check", "mypy", "lint-imports", "pytest"):
        assert check in makefile
