from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.ports import SEND_LETTER, LetterWish, LetterWishes


class SqlLetterWishes(LetterWishes):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    def add(self, wish: LetterWish) -> None:
        self._transaction.jobs.run(SEND_LETTER, wish)
