"""Settings: what may be set, what is refused and in which words, and that secrets stay secret."""

import base64
import os
from pathlib import Path

import pytest

from runtime.settings import PayloadKey, Settings, SettingsError

KEY = "ab" * 32
OTHER = base64.b64encode(bytes(range(32))).decode()


def refusal(**given: str) -> str:
    """What reading these settings is refused with."""
    with pytest.raises(SettingsError) as refused:
        Settings.read(given)
    return str(refused.value)


def test_nothing_set_is_a_working_choice() -> None:
    """Without any setting both servers are embedded and the API listens on loopback."""
    settings = Settings.read({"PATH": "/bin"})
    assert (settings.database_url, settings.temporal_address) == (None, None)
    assert (settings.api_host, settings.api_port) == ("127.0.0.1", 8080)
    assert settings.data_dir.is_absolute()


def test_every_setting_is_read(tmp_path: Path) -> None:
    """Each value arrives in its field, in its type."""
    pem = tmp_path / "pem"
    pem.write_text("-")
    settings = Settings.read(
        {
            "JIETI_DATA_DIR": "~/jieti",
            "JIETI_SCHOOL": "north-campus",
            "JIETI_DATABASE_URL": "postgresql://app:x@db/jieti",
            "JIETI_DATABASE_ADMIN_URL": "postgres://owner:y@db/jieti",
            "JIETI_TEMPORAL_ADDRESS": "temporal:7233",
            "JIETI_TEMPORAL_NAMESPACE": "school",
            "JIETI_TEMPORAL_TLS": "Yes",
            "JIETI_TEMPORAL_TLS_CA": str(pem),
            "JIETI_TEMPORAL_TLS_CERT": str(pem),
            "JIETI_TEMPORAL_TLS_KEY": str(pem),
            "JIETI_TEMPORAL_API_KEY": "z",
            "JIETI_PAYLOAD_KEY": f"2027:{KEY}, 2026:{OTHER}",
            "JIETI_TOKEN_KEY": KEY.upper(),
            "JIETI_TASK_QUEUE": "q",
            "JIETI_BUILD_ID": "1.0-3",
            "JIETI_API_HOST": "0.0.0.0",
            "JIETI_API_PORT": "0",
            "JIETI_MAX_BODY_BYTES": "2048",
            "JIETI_LOG_LEVEL": "WARNING",
        }
    )
    assert settings == Settings(
        data_dir=Path("~/jieti").expanduser(),
        school="north-campus",
        database_url="postgresql://app:x@db/jieti",
        database_admin_url="postgres://owner:y@db/jieti",
        temporal_address="temporal:7233",
        temporal_namespace="school",
        temporal_tls=True,
        temporal_tls_ca=pem,
        temporal_tls_cert=pem,
        temporal_tls_key=pem,
        temporal_api_key="z",
        payload_key=(PayloadKey("2027", bytes.fromhex(KEY)), PayloadKey("2026", bytes(range(32)))),
        token_key=bytes.fromhex(KEY),
        task_queue="q",
        build_id="1.0-3",
        api_host="0.0.0.0",
        api_port=0,
        max_body_bytes=2048,
        log_level="warning",
    )


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("JIETI_SCHOOL", "a/b", "up to 100 letters, digits, dots, dashes and underscores"),
        ("JIETI_TEMPORAL_ADDRESS", "temporal", "host:port, like temporal.example:7233"),
        ("JIETI_TEMPORAL_ADDRESS", "http://temporal:7233", "host:port, like temporal.example:7233"),
        ("JIETI_TEMPORAL_ADDRESS", "temporal:0", "host:port, like temporal.example:7233"),
        ("JIETI_TEMPORAL_NAMESPACE", "a b", "up to 100 letters, digits, dots, dashes and underscores"),
        ("JIETI_TEMPORAL_TLS", "maybe", "true or false"),
        ("JIETI_TEMPORAL_TLS_CA", "/nowhere", "the path of a file that exists"),
        ("JIETI_TEMPORAL_TLS_CERT", "/nowhere", "the path of a file that exists"),
        ("JIETI_TEMPORAL_TLS_KEY", "/nowhere", "the path of a file that exists"),
        ("JIETI_TASK_QUEUE", "-", "up to 100 letters, digits, dots, dashes and underscores"),
        ("JIETI_BUILD_ID", "x" * 101, "up to 100 letters, digits, dots, dashes and underscores"),
        ("JIETI_API_HOST", "http://0.0.0.0", "a host name or an IP address, like 127.0.0.1"),
        ("JIETI_API_PORT", "65536", "a number from 0 (any free port) to 65535"),
        ("JIETI_API_PORT", "-1", "a number from 0 (any free port) to 65535"),
        ("JIETI_MAX_BODY_BYTES", "1MB", "a number of bytes from 1024 to 1073741824"),
        ("JIETI_MAX_BODY_BYTES", "1023", "a number of bytes from 1024 to 1073741824"),
        ("JIETI_LOG_LEVEL", "loud", "debug, info, warning or error"),
    ],
)
def test_a_wrong_value_gets_one_sentence(name: str, value: str, allowed: str) -> None:
    """The sentence names the setting, what is allowed and what was given."""
    assert refusal(**{name: value}) == f"{name} must be {allowed}, not {value!r}."


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("JIETI_DATABASE_URL", "mysql://hush", "an address like postgresql://user:password@host:5432/jieti"),
        ("JIETI_DATABASE_ADMIN_URL", "hush", "an address like postgresql://user:password@host:5432/jieti"),
        ("JIETI_PAYLOAD_KEY", "hush", "one or more of id:key, parted by commas, every id once"),
        ("JIETI_PAYLOAD_KEY", f"hush:{KEY},hush:{KEY}", "one or more of id:key, parted by commas, every id once"),
        (
            "JIETI_PAYLOAD_KEY",
            "1:hush",
            "32 random bytes in hex or base64, like the output of `openssl rand -hex 32`",
        ),
        ("JIETI_TOKEN_KEY", "hush", "32 random bytes in hex or base64, like the output of `openssl rand -hex 32`"),
        ("JIETI_TOKEN_KEY", KEY[2:], "32 random bytes in hex or base64, like the output of `openssl rand -hex 32`"),
    ],
)
def test_a_wrong_secret_is_not_repeated(name: str, value: str, allowed: str) -> None:
    """The sentence says what is allowed, and nothing of what was given."""
    assert refusal(**{name: value}) == f"{name} must be {allowed}."


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"JIETI_DATABASE_ADMIN_URL": "postgresql://o@db/j"}, "JIETI_DATABASE_URL, which is not set"),
        ({"JIETI_TEMPORAL_TLS": "1", "JIETI_TEMPORAL_TLS_CERT": __file__}, "set both or neither"),
        ({"JIETI_TEMPORAL_TLS_CA": __file__}, "JIETI_TEMPORAL_TLS must be true"),
        ({"JIETI_TEMPORAL_API_KEY": "hush"}, "JIETI_TEMPORAL_TLS must be true"),
        ({"JIETI_TEMPORAL_ADDRESS": "t:7233"}, "JIETI_PAYLOAD_KEY must be set"),
    ],
)
def test_values_that_contradict_each_other_are_refused(given: dict[str, str], sentence: str) -> None:
    """What each setting allows and all together do not is one sentence as well."""
    assert sentence in refusal(**given)
    assert "\n" not in refusal(**given)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    """A slip in a name does not pass in silence."""
    assert refusal(JIETI_API_PROT="80") == "JIETI_API_PROT is not a setting; the nearest is JIETI_API_PORT."


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Three mistakes are three lines, so nobody starts a process three times."""
    assert len(refusal(JIETI_X="1", JIETI_API_PORT="x", JIETI_LOG_LEVEL="x").splitlines()) == 3


def test_set_to_nothing_is_not_set() -> None:
    """An empty value, as compose files pass for what is left out, is the default."""
    assert Settings.read({"JIETI_API_PORT": " ", "JIETI_TOKEN_KEY": ""}) == Settings.read({})


def test_secrets_are_never_shown() -> None:
    """No secret stands in the text of the settings or of a key."""
    given = {
        "JIETI_DATABASE_URL": "postgresql://u:hush@db/j",
        "JIETI_DATABASE_ADMIN_URL": "postgresql://o:hush@db/j",
        "JIETI_TEMPORAL_TLS": "1",
        "JIETI_TEMPORAL_API_KEY": "hush",
        "JIETI_PAYLOAD_KEY": f"hush:{KEY}",
        "JIETI_TOKEN_KEY": KEY,
    }
    settings = Settings.read(given)
    assert "hush" not in repr(settings)
    assert repr(settings.payload_key[0]) == "PayloadKey(key_id='hush')"


def test_the_process_is_read_where_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the environment of the process is what is read."""
    for name in [name for name in os.environ if name.startswith("JIETI_")]:  # noqa: TID251 - put aside for this test
        monkeypatch.delenv(name)
    monkeypatch.setenv("JIETI_API_PORT", "8099")
    assert Settings.read().api_port == 8099


def test_the_documentation_has_every_setting() -> None:
    """Each setting is a row of docs/operations.md with its meaning and default, word for word, and no row is left over."""
    page = Path(__file__).parents[2].joinpath("docs/operations.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `JIETI_")]
    assert rows == [f"| `{name}` | {meaning} | {default} |" for name, meaning, default in Settings.described()]
