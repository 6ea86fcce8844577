from uuid import UUID

from uuid_utils.compat import uuid7

from marketplace.application.shared.ports import Ids


class TimeOrderedIds(Ids):
    def new(self) -> UUID:
        return uuid7()
