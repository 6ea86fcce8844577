from typing import Annotated

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get
from litestar.params import Parameter

from marketplace.application.messaging.search import FoundMessagesView, FoundPosition, MessageSearch
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE
from marketplace.domain.shared.ids import ConversationId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.own_products import PRIVATE
from marketplace.entrypoints.http.paging import Cursors, CursorText, PerPage

Words = Annotated[str, Parameter(min_length=1, max_length=200, description="Whole words, in any form or script.")]
InOne = Annotated[ConversationId | None, Parameter(description="In this conversation only.")]


class MessageSearchController(Controller):
    path = "/api/v1/conversations/search"
    tags = ("Conversations",)
    security = BEARER
    cache_control = PRIVATE

    @get(summary="Search your conversations", opt={"problems": (404,)})
    @inject
    async def search_messages(
        self,
        q: Words,
        actor: FromDishka[Actor],
        search: FromDishka[MessageSearch],
        cursors: FromDishka[Cursors],
        conversation_id: InOne = None,
        per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[FoundMessagesView]:
        """Messages of your conversations that have all the words, the newest first; deleted ones never."""
        list_ = ("message search", actor.user, q, conversation_id)
        after = cursors.read(cursor, FoundPosition, *list_) if cursor else None
        found = await search.search(actor, q, conversation_id=conversation_id, after=after, limit=per_page + 1)
        items, has_more = found[:per_page], len(found) > per_page
        last = items[-1].message if has_more else None
        next_cursor = cursors.write(FoundPosition(last.created_at, last.id), *list_) if last else None
        return Success(FoundMessagesView(items, has_more, next_cursor))
