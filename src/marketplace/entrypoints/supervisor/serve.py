"""`marketplace serve`: engines, database, HTTP processes and worker, from one command."""

import asyncio
import os
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from marketplace.entrypoints.supervisor import ground
from marketplace.entrypoints.supervisor.readiness import reachable, until_ready, url
from marketplace.entrypoints.supervisor.supervisor import Program, Supervisor
from marketplace.entrypoints.wiring.engines import EmbeddedEngines, using
from marketplace.entrypoints.wiring.settings import Settings


def serve(settings: Settings) -> int:
    """Runs until it is told to stop; the exit code. Raises StartError and EngineError."""
    return asyncio.run(_serve(settings))


def say(line: str) -> None:
    """The service outlives its terminal."""
    with suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


async def _serve(settings: Settings) -> int:
    folder = ground.run_folder(settings.data_dir)
    with ExitStack() as held:
        held.callback(os.close, ground.lock_for_one_run(folder))
        children_lock = await ground.lock_for_children(folder, say)
        held.callback(os.close, children_lock)
        await asyncio.to_thread(held.enter_context, using(folder))
        listener = held.enter_context(ground.bind(settings.host, settings.port))
        sockets = ground.private_sockets(folder, settings.workers)
        held.callback(ground.remove_private_sockets, sockets, folder)
        metrics = ground.fresh_folder(folder / "metrics")
        embedded = EmbeddedEngines(settings)
        engines = embedded.by_name()
        supervisor = Supervisor(
            engines, say, on_exit=lambda pid: _forget_gauges(metrics, pid), descriptors=(children_lock,)
        )

        async def work() -> int:
            embedded_ones = f"; embedded {' and '.join(engines)} with data in {settings.data_dir}" if engines else ""
            say(f"marketplace starts ({settings.environment}{embedded_ones})")
            await supervisor.start_engines()
            programs = _programs(embedded.settings(), listener.fileno(), sockets, metrics)
            if code := await supervisor.once(programs.prepare):
                return code
            ground.listen(listener)
            for program in programs.kept:
                supervisor.keep(program)
            address = reachable(listener)
            await until_ready(address, _host_header(settings, address), say)
            say(f"marketplace is ready on {url(address)} (docs at /docs)")
            await asyncio.Event().wait()
            return 0

        return await supervisor.run(work)


@dataclass(frozen=True, slots=True)
class Programs:
    prepare: Program
    kept: tuple[Program, ...]


def _programs(settings: Settings, listener: int, sockets: tuple[Path, ...], metrics: Path) -> Programs:
    environ = {
        **os.environ,
        **settings.for_children(),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "HTTP_SOCKETS": ",".join(map(str, sockets)),
    }
    marketplace = (sys.executable, "-m", "marketplace")
    http = tuple(
        Program(
            f"http {index}", (*marketplace, "_http", "--fd", str(listener), "--index", str(index)), environ, (listener,)
        )
        for index in range(len(sockets))
    )
    workers = tuple(
        Program(f"worker {index}", (*marketplace, "_worker"), environ) for index in range(settings.job_workers)
    )
    return Programs(Program("prepare", (*marketplace, "_prepare"), environ), (*http, *workers))


def _host_header(settings: Settings, address: tuple[str, int]) -> str:
    """A name that the application answers to."""
    if "*" in settings.allowed_hosts:
        return url(address).removeprefix("http://")
    return settings.allowed_hosts[0].replace("*", "health")


def _forget_gauges(metrics: Path, pid: int) -> None:
    """The live gauges of an ended process count no more (prometheus_client's mark_process_dead)."""
    for path in metrics.glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)
