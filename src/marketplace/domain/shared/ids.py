from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ConversationId = NewType("ConversationId", UUID)
ListingId = NewType("ListingId", UUID)
NegotiationId = NewType("NegotiationId", UUID)
OrderId = NewType("OrderId", UUID)
PaymentId = NewType("PaymentId", UUID)
OrderGroupId = NewType("OrderGroupId", UUID)
RefundId = NewType("RefundId", UUID)
PayoutId = NewType("PayoutId", UUID)
PayoutAccountId = NewType("PayoutAccountId", UUID)
TopUpId = NewType("TopUpId", UUID)
