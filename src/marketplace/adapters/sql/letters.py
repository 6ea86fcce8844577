from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.letters import DELIVER_LETTER, Letters, PostableLetter, PostedLetter, Recipient
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.ports import Ids


class SqlLetters(Letters):
    def __init__(self, transaction: SqlTransaction, ids: Ids) -> None:
        self._transaction = transaction
        self._ids = ids

    def send(self, letter: PostableLetter, to: Recipient, channel: MessageChannel = MessageChannel.EMAIL) -> None:
        self._transaction.jobs.run(DELIVER_LETTER, PostedLetter(self._ids.new(), letter, to, channel))
