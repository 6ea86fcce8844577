"""One contract for every way to a device; the push services are simulators that speak the real protocols."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import http_ece
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from structlog.testing import capture_logs

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.push.fcm import Fcm
from marketplace.adapters.push.google import GoogleTokens
from marketplace.adapters.push.keys import ServiceAccount, unbase64url
from marketplace.adapters.push.payload import LARGEST
from marketplace.adapters.push.vapid import Vapid
from marketplace.adapters.push.web_push import WebPush
from marketplace.application.notifications.push import Push
from marketplace.application.notifications.send_push import PushBusy, PushGateway, Verdict
from marketplace.domain.notifications.push_token import PushAddress, WebSubscription
from marketplace.domain.shared.errors import Unavailable
from prove.canaries import leaks
from simulators.faults import Fault, What
from simulators.push import Browser, PushSimulator, running
from tests.builders.push import PUSH, SERVICE, a_fcm_token, a_message, a_subscription
from tests.fakes.push import MemoryPushGateway, Rerouted, ReroutedPublic
from tests.fakes.world import FixedClock

AUTH_SECRET, KEY = unbase64url("BTBZMqHH6r4Tts7J_aSIgg"), unbase64url("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
RFC_8291 = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
"""The message of its section 5, and the keys that read it."""


@dataclass
class House:
    """`say` lets the service answer the next push to an address so; `received` gives payloads."""

    gateway: PushGateway[Any]
    address: PushAddress
    received: Callable[[], list[dict[str, Any]]]
    say: Callable[[str], None]


class GatewayContract:
    async def test_a_push_arrives_as_it_was_given(self, house: House) -> None:
        message = a_message()
        assert await house.gateway.send(house.address, message) is Verdict.DELIVERED
        (got,) = house.received()
        assert (got["id"], got["kind"], got["title"]) == (str(message.id), PUSH.kind, PUSH.title)
        assert (got["body"], got["data"]) == (PUSH.body, PUSH.data)

    async def test_a_device_that_is_gone(self, house: House) -> None:
        house.say("gone")
        assert await house.gateway.send(house.address, a_message()) is Verdict.GONE
        assert house.received() == []

    async def test_a_service_that_is_busy_says_how_long(self, house: House) -> None:
        house.say("busy")
        with pytest.raises(PushBusy) as refusal:
            await house.gateway.send(house.address, a_message())
        assert refusal.value.retry_after == 30
        assert await house.gateway.send(house.address, a_message()) is Verdict.DELIVERED

    async def test_a_service_in_trouble(self, house: House) -> None:
        house.say("trouble")
        with pytest.raises(Unavailable):
            await house.gateway.send(house.address, a_message())
        assert await house.gateway.send(house.address, a_message()) is Verdict.DELIVERED
        assert len(house.received()) == 1

    async def test_what_is_refused_is_logged_without_the_address(self, house: House) -> None:
        house.say("refuse")
        with capture_logs() as logs:
            assert await house.gateway.send(house.address, a_message()) is Verdict.REFUSED
        assert "canary" not in json.dumps(logs)
        assert leaks(house.address.place)
        assert house.received() == []


class TestMemory(GatewayContract):
    @pytest.fixture
    def house(self) -> House:
        fake, address = MemoryPushGateway(), a_fcm_token()
        answers: dict[str, Verdict | Exception] = {
            "gone": Verdict.GONE, "refuse": Verdict.REFUSED, "busy": PushBusy("busy", retry_after=30),
            "trouble": NotNow("not now"),
        }  # fmt: skip

        def received() -> list[dict[str, Any]]:
            return [{"id": str(one.id), **msgspec.to_builtins(one.push)} for _, one in fake.sent]

        return House(fake, address, received, lambda what: fake.answers.setdefault(address, []).append(answers[what]))


class NotNow(Unavailable):
    code = "not_now"


@pytest.fixture
async def service() -> AsyncIterator[PushSimulator]:
    async with running(PushSimulator(audience=SERVICE)) as push:
        yield push


class TestWebPush(GatewayContract):
    @pytest.fixture
    async def http(self, service: PushSimulator) -> AsyncIterator[ReroutedPublic]:
        http = ReroutedPublic(service.origin)
        yield http
        await http.close()

    @pytest.fixture
    def browser(self) -> Browser:
        return Browser()

    @pytest.fixture
    def vapid(self) -> Vapid:
        return Vapid(7, "mailto:ops@market.example", SystemClock())

    @pytest.fixture
    def house(self, service: PushSimulator, http: ReroutedPublic, browser: Browser, vapid: Vapid) -> House:
        service.subscribed_with = vapid.public_key
        address = a_subscription(browser)
        answers = {"gone": (410, ""), "busy": (429, "30"), "trouble": (503, ""), "refuse": (413, "")}

        def say(what: str) -> None:
            service.statuses[address.endpoint.removeprefix(SERVICE)] = [answers[what]]

        return House(
            WebPush(http, vapid, SystemClock()), address,
            lambda: [json.loads(browser.read(one.body)) for one in service.taken], say,
        )  # fmt: skip

    async def test_a_call_is_urgent_and_a_newer_push_replaces_an_older(
        self, house: House, service: PushSimulator
    ) -> None:
        for kind, collapse in (("offer_received", None), ("call_incoming", "call:1"), ("message_received", "call:1")):
            await house.gateway.send(house.address, a_message(Push(kind, "Title", "Body", {}, collapse)))
        offer, call, message = service.taken
        assert (offer.headers["urgency"], offer.headers["ttl"], "topic" in offer.headers) == ("normal", "86400", False)
        assert call.headers["urgency"] == "high"
        assert call.headers["topic"] == message.headers["topic"]
        assert [got["tag"] for got in house.received()] == [str(a_message().id), "call:1", "call:1"]

    async def test_each_is_sealed_with_a_key_of_its_own(self, house: House, service: PushSimulator) -> None:
        await house.gateway.send(house.address, a_message())
        await house.gateway.send(house.address, a_message())
        one, other = service.taken
        assert one.body[21:86] != other.body[21:86]
        assert b"Vintage" not in one.body

    @pytest.mark.parametrize("body", ["ю" * 5_000, '"\\\n' * 3_000, "🦆" * 2_000])
    async def test_a_long_body_is_shortened_to_what_services_take(
        self, house: House, service: PushSimulator, body: str
    ) -> None:
        await house.gateway.send(house.address, a_message(Push("offer_received", "Title", body, {"offer_id": "o-1"})))
        (got,) = house.received()
        assert got["body"].endswith("…")
        assert body.startswith(got["body"][:-1])
        assert got["data"] == {"offer_id": "o-1"}
        assert 4_096 - 8 <= len(service.taken[0].body) <= 4_096

    async def test_without_room_for_it_data_goes_and_then_the_title(self, house: House) -> None:
        await house.gateway.send(house.address, a_message(Push("k", "Title", "Body", {"x": "y" * LARGEST})))
        await house.gateway.send(house.address, a_message(Push("k", "t" * 9_000, "Body", {"x": "y"})))
        without_data, without_body = house.received()
        assert (without_data["title"], without_data["body"], without_data["data"]) == ("Title", "Body", {})
        assert without_body["title"].startswith("ttt")
        assert (without_body["body"], without_body["data"]) == ("", {})

    async def test_a_browser_that_subscribed_with_another_key_refuses_ours(
        self, house: House, service: PushSimulator, http: ReroutedPublic
    ) -> None:
        another = WebPush(http, Vapid(8, "mailto:ops@market.example", SystemClock()), SystemClock())
        assert await another.send(a_subscription(), a_message()) is Verdict.REFUSED
        service.audience = "https://another.example"
        assert await house.gateway.send(house.address, a_message()) is Verdict.REFUSED
        assert service.taken == []

    async def test_a_cut_line_is_tried_again(self, house: House, service: PushSimulator) -> None:
        service.faults.add(Fault(on="POST /push/*", what=What.LOSE_ANSWER))
        with pytest.raises(Unavailable):
            await house.gateway.send(house.address, a_message())
        await house.gateway.send(house.address, a_message())
        assert len({(got["id"], got["tag"]) for got in house.received()}) == 1

    @pytest.mark.parametrize("status", [400, 401, 403])
    async def test_other_answers_are_final(self, house: House, service: PushSimulator, status: int) -> None:
        assert isinstance(house.address, WebSubscription)
        service.statuses[house.address.endpoint.removeprefix(SERVICE)] = [(status, "")]
        assert await house.gateway.send(house.address, a_message()) is Verdict.REFUSED

    async def test_the_vector_of_rfc_8291_is_read_by_the_browser_and_http_ece_alike(self) -> None:
        key = derive_private_key(int.from_bytes(KEY), SECP256R1())
        body = unbase64url(RFC_8291)
        said = b"When I grow up, I want to be a watermelon"
        assert Browser(key, AUTH_SECRET).read(body) == said
        assert http_ece.decrypt(body, private_key=key, auth_secret=AUTH_SECRET) == said

    async def test_http_ece_reads_what_we_send(
        self, http: ReroutedPublic, service: PushSimulator, vapid: Vapid
    ) -> None:
        key = derive_private_key(int.from_bytes(KEY), SECP256R1())
        address = a_subscription(Browser(key, AUTH_SECRET))
        await WebPush(http, vapid, SystemClock()).send(address, a_message())
        read = http_ece.decrypt(service.taken[0].body, private_key=key, auth_secret=AUTH_SECRET)
        assert json.loads(read)["title"] == PUSH.title


class TestFcm(GatewayContract):
    @pytest.fixture
    async def http(self, service: PushSimulator) -> AsyncIterator[Rerouted]:
        http = Rerouted(service.origin)
        yield http
        await http.close()

    @pytest.fixture
    def clock(self) -> FixedClock:
        """An hour ago, so that it can advance: the simulator has the system's."""
        return FixedClock(SystemClock().now() - timedelta(minutes=58))

    @pytest.fixture
    def house(self, service: PushSimulator, http: Rerouted, clock: FixedClock) -> House:
        address = a_fcm_token()
        account = msgspec.json.decode(service.credentials("https://oauth2.example.com/token"), type=ServiceAccount)
        answers = {
            "gone": (404, "UNREGISTERED"), "busy": (429, "QUOTA_EXCEEDED"), "trouble": (503, "UNAVAILABLE"),
            "refuse": (400, "INVALID_ARGUMENT"),
        }  # fmt: skip

        def say(what: str) -> None:
            service.statuses[address.token] = [answers[what]]

        def received() -> list[dict[str, Any]]:
            return [
                {**one["notification"], **one["data"], "data": json.loads(one["data"]["data"])} for one in service.sent
            ]

        return House(Fcm(http, GoogleTokens(http, account, clock), clock), address, received, say)

    async def test_android_apple_and_browsers_each_get_their_own(
        self, house: House, service: PushSimulator, clock: FixedClock
    ) -> None:
        await house.gateway.send(house.address, a_message())
        await house.gateway.send(house.address, a_message(Push("call_incoming", "Call", "Amina", {}, "call:1")))
        offer, call = service.sent
        tag = str(a_message().id)
        assert offer["android"] == {
            "priority": "HIGH", "ttl": "86400s", "notification": {"tag": tag, "channel_id": "offer_received"},
        }  # fmt: skip
        assert offer["apns"]["headers"] == {
            "apns-priority": "10", "apns-expiration": str(int(clock.now().timestamp()) + 86_400),
            "apns-collapse-id": tag,
        }  # fmt: skip
        assert (call["android"]["collapse_key"], call["webpush"]["headers"]["Urgency"]) == ("call:1", "high")

    async def test_an_access_token_is_asked_for_once_and_again_before_its_end(
        self, house: House, service: PushSimulator, clock: FixedClock
    ) -> None:
        for _ in range(3):
            await house.gateway.send(house.address, a_message())
        assert len(service.granted) == 1
        clock.advance(timedelta(minutes=58))
        await house.gateway.send(house.address, a_message())
        assert len(service.granted) == 2

    async def test_an_access_token_that_is_refused_is_replaced(self, house: House, service: PushSimulator) -> None:
        await house.gateway.send(house.address, a_message())
        service.granted.append("ya29.another")
        assert await house.gateway.send(house.address, a_message()) is Verdict.DELIVERED
        assert len(service.sent) == 2

    async def test_a_malformed_token_or_that_of_another_sender_is_gone(
        self, house: House, service: PushSimulator
    ) -> None:
        service.statuses[house.address.place] = [(403, "SENDER_ID_MISMATCH")]
        assert await house.gateway.send(house.address, a_message()) is Verdict.GONE
        malformed = type(house.address)(f"malformed-{house.address.place}")  # type: ignore[call-arg]
        assert await house.gateway.send(malformed, a_message()) is Verdict.GONE

    async def test_wrong_credentials_wait_for_the_operator(self, house: House, service: PushSimulator) -> None:
        service.statuses[house.address.place] = [(401, "THIRD_PARTY_AUTH_ERROR")] * 2
        with pytest.raises(Unavailable):
            await house.gateway.send(house.address, a_message())
        service.faults.add(Fault(on="POST /token", what=What.ERROR_500))
        service.granted.clear()
        with pytest.raises(Unavailable):
            await house.gateway.send(house.address, a_message())
        assert service.sent == []

    async def test_a_long_body_is_shortened(self, house: House) -> None:
        await house.gateway.send(house.address, a_message(Push("offer_received", "Title", "ю" * 5_000, {"id": "o-1"})))
        (got,) = house.received()
        assert (got["body"][-1], got["data"]) == ("…", {"id": "o-1"})
