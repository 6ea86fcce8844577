from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from marketplace.application.catalog.media_ports import Folder, NamedFiles
from marketplace.application.shared.ports import Clock
from marketplace.application.shared.storage import Storage

ORPHAN_AGE = timedelta(days=1)
AT_ONCE = 500
"""Files."""


@dataclass(frozen=True, slots=True)
class SweepFiles:
    """Delete the files that are a day old and that no listing names: a crash, or the removal of a listing, left them.

    May run again, and beside anything else: names are never used twice.
    """

    storage: Storage
    named: NamedFiles
    clock: Clock

    async def __call__(self) -> None:
        for folder in Folder:
            some: list[str] = []
            async for key in self.storage.keys(folder, self.clock.now() - ORPHAN_AGE):
                some.append(key)
                if len(some) == AT_ONCE:
                    await self._sweep(folder, some)
                    some = []
            await self._sweep(folder, some)

    async def _sweep(self, folder: Folder, keys: list[str]) -> None:
        names = {key: UUID(key.removeprefix(f"{folder}/")[:32]) for key in keys}
        unused = await self.named.unused(folder, [*{*names.values()}])
        for key, name in names.items():
            if name in unused:
                await self.storage.delete(key)
