from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from marketplace.adapters.push.keys import unbase64url
from marketplace.application.notifications.push import Push
from marketplace.application.notifications.send_push import PushMessage
from marketplace.domain.notifications.push_token import (
    FcmToken,
    Platform,
    PushAddress,
    PushToken,
    PushTokenId,
    WebSubscription,
)
from marketplace.domain.shared.ids import SessionId, UserId
from simulators.push import Browser
from tests.builders.identity import NOON

SERVICE = "https://push.example.com"
PUSH = Push("offer_received", "Новое предложение", 'Amina: 750 AED for "Vintage film camera"', {"offer_id": "o-1"})


def a_fcm_token() -> FcmToken:
    return FcmToken(f"push-canary-{uuid4().hex}:APA91b")


def a_subscription(browser: Browser | None = None, name: str = "") -> WebSubscription:
    keys = (browser or Browser()).keys
    endpoint = f"{SERVICE}/push/push-canary-{name or uuid4().hex}"
    return WebSubscription(endpoint, unbase64url(keys["p256dh"]), unbase64url(keys["auth"]))


def a_token(user: UserId | None = None, address: PushAddress | None = None, minute: int = 0) -> PushToken:
    """Registered so many minutes after noon."""
    at = NOON + timedelta(minutes=minute)
    return PushToken(
        id=PushTokenId(uuid4()), user_id=user or UserId(uuid4()), session_id=SessionId(uuid4()),
        platform=Platform.WEB, address=address or a_subscription(), device_name="Firefox", created_at=at,
        registered_at=at,
    )  # fmt: skip


def a_message(push: Push = PUSH, **changes: object) -> PushMessage:
    message = PushMessage(UUID(int=0x0197_0000_0000_7000_8000_0000_0000_0001), push, timedelta(hours=24))
    return replace(message, **changes)  # type: ignore[arg-type]
