from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.ports import SEND_CODE, CodeRequest, CodeRequests


class SqlCodeRequests(CodeRequests):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    def add(self, request: CodeRequest) -> None:
        self._transaction.jobs.run(SEND_CODE, request)
