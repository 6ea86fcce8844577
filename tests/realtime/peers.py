"""The two ends of a real call: WebRTC connections that find each other through the sockets."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from aiortc.sdp import SessionDescription, candidate_from_sdp, candidate_to_sdp

from tests.realtime.harness import PATIENCE, Plain, SocketIo

Send = Callable[[str, dict[str, Any]], Awaitable[object]]
Hear = Callable[[], Awaitable[tuple[str, Any]]]
QUESTION, ANSWER = "can you hear me?", "very well"
FRAMES = 5
"""Of audio, that each side waits for."""


async def ice_servers(url: str, token: str) -> list[RTCIceServer]:
    """As our service names them to this person."""
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/api/v1/calls/ice-servers", headers={"authorization": f"Bearer {token}"})
    return [RTCIceServer(**one) for one in answer.json()["data"]["ice_servers"]]


class Peer:
    """Candidates go one by one, as from a browser, not within the description."""

    def __init__(self, send: Send, hear: Hear, relays: Sequence[RTCIceServer] = ()) -> None:
        policy = RTCIceTransportPolicy.RELAY if relays else RTCIceTransportPolicy.ALL
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=list(relays), iceTransportPolicy=policy))
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.frames: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.call: dict[str, Any] = {}
        self._send, self._hear = send, hear
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._track)
        self.connection.on("datachannel", self._answer_on)

    def begin(self, call_id: str) -> None:
        self.call = {"call_id": call_id}
        self._tasks.append(asyncio.create_task(self._listen()))

    async def offer(self) -> None:
        self.connection.addTrack(AudioStreamTrack())
        channel = self.connection.createDataChannel("words")
        channel.on("open", lambda: channel.send(QUESTION))
        channel.on("message", self.heard.put_nowait)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        await self._describe("webrtc:offer")

    @property
    def candidates(self) -> set[str]:
        """The types of our own."""
        assert self.connection.sctp
        found = self.connection.sctp.transport.transport.iceGatherer.getLocalCandidates()
        return {one.type for one in found}

    async def close(self) -> None:
        """Raises what went wrong meanwhile."""
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.connection.close()
        for error in ends:
            if isinstance(error, Exception):
                raise error

    async def _listen(self) -> None:
        while True:
            event, data = await self._hear()
            match event:
                case "webrtc:offer":
                    await self.connection.setRemoteDescription(RTCSessionDescription(**data["description"]))
                    self.connection.addTrack(AudioStreamTrack())
                    await self.connection.setLocalDescription(await self.connection.createAnswer())
                    await self._describe("webrtc:answer")
                case "webrtc:answer":
                    await self.connection.setRemoteDescription(RTCSessionDescription(**data["description"]))
                case "webrtc:ice-candidate":
                    candidate = candidate_from_sdp(data["candidate"])
                    candidate.sdpMid = data["sdpMid"]
                    await self.connection.addIceCandidate(candidate)

    async def _describe(self, event: str) -> None:
        local = self.connection.localDescription
        lines = [line for line in local.sdp.splitlines() if not line.startswith(("a=candidate:", "a=end-of"))]
        await self._send(event, {**self.call, "description": {"type": local.type, "sdp": "\r\n".join([*lines, ""])}})
        for media in SessionDescription.parse(local.sdp).media:
            for candidate in media.ice_candidates:
                found = {"candidate": candidate_to_sdp(candidate), "sdpMid": media.rtp.muxId}
                await self._send("webrtc:ice-candidate", {**self.call, **found})

    def _track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._receive(track)))

    async def _receive(self, track: MediaStreamTrack) -> None:
        for _ in range(FRAMES):
            await track.recv()
        self.frames.set_result(FRAMES)

    def _answer_on(self, channel: RTCDataChannel) -> None:
        def answer(text: str) -> None:
            self.heard.put_nowait(text)
            channel.send(ANSWER)

        channel.on("message", answer)


def on_socket_io(client: SocketIo, relays: Sequence[RTCIceServer] = ()) -> Peer:
    async def send(event: str, data: dict[str, Any]) -> None:
        assert (await client.call(event, data))["success"]

    return Peer(send, client.heard.get, relays)


def on_plain(client: Plain, relays: Sequence[RTCIceServer] = ()) -> Peer:
    async def send(event: str, data: dict[str, Any]) -> None:
        await client.send(type=event, data=data)

    async def hear() -> tuple[str, Any]:
        frame = json.loads(await client.connection.recv())
        return frame["type"], frame.get("data")

    return Peer(send, hear, relays)


async def talk(caller: Peer, callee: Peer, call_id: str) -> None:
    """Words and sound reach both sides."""
    for peer in (caller, callee):
        peer.begin(call_id)
    await caller.offer()
    async with asyncio.timeout(PATIENCE):
        assert await callee.heard.get() == QUESTION
        assert await caller.heard.get() == ANSWER
        assert await caller.frames == await callee.frames == FRAMES
