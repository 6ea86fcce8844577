"""What is kept and asked for plainly is answered as its request is read: before a task, a scope's way through the
gate, or a header that is looked at one by one. Whatever is unusual takes the way that all others take."""

from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import UUID

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from marketplace.entrypoints.http.ahead import CallsAhead
from marketplace.entrypoints.http.answers import PublicAnswers
from marketplace.entrypoints.http.gate import Gate, knows, note, request_id_of
from marketplace.entrypoints.http.readiness import Readiness
from marketplace.entrypoints.http.shared_answers import OF_ONE_CALLER, CorsHeaders, key_of


class FastLane:
    def __init__(
        self,
        gate: Gate,
        answers: PublicAnswers,
        calls: CallsAhead,
        cors: CorsHeaders,
        readiness: Readiness,
        new_id: Callable[[], UUID],
    ) -> None:
        self._gate = gate
        self._answers = answers
        self._calls = calls
        self._cors = cors
        self._readiness = readiness
        self._new_id = new_id
        self.given = 0

    def answer(self, scope: Any, date: bytes) -> bytes | None:
        """The whole answer in the bytes of HTTP/1.1, or None: then nothing has happened."""
        started = perf_counter()
        if scope["method"] not in ("GET", "HEAD") or self._readiness.draining:
            return None
        headers = dict(scope["headers"])
        language = headers.get(b"accept-language", b"")
        kept = self._answers.find(key_of(scope["raw_path"], scope["query_string"]), language)
        if (
            kept is None
            or not OF_ONE_CALLER.isdisjoint(headers)
            or not self._gate.answers_for(headers.get(b"host", b""))
            or (allowance := self._calls.give(self._gate.addresses.of(scope))) is None
        ):
            return None
        self.given += 1
        request_id = request_id_of(headers, self._new_id)
        known = headers.get(b"if-none-match")
        is_known = known is not None and knows(known, kept.etag)
        note(request_id.decode(), "GET", kept.route, 304 if is_known else 200, started)
        return b"".join((
            kept.unchanged if is_known else kept.head, date, allowance, self._cors.lines(headers.get(b"origin", b"")),
            b"x-request-id: ", request_id, b"\r\n\r\n",
            b"" if is_known or scope["method"] == "HEAD" else kept.body,
        ))  # fmt: skip


class HttpProtocol(HttpToolsProtocol):
    """One request of what is read at once may take the fast lane: those behind it come in turn with other clients."""

    def __init__(self, lane: FastLane, **options: Any) -> None:
        super().__init__(**options)
        self._lane = lane
        self._may_overtake = False

    def data_received(self, data: bytes) -> None:
        self._may_overtake = True
        super().data_received(data)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._may_overtake and cycle.keep_alive and not self.pipeline and not self.flow.write_paused:
            self._may_overtake = False
            date = b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)
            if (answer := self._lane.answer(cycle.scope, date)) is not None:
                cycle.response_started = cycle.response_complete = True
                self.transport.write(answer)
                self.on_response_complete()
                return
        cycle.scope["extensions"] = {"transport.abort": self.transport.abort}  # type: ignore[dict-item]  # no data
        super()._start_asgi_task(cycle, app)
