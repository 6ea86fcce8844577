from datetime import datetime

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.posting import SEND_POSTED, Post, PostedLetter


class SqlPost(Post):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    def add(self, letter: PostedLetter, not_before: datetime | None = None) -> None:
        self._transaction.jobs.run(SEND_POSTED, letter, not_before)
