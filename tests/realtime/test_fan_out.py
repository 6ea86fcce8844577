"""What a socket costs the event loop: the task of its request, and nothing more to hear of an event."""

import asyncio
from pathlib import Path

from marketplace.application.shared.rooms import Rooms
from prove.crowd import crowd
from prove.many_sockets import seats
from tests.engines import Database
from tests.realtime.harness import running_node, settings, until

SOCKETS = 20


async def test_a_broadcast_takes_no_task_and_a_socket_only_its_own(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with running_node(settings(database, redis_url, tmp_path)) as node:
        person = await node.a_person()
        rooms = await node.container.get(Rooms)
        await node.hub.rooms.listening.wait()
        before = asyncio.all_tasks()
        open_ = crowd(seats(node.port, [person.token] * SOCKETS))
        ears = await asyncio.to_thread(open_.__enter__)
        try:
            sockets = asyncio.all_tasks() - before
            assert len(sockets) == SOCKETS
            await rooms.tell([f"user:{person.user}"], "presence", {"online": True})
            await node.deliver(person.notice("numbered"))
            news = await asyncio.to_thread(ears.hears, 2 * SOCKETS, 5.0)
            assert news.heard == 2 * SOCKETS
            assert asyncio.all_tasks() - before == sockets
        finally:
            await asyncio.to_thread(open_.__exit__, None, None, None)
        await until(lambda: not list(node.hub.connections))
