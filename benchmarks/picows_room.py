"""The limit of a fan-out: picows with one room. What anybody says at /speak goes to everybody at /listen."""

import socket
import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

ROOM: list[WSTransport] = []


class Listening(WSListener):
    def on_ws_connected(self, transport: WSTransport) -> None:
        ROOM.append(transport)


class Speaking(WSListener):
    def on_ws_frame(self, _: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            message = frame.get_payload_as_bytes()
            for listener in ROOM:
                listener.send(WSMsgType.TEXT, message)


def choose(request: WSUpgradeRequest) -> WSListener:
    return Listening() if request.path == b"/listen" else Speaking()


async def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    server = await ws_create_server(choose, sock=listener, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
