"""Records the histories of all stories that have none yet: `python -m tests.workflows.record_histories`.

A recorded history is a promise to paths that run for years, so none is ever made anew. Give a new story a new name.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from temporalio.client import WorkflowHistory

from runtime.client import connect
from runtime.embedded import postgres, temporal
from runtime.namespace import prepare
from runtime.resources import migrate_all, open_resources
from runtime.settings import Settings
from tests.engine import IDENTITY_KEY, TEST_KEY, TIME_SKIPPING
from tests.school import School
from tests.workflows.keeping import keeping, through_a_term
from tests.workflows.mailrooms import STORIES as OF_MAILROOMS
from tests.workflows.mailrooms import sorting
from tests.workflows.stories import STORIES, stage
from workflows.contract import SEARCH_ATTRIBUTES

HISTORIES = Path(__file__).with_name("histories")
MAILROOMS = HISTORIES / "mailroom"
CLOCKS = HISTORIES / "clock"


async def main() -> None:
    """Start both servers, tell the stories, write what they leave."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as home:
        async with (
            postgres(Path(home) / "postgres") as database,
            temporal(Path(home) / "temporal", port=0, ui_port=None, config=TIME_SKIPPING) as server,
        ):
            settings = Settings(
                database_url=database.dsn(),
                temporal_address=server.address,
                payload_key=(TEST_KEY,),
                identity_key=IDENTITY_KEY,
            )
            await migrate_all(settings)
            client = await connect(settings)
            await prepare(client, retention=timedelta(days=30), search_attributes=SEARCH_ATTRIBUTES)
            async with open_resources(settings) as resources:
                school = School(resources.desk)
                await school.establish()
                async with stage(client, settings, school, "recording") as at:
                    for story in STORIES:
                        if not list(HISTORIES.glob(f"{story.__name__}.*.json")):
                            _write(HISTORIES, story.__name__, await story(at))
                if not list(CLOCKS.glob("*.json")):
                    async with keeping(client, settings, database.dsn()) as kept:
                        _write(CLOCKS, through_a_term.__name__, await through_a_term(kept))
                for of_mailroom in OF_MAILROOMS:
                    async with sorting(client, settings, school, f"recording-{of_mailroom.__name__}") as sorts:
                        if not list(MAILROOMS.glob(f"{of_mailroom.__name__}.*.json")):
                            _write(MAILROOMS, of_mailroom.__name__, await of_mailroom(sorts))


def _write(home: Path, name: str, histories: Sequence[WorkflowHistory]) -> None:
    for number, history in enumerate(histories, 1):
        (home / f"{name}.{number}.json").write_text(history.to_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
