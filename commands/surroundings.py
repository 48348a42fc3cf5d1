"""What a command finds around it: the settings, the keys of the data directory, a demo that runs, who is asking."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from api.actors import Actor, make_token
from runtime import clock
from runtime.keys import FILE, with_keys
from runtime.running import where
from runtime.settings import Settings, SettingsError

PERSONAS: Mapping[str, Actor] = {
    "secretary": Actor("demo-secretary", "branch-secretary", "qs-eng-ee-1"),
    "counsellor": Actor("demo-counsellor", "counsellor", "qs-eng-ee-1"),
    "superior": Actor("demo-superior", "superior-secretary", "qs-eng"),
    "department": Actor("demo-department", "organisation-department", "qs"),
    "auditor": Actor("demo-auditor", "auditor", "qs"),
    "admin": Actor("demo-admin", "admin", "qs"),
}
"""People of the sample school, by the name under which `--as` knows them."""

A_WHILE = timedelta(hours=1)


def settings_around() -> Settings:
    """The settings, filled up with the keys of the data directory and with where its demo runs."""
    settings = Settings.read()
    if (settings.data_dir / FILE).exists():
        settings = with_keys(settings)
    running = where(settings.data_dir)
    if running is None:
        return settings
    return replace(
        settings,
        api_url=settings.api_url or running.api,
        database_url=settings.database_url or running.database_url,
        keys_database_url=settings.keys_database_url or running.keys_database_url or None,
        temporal_address=settings.temporal_address or running.temporal_address,
    )


def token_for(settings: Settings, persona: str | None) -> str:
    """The token to ask with: of a persona of the sample school, or the one in the settings. Raises SettingsError."""
    if persona is None and settings.token:
        return settings.token
    actor = PERSONAS.get(persona or "department")
    if actor is None:
        raise SettingsError(f"--as must be one of {', '.join(PERSONAS)}, not {persona!r}.")
    return sign(settings, actor, A_WHILE)


def sign(settings: Settings, actor: Actor, lasts: timedelta) -> str:
    """Sign a token. Raises SettingsError where there is no key, ValueError for an actor nobody could be."""
    if settings.token_key is None:
        raise SettingsError("JIETI_TOKEN_KEY or JIETI_TOKEN must be set, or `jieti demo` must have run here.")
    return make_token(settings.token_key, actor, clock.now(), lasts)
