"""How Temporal is reached: one way for the API, the workers, replays and the tests."""

from datetime import timedelta
from functools import cache

from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import GrpcCompression, RetryConfig, TLSConfig

from runtime.codec import make_data_converter
from runtime.settings import Settings, SettingsError

RETRIES = RetryConfig(max_elapsed_time_millis=5_000)
"""A server that restarts is not noticed; one that is gone is told of soon."""

HEARTBEAT = timedelta(seconds=5)
"""How often a worker tells Temporal that it lives: one that was killed is missed after a few of these."""


async def connect(settings: Settings, *, lazy: bool = False, metrics: str | None = None) -> Client:
    """Connect to Temporal; `lazy` connects with the first call, so a process may start before its server.

    `metrics` is where Temporal's own library tells its measures, host:port; it belongs to one process alone.
    Raises SettingsError without address or key, RuntimeError when the server cannot be reached now.
    """
    if settings.temporal_address is None:
        raise SettingsError("JIETI_TEMPORAL_ADDRESS must be set; `jieti demo` starts a Temporal and says where it is.")
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        api_key=settings.temporal_api_key,
        tls=_tls(settings),
        data_converter=make_data_converter(settings),
        retry_config=RETRIES,
        lazy=lazy,
        runtime=_runtime(metrics),
        grpc_compression=GrpcCompression.NONE,  # ciphertext does not get shorter
    )


@cache
def _runtime(metrics: str | None) -> Runtime:
    """What Temporal's library runs on, one a process."""
    told = TelemetryConfig(metrics=PrometheusConfig(bind_address=metrics) if metrics else None)
    return Runtime(telemetry=told, worker_heartbeat_interval=HEARTBEAT)


def _tls(settings: Settings) -> TLSConfig | bool:
    if not settings.temporal_tls:
        return False
    return TLSConfig(
        server_root_ca_cert=settings.temporal_tls_ca.read_bytes() if settings.temporal_tls_ca else None,
        client_cert=settings.temporal_tls_cert.read_bytes() if settings.temporal_tls_cert else None,
        client_private_key=settings.temporal_tls_key.read_bytes() if settings.temporal_tls_key else None,
    )
