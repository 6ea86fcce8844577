import asyncio
import base64
import hmac
import os
import sys
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt

from marketplace.application.identity.ports import Passwords
from marketplace.domain.shared.errors import Unavailable

SLOTS = 2
"""Hashes worked on at once: a flood of logins may not take every core."""

PATIENCE = 5.0
"""Seconds a caller waits for a slot."""

NICENESS = 19
"""Of the threads that hash: whoever answers or queries goes first (sched(7)), and hashing takes what is left."""

Result = TypeVar("Result")


class PasswordChecksBusy(Unavailable):
    code = "password_checks_busy"


class BcryptPasswords(Passwords):
    """bcrypt(base64(HMAC-SHA-384(pepper, password))): all of a long password counts (reliability rule D19)."""

    def __init__(self, pepper: bytes, *, cost: int = 12) -> None:
        self._pepper = pepper
        self._cost = cost
        self._nobody = b"$2b$%02d$" % cost + b"." * 53
        """A well-formed hash that no password has: checking against it takes the usual time."""
        self._slots = asyncio.Semaphore(SLOTS)
        self._threads = ThreadPoolExecutor(SLOTS, "bcrypt", _yield_to_others)

    async def hash(self, password: str) -> str:
        def work() -> bytes:
            return bcrypt.hashpw(self._peppered(password), bcrypt.gensalt(self._cost))

        return (await self._run(work)).decode()

    async def verify(self, password: str, password_hash: str | None) -> bool:
        known = self._nobody if password_hash is None else password_hash.encode()
        right = await self._run(lambda: bcrypt.checkpw(self._peppered(password), known))
        return right and password_hash is not None

    async def _run(self, work: Callable[[], Result]) -> Result:
        async with _Slot(self._slots):
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _peppered(self, password: str) -> bytes:
        text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
        return base64.b64encode(hmac.digest(self._pepper, text, "sha384"))


def _yield_to_others() -> None:
    if sys.platform == "linux":  # where niceness is a thread's own
        os.nice(NICENESS)


class _Slot:
    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots = slots

    async def __aenter__(self) -> None:
        try:
            await asyncio.wait_for(self._slots.acquire(), PATIENCE)
        except TimeoutError:
            raise PasswordChecksBusy("too many people log in at this moment, try again") from None

    async def __aexit__(self, *_: object) -> None:
        self._slots.release()
