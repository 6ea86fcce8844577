"""What goes wrong between a simulated provider and us: scripted, counted, and the same for the same seed."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta


class What(StrEnum):
    DELAY = "delay"
    """The answer comes `seconds` later."""
    LOSE_REQUEST = "lose_request"
    """Nothing is done, and the line is cut, after `seconds`."""
    LOSE_ANSWER = "lose_answer"
    """It is done, and the line is cut, after `seconds`."""
    MALFORMED = "malformed"
    """It is done, and answered with a body that breaks off."""
    ERROR_500 = "error_500"
    """Nothing is done; the answer is 500."""
    LATE_SUCCESS = "late_success"
    """It is under way until the provider is told to finish it, or for `seconds`; each provider says how."""
    DUPLICATE = "duplicate"
    """A call of the provider's comes twice."""
    REORDER = "reorder"
    """A call of the provider's comes after the next one."""
    DROP = "drop"
    """A call of the provider's never comes."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Strikes the calls that `on` matches: all after the first `skip`, `times` of them, each with this `chance`."""

    on: Annotated[str, Meta(examples=["POST /v1/payment_intents/*/confirm", "webhook payment_intent.succeeded"])]
    what: What
    skip: Annotated[int, Meta(ge=0)] = 0
    times: Annotated[int, Meta(ge=1)] = 1
    chance: Annotated[float, Meta(ge=0, le=1)] = 1.0
    seconds: Annotated[float, Meta(ge=0)] = 0.0


Struck = Mapping[What, Fault]
"""The faults that strike one call."""


def script(path: Path) -> list[Fault]:
    """The faults in a file of JSON."""
    return msgspec.json.decode(path.read_bytes(), type=list[Fault])


class Faults:
    """The faults still to come, and every call that was seen."""

    def __init__(self, seed: int | None = None, faults: Iterable[Fault] = ()) -> None:
        self._random = random.Random(seed)
        self._armed = [_Armed(fault) for fault in faults]
        self.calls: list[str] = []

    def add(self, *faults: Fault) -> None:
        self._armed += [_Armed(fault) for fault in faults]

    def clear(self) -> None:
        self._armed.clear()
        self.calls.clear()

    def of(self, call: str) -> Struck:
        """Those that strike this call, which is `METHOD PATH` or the name of a call of the provider's."""
        self.calls.append(call)
        struck: dict[What, Fault] = {}
        for armed in self._armed:
            if armed.strikes(call, self._random):
                struck.setdefault(armed.fault.what, armed.fault)
        return struck


class _Armed:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._skip = fault.skip
        self._times = fault.times

    def strikes(self, call: str, chance: random.Random) -> bool:
        if not self._times or not fnmatchcase(call, self.fault.on):
            return False
        if self._skip:
            self._skip -= 1
            return False
        if chance.random() >= self.fault.chance:
            return False
        self._times -= 1
        return True


async def answer(
    request: web.BaseRequest, struck: Struck, act: Callable[[], Awaitable[web.Response]]
) -> web.StreamResponse:
    """What a call gets that is struck so; `act` does it and answers."""
    if lost := struck.get(What.LOSE_REQUEST):
        return await _cut(request, lost.seconds)
    if What.ERROR_500 in struck:
        return web.json_response({"error": {"type": "api_error", "message": "Something went wrong"}}, status=500)
    done = await act()
    if lost := struck.get(What.LOSE_ANSWER):
        return await _cut(request, lost.seconds)
    if delay := struck.get(What.DELAY):
        await asyncio.sleep(delay.seconds)
    if What.MALFORMED in struck and isinstance(done.body, bytes):
        return web.Response(status=done.status, body=done.body[: len(done.body) // 2], content_type=done.content_type)
    return done


async def _cut(request: web.BaseRequest, seconds: float) -> web.StreamResponse:
    await asyncio.sleep(seconds)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


Send = Callable[[str, bytes], Awaitable[int]]
"""Takes what a call is named and its body; gives the status of our answer, 0 for none."""


class Outgoing:
    """Calls of the provider's, in order; `deliver` makes them, as the faults have it."""

    def __init__(self, faults: Faults, send: Send) -> None:
        self._faults = faults
        self._send = send
        self._waiting: list[tuple[str, bytes]] = []

    def put(self, name: str, body: bytes) -> None:
        self._waiting.append((name, body))

    async def deliver(self) -> list[int]:
        """Make every call that waits; what was not answered with 2xx waits again."""
        waiting, self._waiting = self._as_struck(self._waiting), []
        statuses = []
        for name, body in waiting:
            status = await self._send(name, body)
            statuses.append(status)
            if not 200 <= status < 300:
                self._waiting.append((name, body))
        return statuses

    def _as_struck(self, calls: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        ordered: list[tuple[str, bytes]] = []
        held: list[tuple[str, bytes]] = []
        for call in calls:
            struck = self._faults.of(f"webhook {call[0]}")
            if What.DROP in struck:
                continue
            times = 1 + (What.DUPLICATE in struck)
            if What.REORDER in struck:
                held += [call] * times
            else:
                ordered += [call] * times + held
                held = []
        return ordered + held
