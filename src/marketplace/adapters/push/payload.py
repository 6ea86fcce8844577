import msgspec
from msgspec.structs import replace

from marketplace.application.notifications.send_push import PushMessage

LARGEST = 3_993
"""Bytes of JSON: 4,096 that every push service takes (RFC 8030), less what RFC 8188 adds."""


class Payload(msgspec.Struct, frozen=True):
    """What the service worker of a page gets. `id` is the same when the push comes a second time."""

    id: str
    kind: str
    title: str
    body: str
    data: dict[str, object]
    tag: str


def payload(message: PushMessage, largest: int = LARGEST) -> Payload:
    """With as much of the body as there is room for; then without `data`, then with less of the title."""
    push = message.push
    whole = Payload(str(message.id), push.kind, push.title, push.body, dict(push.data), tag(message))
    if len(encoded(whole)) <= largest:
        return whole
    shorter = replace(whole, body="")
    if len(encoded(shorter)) > largest:
        shorter = replace(shorter, data={})
    shorter = replace(shorter, title=_cut(whole.title, largest - len(encoded(replace(shorter, title="")))))
    return replace(shorter, body=_cut(whole.body, largest - len(encoded(shorter))))


def tag(message: PushMessage) -> str:
    """Of two with the same tag a device shows the later one alone."""
    return message.push.collapse or str(message.id)


def encoded(one: Payload) -> bytes:
    return msgspec.json.encode(one)


def _cut(text: str, most: int) -> str:
    """What fits into so many bytes of JSON, with a mark where it breaks off."""
    if _length(text) <= most:
        return text
    fitting, too_long = 0, len(text)
    while too_long - fitting > 1:
        middle = (fitting + too_long) // 2
        if _length(f"{text[:middle]}…") <= most:
            fitting = middle
        else:
            too_long = middle
    return f"{text[:fitting]}…" if fitting else ""


def _length(text: str) -> int:
    """In bytes of JSON, without the quotation marks."""
    return len(msgspec.json.encode(text)) - 2
