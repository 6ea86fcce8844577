"""Why an order does not do what is asked of it."""

from marketplace.domain.shared.errors import Conflict, Forbidden


class OrderNotPaid(Conflict):
    code = "order_not_paid"


class IllegalOrderMove(Conflict):
    code = "illegal_order_move"


class NotYourMove(Forbidden):
    """The order can go there, but somebody else takes it."""

    code = "not_your_move"


class TooManyChanges(Conflict):
    code = "too_many_changes"


class DisputeWindowClosed(Conflict):
    code = "dispute_window_closed"
