import msgspec

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
    if _excess(whole, largest) <= 0:
        return whole
    bare = msgspec.structs.replace(whole, body="")
    if _excess(bare, largest) > 0:
        bare = msgspec.structs.replace(bare, data={})
    if _excess(bare, largest) > 0:
        return msgspec.structs.replace(bare, title=_cut(bare.title, _excess(bare, largest)))
    room = largest - len(encoded(bare))
    return msgspec.structs.replace(bare, body=_cut(whole.body, len(_text(whole.body)) - room))


def tag(message: PushMessage) -> str:
    """Of two with the same tag a device shows the later one alone."""
    return message.push.collapse or str(message.id)


def encoded(one: Payload) -> bytes:
    return msgspec.json.encode(one)


def _excess(one: Payload, largest: int) -> int:
    return len(encoded(one)) - largest


def _text(text: str) -> bytes:
    """Without its quotation marks."""
    return msgspec.json.encode(text)[1:-1]


def _cut(text: str, excess: int) -> str:
    """Shorter by `excess` bytes of JSON or a little more, with a mark where it breaks off."""
    most = len(_text(text)) - excess - len("…".encode())
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(_text(text[:middle])) <= most else (low, middle - 1)
    return f"{text[:low]}…" if most >= 0 else ""
