"""What a socket may say about calls, and what it passes on to the other side."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from dishka import AsyncContainer

from marketplace.application.calls.calls import AcceptCall, DeclineCall, HangUp, StartCall
from marketplace.application.calls.signals import SIGNALS, RelaySignal
from marketplace.application.shared.actor import Actor
from marketplace.domain.calls.moves import CallId
from marketplace.entrypoints.http.calls import NewCall
from marketplace.entrypoints.http.messages import decode, encode


class OneCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    call_id: CallId


class _Addressed(msgspec.Struct, frozen=True):
    """What we read of a signal; the rest is for the other side."""

    call_id: CallId


async def _start(request: AsyncContainer, actor: Actor, asked: NewCall) -> object:
    return await (await request.get(StartCall))(actor, asked.conversation_id, asked.media)


async def _move(
    use_case: type[AcceptCall | DeclineCall | HangUp], request: AsyncContainer, actor: Actor, asked: OneCall
) -> object:
    return await (await request.get(use_case))(actor, asked.call_id)


async def _relay(name: str, request: AsyncContainer, actor: Actor, signal: Mapping[str, object]) -> object:
    body = encode(signal)
    call_id = decode(body, _Addressed).call_id
    await (await request.get(RelaySignal))(actor, call_id, name, signal, len(body))
    return {"call_id": call_id}


CALL_COMMANDS: Mapping[str, tuple[Any, Callable[[AsyncContainer, Actor, Any], Awaitable[object]]]] = {
    "call:start": (NewCall, _start),
    "call:accept": (OneCall, partial(_move, AcceptCall)),
    "call:decline": (OneCall, partial(_move, DeclineCall)),
    "call:hangup": (OneCall, partial(_move, HangUp)),
    **{name: (dict[str, Any], partial(_relay, name)) for name in SIGNALS},
}
