"""Rate limits in Valkey: one script checks every window of every key, then counts in all of them or in none."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from redis.asyncio import Redis

from marketplace.adapters.redis.client import CacheUnavailable
from marketplace.adapters.redis.coalesced_script import CoalescedScript
from marketplace.application.shared.limits import Allowance, Limit, RateLimit, RateLimits, TooManyCalls

VALKEY_CLOCK = "redis.call('TIME')[1]"
"""Seconds, as a Lua expression. Another one is for tests, which cannot set Valkey's clock."""

GOES_ON = frozenset({Limit.API, Limit.CHAT, Limit.SOCKET})
"""Nothing is guessed there."""

_SCRIPT = """
-- A key holds, for every window: u16 how many buckets follow, u32 their sum, and those that are not empty, oldest
-- first: u32 number (time / width), u32 calls. The current bucket and as many before it as the window has are counted,
-- so the oldest is counted whole although a part of it is out of the window already.
-- ARGV, for each call: number of its rule, number of its keys, how often to count it.
-- Answer, for each call: seconds to wait or 0, the tightest window, what it has left, seconds until it has more.
local now = tonumber($NOW)
local rules = {$RULES}

local function look(text, from, window)
    local current = math.floor(now / window.width)
    local seen = {window = window, text = text, from = from, to = from, next = from, sum = 0, current = current}
    if not text then return seen end
    local count
    count, seen.sum = struct.unpack('<I2I4', text, from)
    seen.from = from + 6
    seen.to = seen.from + 8 * count
    seen.next = seen.to
    local newest = struct.unpack('<I4', text, seen.to - 8)
    if newest > current then seen.current = newest end  -- the clock was set back
    while seen.from < seen.to do
        local bucket, calls = struct.unpack('<I4I4', text, seen.from)
        if bucket >= seen.current - window.buckets then
            seen.oldest = bucket
            seen.merge = newest == seen.current
            break
        end
        seen.sum = seen.sum - calls
        seen.from = seen.from + 8
    end
    return seen
end

local function leaves(bucket, window)
    return (bucket + window.buckets + 1) * window.width - now
end

local function wait(seen)
    local sum, from, oldest = seen.sum, seen.from, seen.oldest
    while sum >= seen.window.limit do
        local bucket, calls = struct.unpack('<I4I4', seen.text, from)
        sum, from, oldest = sum - calls, from + 8, bucket
    end
    return leaves(oldest, seen.window)
end

local function counted(seen, calls)
    local sum, to = seen.sum + calls, seen.to
    if seen.merge then
        to = to - 8
        calls = calls + struct.unpack('<I4', seen.text, to + 4)
    end
    local kept = seen.text and string.sub(seen.text, seen.from, to - 1) or ''
    return struct.pack('<I2I4', (to - seen.from) / 8 + 1, sum) .. kept .. struct.pack('<I4I4', seen.current, calls)
end

local answers, past = {}, 0
for argument = 1, #ARGV, 3 do
    local rule, keys = rules[tonumber(ARGV[argument])], tonumber(ARGV[argument + 1])
    local calls = tonumber(ARGV[argument + 2])
    local retry, tightest, left, reset = 0, 0, math.huge, 0
    local looks = {}
    for key = past + 1, past + keys do
        local text, from = redis.call('GET', KEYS[key]), 1
        for place, window in ipairs(rule) do
            local seen = look(text, from, window)
            from = seen.next
            looks[#looks + 1] = seen
            local room = math.max(0, window.limit - seen.sum - calls)
            if seen.sum >= window.limit then
                local seconds = wait(seen)
                if seconds > retry then retry, tightest, left, reset = seconds, place, 0, seconds end
            elseif retry == 0 and room <= left then
                local seconds = leaves(seen.oldest or seen.current, window)
                if room < left or seconds > reset then tightest, left, reset = place, room, seconds end
            end
        end
    end
    if retry == 0 then
        local longest = rule[#rule]
        for key = 1, keys do
            local parts = {}
            for place = 1, #rule do parts[place] = counted(looks[(key - 1) * #rule + place], calls) end
            redis.call('SET', KEYS[past + key], table.concat(parts), 'EX', longest.width * (longest.buckets + 1))
        end
    end
    past = past + keys
    for _, figure in ipairs({retry, tightest, left, reset}) do answers[#answers + 1] = figure end
end
return answers
"""

_Call = tuple[int, list[bytes], int]
_Answer = tuple[int, int, int, int]


class RedisRateLimits(RateLimits):
    """Keys are stored as MACs and expire. Without Valkey what is in GOES_ON is counted by `fallback`, others refused.

    Limits may change between two starts, and what was counted stays; with other windows counting starts anew.
    """

    def __init__(
        self,
        redis: Redis,
        key: bytes,
        rules: Mapping[Limit, RateLimit],
        fallback: RateLimits,
        *,
        now: str = VALKEY_CLOCK,
    ) -> None:
        self._key = key
        self._rules = {
            limit: (number, rule, f"{limit} {[window.seconds for window in rule]} ")
            for number, (limit, rule) in enumerate(rules.items(), 1)
        }
        self._fallback = fallback
        source = _SCRIPT.replace("$NOW", now).replace("$RULES", ", ".join(map(_in_lua, rules.values())))
        self._script = CoalescedScript[_Call, _Answer](redis, source, _arguments, _answers)

    async def take(self, limit: Limit, *keys: str, calls: int = 1) -> Allowance:
        number, rule, name = self._rules[limit]
        try:
            places = [self._place(name + key) for key in keys]
            retry, place, left, reset = await self._script((number, places, calls))
        except CacheUnavailable:
            if limit not in GOES_ON:
                raise
            return await self._fallback.take(limit, *keys, calls=calls)
        window = rule[place - 1]
        if retry:
            raise TooManyCalls(window, retry)
        return Allowance(window.limit, left, reset)

    async def close(self) -> None:
        await self._script.close()

    def _place(self, name: str) -> bytes:
        return b"limit:" + hmac.digest(self._key, name.encode("utf-8", "surrogatepass"), "sha256")[:16]


def _in_lua(rule: RateLimit) -> str:
    windows = (
        f"{{limit = {window.limit}, width = {window.bucket}, buckets = {window.seconds // window.bucket}}}"
        for window in rule
    )
    return f"{{{', '.join(windows)}}}"


def _arguments(calls: Sequence[_Call]) -> tuple[Any, ...]:
    places = [place for _, places, _ in calls for place in places]
    figures = (figure for number, places, times in calls for figure in (number, len(places), times))
    return len(places), *places, *figures


def _answers(flat: list[int]) -> Iterable[_Answer]:
    figures = iter(flat)
    return zip(figures, figures, figures, figures, strict=True)
