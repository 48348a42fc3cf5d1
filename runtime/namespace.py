"""Makes a Temporal namespace fit for paths: closed runs kept for years, and our search attributes known."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, cast

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode


async def prepare(
    client: Client, *, retention: timedelta, search_attributes: Collection[SearchAttributeKey[Any]]
) -> None:
    """Raise the retention to at least `retention` and register what search attributes are missing.

    May be called at every start and by several processes at once. RPCError if the server does not let us.
    """
    service, name = client.workflow_service, client.namespace
    described = await service.describe_namespace(DescribeNamespaceRequest(namespace=name))
    if described.config.workflow_execution_retention_ttl.ToTimedelta() < retention:
        config = NamespaceConfig()
        config.workflow_execution_retention_ttl.FromTimedelta(retention)
        await service.update_namespace(UpdateNamespaceRequest(namespace=name, config=config))
    listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=name))
    missing = {key.name: key for key in search_attributes if key.name not in listed.custom_attributes}
    if missing:
        request = AddSearchAttributesRequest(namespace=name)
        for key in missing.values():
            request.search_attributes[key.name] = cast("IndexedValueType.ValueType", key.indexed_value_type)
        try:
            await client.operator_service.add_search_attributes(request)
        except RPCError as error:
            if error.status is not RPCStatusCode.ALREADY_EXISTS:  # another process was faster
                raise
