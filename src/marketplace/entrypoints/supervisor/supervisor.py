import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from marketplace.entrypoints.supervisor import lifeline, reaping

Say = Callable[[str], None]

ENGINE_CHECK = 1.0
"""Seconds between two looks at an engine whose end no signal has told us: a hung one, or one that was adopted."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Engine(Protocol):
    """A server that runs beside us; the calls block."""

    def start(self) -> None: ...
    def is_running(self) -> bool: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    descriptors: tuple[int, ...] = ()
    """Open file descriptors that the process inherits."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds to wait before a start is repeated: doubled with each failure, reset by `healthy` seconds of life."""

    first: float = 0.1
    longest: float = 5.0
    healthy: float = 30.0

    def after(self, failures: int) -> float:
        return float(min(self.longest, self.first * 2 ** min(failures - 1, 30)))


class Supervisor:
    """Engines start first and end last, in the reverse order; programs live between them.

    `on_exit` is told the id of every program's process that ended. `descriptors` are inherited by all programs.
    """

    def __init__(
        self,
        engines: Mapping[str, Engine],
        say: Say,
        *,
        grace: float = 25.0,
        backoff: Backoff = Backoff(),
        on_exit: Callable[[int], None] = lambda _: None,
        descriptors: tuple[int, ...] = (),
    ) -> None:
        self._engines = engines
        self._say = say
        self._grace = grace
        self._backoff = backoff
        self._on_exit = on_exit
        self._descriptors = descriptors
        self._started: list[str] = []
        self._processes: dict[asyncio.Future[int], subprocess.Popen[bytes]] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._calls: set[asyncio.Future[None]] = set()
        self._stopping = False

    async def run(self, work: Callable[[], Awaitable[int]]) -> int:
        """Do `work`, which starts engines and programs, until it returns an exit code or SIGTERM, SIGINT or SIGHUP
        comes; then end everything. A second signal kills the programs instead of waiting for them."""
        reaping.adopt_orphans()
        self._loop = asyncio.get_running_loop()
        self._hurry = asyncio.Event()
        self._child_ended = asyncio.Event()
        self._lifeline, write_end = os.pipe()
        task = asyncio.ensure_future(work())
        self._loop.add_signal_handler(signal.SIGCHLD, self._collect)
        for number in STOP_SIGNALS:
            self._loop.add_signal_handler(number, self._told_to_stop, task)
        try:
            return await task
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            return 0
        finally:
            self._stopping = True
            await self._end()
            for number in (*STOP_SIGNALS, signal.SIGCHLD):
                self._loop.remove_signal_handler(number)
            os.close(self._lifeline)
            os.close(write_end)

    async def start_engines(self) -> None:
        self._started = list(self._engines)
        await asyncio.gather(*(self._in_thread(engine.start) for engine in self._engines.values()))
        for name, engine in self._engines.items():
            self._keepers.append(asyncio.create_task(self._keep_engine(name, engine)))

    async def once(self, program: Program) -> int:
        """Run a program to its end; its exit code, negative for a signal."""
        return await asyncio.shield(self._spawn(program))

    def keep(self, program: Program) -> None:
        """Run a program, and again whenever it ends."""
        self._keepers.append(asyncio.create_task(self._keep(program)))

    async def _keep(self, program: Program) -> None:
        failures = 0
        while True:
            started = self._loop.time()
            ended = ending(await asyncio.shield(self._spawn(program)))
            failures = 1 if self._loop.time() - started >= self._backoff.healthy else failures + 1
            self._report(program.name, ended, failures)
            await asyncio.sleep(self._backoff.after(failures))

    async def _keep_engine(self, name: str, engine: Engine) -> None:
        failures = 0
        while True:
            await self._child_ends_within(self._backoff.after(failures) if failures else ENGINE_CHECK)
            try:
                if await asyncio.to_thread(engine.is_running):
                    failures = 0
                    continue
                if not failures:
                    self._say(f"{name} ended: starting it again")
                await self._in_thread(engine.start)
            except Exception as error:  # whatever the fault, the engine is needed: try again
                failures += 1
                self._report(name, str(error).partition("\n")[0], failures)

    async def _child_ends_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._child_ended.wait(), seconds)

    def _report(self, name: str, ended: str, failures: int) -> None:
        if failures == 1:
            self._say(f"{name} {ended}: starting it again")
        elif failures == 5:
            self._say(f"{name} {ended}, for the fifth time in a row: trying on; `marketplace doctor` may know why")

    def _spawn(self, program: Program) -> asyncio.Future[int]:
        """In a session of its own, so that a Ctrl-C of the terminal reaches this process alone."""
        process = subprocess.Popen(  # noqa: S603 - our own commands
            program.command,
            env={**program.environ, lifeline.VARIABLE: str(self._lifeline)},
            stdin=subprocess.DEVNULL,
            pass_fds=(self._lifeline, *self._descriptors, *program.descriptors),
            start_new_session=True,
        )
        ended = self._loop.create_future()
        self._processes[ended] = process
        return ended

    def _collect(self, stranger: int = 0) -> None:
        """A stranger is collected at its second sight: until then whoever started it may still do so."""
        self._child_ended.set()
        self._child_ended = asyncio.Event()
        for ended, process in list(self._processes.items()):
            if (code := process.poll()) is not None:
                del self._processes[ended]
                self._on_exit(process.pid)
                if not ended.done():
                    ended.set_result(code)
        if stranger and reaping.ended_child() == stranger:
            with suppress(ChildProcessError):
                os.waitpid(stranger, os.WNOHANG)
        if pid := reaping.ended_child():
            self._loop.call_later(0.1, self._collect, pid)

    async def _in_thread(self, call: Callable[[], None]) -> None:
        """Not abandoned when the caller is cancelled: the end waits for it."""
        future = self._loop.run_in_executor(None, call)
        self._calls.add(future)
        future.add_done_callback(self._calls.discard)
        await asyncio.shield(future)

    def _told_to_stop(self, task: asyncio.Future[int]) -> None:
        if self._stopping:
            self._hurry.set()
        else:
            self._stopping = True
            task.cancel()
            self._say("stopping (once more to hasten it)")

    async def _end(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self._end_programs()
        await asyncio.gather(*self._calls, return_exceptions=True)
        for name in reversed(self._started):
            try:
                await self._in_thread(self._engines[name].stop)
            except Exception as error:  # the others must be stopped all the same
                self._say(f"{name} did not stop: {str(error).partition(chr(10))[0]}")

    async def _end_programs(self) -> None:
        for process in self._processes.values():
            process.terminate()
        hurry = asyncio.create_task(self._hurry.wait())
        everyone = asyncio.create_task(self._all_ended())
        await asyncio.wait({hurry, everyone}, timeout=self._grace, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await everyone

    async def _all_ended(self) -> None:
        while self._processes:
            await asyncio.wait(list(self._processes))


def ending(code: int) -> str:
    """How a process ended, for people; `code` as in subprocess: negative for a signal."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}" if code else "ended"
