from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.letters import SEND_POSTED, Post, PostedLetter


class SqlPost(Post):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    def add(self, letter: PostedLetter) -> None:
        self._transaction.jobs.run(SEND_POSTED, letter)
