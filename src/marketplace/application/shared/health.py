from collections.abc import Mapping
from typing import Protocol


class HealthChecks(Protocol):
    """Look at everything a request needs."""

    async def __call__(self) -> Mapping[str, str]:
        """Each part's name with `ok` or one line of what is wrong."""
        ...
