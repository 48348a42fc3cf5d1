"""What can be measured of an installation, for Prometheus: how much is stuck for which cause, who is behind, how long answers take.

No label says anything about a person, and each has a closed list of values.
"""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api.house import House, InHouse
from domain.causes import CAUSES
from eventlog.log import LogError
from views.board import Board, Sought
from views.store import ViewsUnavailable
from views.troubles import Troubles

GAUGES: Mapping[str, str] = {
    "jieti_stuck": "Things that are stuck, by cause",
    "jieti_reminders": "Reminders that were told, by what their channels answered",
    "jieti_open_paths": "Paths that are open",
    "jieti_log_entries": "Entries of the log",
    "jieti_views_lag_entries": "Entries that the views have not followed yet",
    "jieti_signer_lag_entries": "Entries that are not sealed yet, where there is a signer",
    "jieti_watch_age_seconds": "How long ago the watch has looked last",
    "jieti_watch_look_seconds": "How long the last look of the watch took",
    "jieti_database_up": "Whether PostgreSQL answers",
}
"""What is read when it is asked for, with what it means."""

REQUESTS = "jieti_request_duration"
"""How long requests take, by method, route and kind of answer; Prometheus sees it in seconds."""

OUTCOMES = ("sent", "refused", "unknown")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

router = APIRouter(tags=["health"])


class Measures:
    """The measures of one process."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        reader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=self.registry)
        self._provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
        meter = self._provider.get_meter("jieti")
        self._gauges = {name: meter.create_gauge(name, description=says) for name, says in GAUGES.items()}
        self._requests = meter.create_histogram(
            REQUESTS, unit="s", description="Time to answer", explicit_bucket_boundaries_advisory=BUCKETS
        )

    def set(self, name: str, value: float, **labels: str) -> None:
        """Take a value."""
        self._gauges[name].set(value, labels)

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Take note of a request that was answered: its route as it is described, never its address."""
        method = scope["method"] if scope["method"] in METHODS else "other"
        labels = {"method": method, "route": _route(scope), "status": f"{status // 100}xx"}
        self._requests.record(seconds, labels)


def _route(scope: Scope) -> str:
    """The route of a request, with names where its address has values; `none` where nothing is at the address."""
    if "endpoint" not in scope:
        return "none"
    if path := getattr(scope.get("route"), "path", None):
        return str(path)
    names = {str(value): f"{{{name}}}" for name, value in scope["path_params"].items()}
    return "/".join(names.get(part, part) for part in scope["path"].split("/"))


@router.get("/metrics", operation_id="metrics", response_class=Response)
async def metrics(request: Request, house: InHouse) -> Response:
    """Measures in the text form of Prometheus: what is stuck by cause, who is behind, how long answers take."""
    measures: Measures = request.app.state.measures
    try:
        await _read(measures, house)
        measures.set("jieti_database_up", 1)
    except (ViewsUnavailable, LogError):
        measures.set("jieti_database_up", 0)
    return Response(generate_latest(measures.registry), media_type=CONTENT_TYPE_LATEST)


async def _read(measures: Measures, house: House) -> None:
    """Read what stands in the log and the views. Raises ViewsUnavailable, LogError."""
    size, board, everything = await house.desk.log.size(), Board(house.views), Sought(house.today, restricted=True)
    counts = {one.cause: one.count for one in await board.groups(everything)}
    for cause in CAUSES.values():
        measures.set("jieti_stuck", counts.get(cause.id, 0), cause=cause.id, kind=cause.kind, severity=cause.severity)
    told = await board.reminders()
    for outcome in OUTCOMES:
        measures.set("jieti_reminders", told.get(outcome, 0), outcome=outcome)
    measures.set("jieti_open_paths", await board.open_paths(everything))
    measures.set("jieti_log_entries", size)
    measures.set("jieti_views_lag_entries", max(size - (await house.views.bookmark()).position, 0))
    if said := await asyncio.to_thread(house.sealed.status):
        measures.set("jieti_signer_lag_entries", max(size - said.size, 0))
    if look := await Troubles(house.views).looked():
        measures.set("jieti_watch_age_seconds", (house.clock() - look.looked_at).total_seconds())
        measures.set("jieti_watch_look_seconds", look.seconds)
