from datetime import datetime
from uuid import UUID


def first_id(at: datetime) -> UUID:
    """Before every UUIDv7 that was made from then on, behind all earlier ones: a span of time is a range of ids."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
