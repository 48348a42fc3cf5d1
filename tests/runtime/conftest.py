"""Fixtures of the tests of runtime/."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from runtime.client import connect
from runtime.namespace import prepare
from runtime.settings import Settings
from tests.engine import until
from workflows.contract import SEARCH_ATTRIBUTES


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory for a server: short enough for a socket, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as directory:
        yield Path(directory)


async def namespace_of_its_own(settings: Settings, client: Client, name: str) -> Settings:
    """Make a namespace and tell how it is reached; its task queue has the same name."""
    request = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=Duration(seconds=24 * 3600))
    await client.workflow_service.register_namespace(request)
    told = replace(settings, temporal_namespace=name, task_queue=name)

    async def known() -> bool:
        try:
            await prepare(await connect(told), retention=timedelta(days=30), search_attributes=SEARCH_ATTRIBUTES)
        except Exception:  # noqa: BLE001 - the server learns of a namespace by and by
            return False
        return True

    await until(known, 20)
    return told
