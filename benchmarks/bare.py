"""The limit of the server: an ASGI application that answers fixed bytes, under the same uvicorn."""

import os
import socket
import sys
from typing import Any

import uvicorn
import uvloop

BODY = b'{"data":"' + b"x" * int(os.environ.get("BARE_BYTES", "900")) + b'"}'
_HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())],
}
_BODY = {"type": "http.response.body", "body": BODY}


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    await send(_HEAD)
    await send(_BODY)


if __name__ == "__main__":
    config = uvicorn.Config(app, http="httptools", access_log=False, server_header=False, log_level="warning")
    listener = socket.socket(fileno=int(sys.argv[1]))
    uvloop.run(uvicorn.Server(config).serve([listener]))
