from typing import Any

from marketplace.domain.calls.call import Call
from marketplace.domain.calls.moves import CallId, Media
from marketplace.domain.shared.ids import ConversationId, SessionId
from tests.builders.commerce import NOON, a_user_id, new_id


def a_call(**changes: Any) -> Call:
    """It rings at noon."""
    caller = changes.pop("caller", None) or a_user_id()
    given: dict[str, Any] = {
        "id": CallId(new_id()), "conversation_id": ConversationId(new_id()), "caller": caller, "callee": a_user_id(),
        "media": Media.VIDEO, "started_at": NOON, "devices": {caller: SessionId(new_id())}, **changes,
    }  # fmt: skip
    call = Call(**given)
    call.ring()
    return call
