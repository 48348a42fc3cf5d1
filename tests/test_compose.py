"""docker-compose.yml read: no engine runs it here, so what can be known by reading is held."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import COMMANDS  # noqa: TID251 - the table of commands is what is read
from runtime.settings import Settings

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("jieti:")]
JOBS = {"schema", "temporal-schema", "temporal-namespace"}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::?([-?])([^}]*))?\}")


def _text(name: str) -> str:
    return yaml.safe_dump(SERVICES[name], allow_unicode=True)


@pytest.mark.parametrize("name", OURS)
def test_every_setting_it_passes_exists(name: str) -> None:
    """A setting with a mistyped name would be refused at the start of the service."""
    known = {setting for setting, _, _ in Settings.described()}
    assert set(SERVICES[name]["environment"]) <= known


def test_the_settings_it_passes_are_accepted() -> None:
    """With every variable filled in as the example says, each service reads its settings without complaint."""
    key = "ab" * 32
    filled = {
        "JIETI_WRAPPING_KEY": f"k1:{key}",
        "JIETI_PAYLOAD_KEY": f"k1:{key}",
        "JIETI_TOKEN_KEY": key,
        "JIETI_IDENTITY_KEY": key,
    }
    for name in OURS:
        given = {
            setting: VARIABLE.sub(lambda found: filled.get(found[1], found[3] if found[2] == "-" else "secret"), value)
            for setting, value in SERVICES[name]["environment"].items()
        }
        assert Settings.read(given).temporal_address == ("temporal:7233" if name != "signer" else None)


def test_the_signer_knows_no_secret_but_its_own() -> None:
    """Its login may only read the log; it is told no key; and only it may write what it publishes."""
    signer, api = SERVICES["signer"], SERVICES["api"]
    assert [name for name in signer["environment"] if re.search("_KEY$", name)] == []
    assert "jieti_sealing:" in signer["environment"]["JIETI_DATABASE_URL"]
    assert "in role jieti_signer" in COMPOSE["configs"]["databases"]["content"]
    assert signer["volumes"] == ["sealed:/srv/sealed", "signer:/srv/signer"]
    assert [name for name, service in SERVICES.items() if "signer:/srv/signer" in service.get("volumes", ())] == [
        "signer"
    ]
    assert api["volumes"] == ["sealed:/srv/sealed:ro"]
    assert signer["environment"]["JIETI_ORIGIN"] == api["environment"]["JIETI_ORIGIN"]


def test_only_workers_know_the_channels() -> None:
    """They alone send letters: the directory of the channel file is theirs, to be read, and where the example says."""
    assert [name for name in SERVICES if "channels" in _text(name).lower()] == ["worker"]
    assert SERVICES["worker"]["volumes"] == ["${JIETI_CHANNELS:-./channels}:/srv/channels:ro"]
    example = (ROOT / "deploy.env.example").read_text(encoding="utf-8")
    assert "# JIETI_CHANNELS_FILE=/srv/channels/channels.yaml\n" in example
    assert (ROOT / "channels.example.yaml").is_file()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_it_names_is_there(name: str) -> None:
    """Whoever is waited for or spoken to is a service on the same network."""
    service = SERVICES[name]
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    hosts = re.findall(r"@([a-z-]+):\d+", _text(name)) + re.findall(r"\b(postgres|temporal):\d{4}\b", _text(name))
    assert set(hosts) <= set(SERVICES)
    assert service["networks"] == ["inside"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_job_is_waited_for_until_it_has_ended_and_a_service_until_it_is_healthy(name: str) -> None:
    """A condition that can never come true would hold the whole deployment up."""
    for other, how in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in JOBS else "service_healthy"
        assert how == {"condition": expected}
        assert other in JOBS or "healthcheck" in SERVICES[other]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_started_again(name: str) -> None:
    """A service comes back by itself; a job is tried a few times and then left for somebody to look at."""
    assert SERVICES[name]["restart"] == ("on-failure:5" if name in JOBS else "unless-stopped")


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    """A deployment made next year gets the same programs."""
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.match(r"\d+\.\d+|\$\{JIETI_VERSION:-\d+\.\d+\.\d+\}", tag)


def test_there_is_no_default_secret() -> None:
    """Every password and key comes from the environment, and the file refuses to start without it."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / "deploy.env.example").read_text(encoding="utf-8")
    secrets = {found[1] for found in VARIABLE.finditer(text) if re.search("PASSWORD|_KEY", found[1])}
    assert {found[1] for found in VARIABLE.finditer(text) if found[2] == "?"} == secrets
    assert re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE) == [
        (name, "") for name in re.findall(r"^(\w+)=", example, re.MULTILINE) if name in secrets
    ]
    assert secrets == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|PWD|_KEY$", variable):
                assert str(value).startswith("${"), f"{name} has a secret in the file: {variable}"


def test_only_the_api_is_open_to_others() -> None:
    """PostgreSQL and Temporal are not reachable from outside; Temporal's UI from this machine alone."""
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(ports) == {"api", "temporal-ui"}
    assert ports["temporal-ui"][0].startswith("127.0.0.1:")


def test_health_checks_call_what_is_there() -> None:
    """The API's health check asks an address that the API answers; our services run commands that exist."""
    check = SERVICES["api"]["healthcheck"]["test"][-1]
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", check)
    assert asked
    assert asked[1] == SERVICES["api"]["environment"]["JIETI_API_PORT"]
    described = json.loads((ROOT / "tests/golden/openapi.json").read_text(encoding="utf-8"))
    assert "get" in described["paths"][asked[2]]
    assert {SERVICES[name]["command"][1] for name in OURS} <= set(COMMANDS)
    assert "pg_isready" in SERVICES["postgres"]["healthcheck"]["test"][1]
    assert SERVICES["temporal"]["healthcheck"]["test"][-1] == "7233"


def test_the_image_holds_every_room() -> None:
    """What the image leaves out would be missed at the first request that needs it."""
    kept = {line.lstrip("!") for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()}
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench", "tests"}
    assert rooms | {"rulebooks", "cli.py", "worker.py", "pyproject.toml", "requirements.lock"} <= kept
