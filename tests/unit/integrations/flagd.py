"""A double of flagd: it answers over gRPC, by the schema that the provider brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]
from openfeature.schemas.protobuf.flagd.evaluation.v2 import evaluation_pb2 as messages
from openfeature.schemas.protobuf.flagd.evaluation.v2 import evaluation_pb2_grpc as service


class Flagd(service.ServiceServicer):
    """`flags` says of each flag in which environments it is on."""

    def __init__(self, flags: Mapping[str, tuple[str, ...]]) -> None:
        self._flags = flags
        self.asked: list[str] = []

    def EventStream(self, request: Any, context: Any) -> Iterator[Any]:
        yield messages.EventStreamResponse(type="provider_ready")

    def ResolveBoolean(self, request: Any, context: Any) -> Any:
        self.asked.append(request.flag_key)
        if request.flag_key == "broken":
            context.abort(grpc.StatusCode.INTERNAL, "it is out of order")
        if request.flag_key not in self._flags:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such flag")
        is_on = request.context["environment"] in self._flags[request.flag_key]
        return messages.ResolveBooleanResponse(
            value=is_on, reason="STATIC", variant="on" if is_on else "off"
        )

    def _nothing(self, request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "no flag is of that kind")

    ResolveFloat = ResolveInt = ResolveObject = ResolveString = _nothing


@contextmanager
def flagd(flags: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Flagd, int]]:
    """One that is running, and its port."""
    double = Flagd(flags)
    server = grpc.server(ThreadPoolExecutor(4))
    service.add_ServiceServicer_to_server(double, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield double, port
    finally:
        server.stop(None).wait()
