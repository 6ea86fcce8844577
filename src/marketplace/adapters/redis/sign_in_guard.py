import hmac
from datetime import timedelta

from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.identity.ports import SignInGuard
from marketplace.domain.identity.lockout import FAILURES, FAILURES_IN_ALL, LOCK

REMEMBERED = timedelta(days=30)

_ADMIT = """
local place = KEYS[1] .. ':' .. ARGV[1]
local failed = tonumber(redis.call('GET', place) or 0)
local all = tonumber(redis.call('GET', KEYS[1]) or 0)
if failed >= tonumber(ARGV[2]) or (ARGV[4] == '0' and all >= tonumber(ARGV[3])) then return 0 end
redis.call('INCR', place)
redis.call('EXPIRE', place, ARGV[5])
redis.call('SADD', KEYS[1] .. ':places', ARGV[1])
redis.call('EXPIRE', KEYS[1] .. ':places', ARGV[6])
if ARGV[4] == '0' then
    redis.call('INCR', KEYS[1])
    redis.call('EXPIRE', KEYS[1], ARGV[6])
end
return 1
"""

_TAKE_BACK = """
for _, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or 0) > 0 then redis.call('DECR', key) end
end
"""


class RedisSignInGuard(SignInGuard):
    """Two counters, raised before anything is compared: of the account at one place, and of the account in all.

    Accounts and places are stored as MACs. A lock ends LOCK after the failure that made it: refused attempts do not
    prolong it.
    """

    def __init__(self, redis: Redis, key: bytes) -> None:
        self._redis = redis
        self._key = key
        self._admit = redis.register_script(_ADMIT)
        self._take_back = redis.register_script(_TAKE_BACK)

    async def admit(self, account: str, place: str, *, known_device: bool) -> bool:
        with refusals():
            admitted = await self._admit(
                keys=[self._account(account)],
                args=[
                    self._mac(place), FAILURES, FAILURES_IN_ALL, int(known_device), int(LOCK.total_seconds()),
                    int(REMEMBERED.total_seconds()),
                ],
            )  # fmt: skip
        return bool(admitted)

    async def take_back(self, account: str, place: str, *, known_device: bool) -> None:
        name = self._account(account)
        counted = [f"{name}:{self._mac(place)}"] + ([] if known_device else [name])
        with refusals():
            await self._take_back(keys=counted)

    async def locked_now(self, account: str, place: str) -> bool:
        with refusals():
            failed = await self._redis.get(f"{self._account(account)}:{self._mac(place)}")
        return int(failed or 0) == FAILURES

    async def clear(self, account: str, place: str | None = None) -> None:
        name = self._account(account)
        with refusals():
            places = {self._mac(place)} if place else await self._redis.smembers(f"{name}:places")
            names = (one.decode() if isinstance(one, bytes) else one for one in places)
            await self._redis.delete(name, *(f"{name}:{one}" for one in names))

    def _account(self, account: str) -> str:
        return f"sign-in:{self._mac(account)}"

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:32]
