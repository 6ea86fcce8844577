"""A supervisor of little actors in a process of its own: `python stage.py FOLDER GRACE [NAME=BEHAVIOUR ...]`.

An actor that behaves as `engine` is run as an engine, the others as programs.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

from marketplace.entrypoints.supervisor.serve import say
from marketplace.entrypoints.supervisor.supervisor import Backoff, Program, Supervisor

ACTOR = str(Path(__file__).with_name("actor.py"))


class ActorEngine:
    def __init__(self, folder: Path, name: str) -> None:
        self._command = (sys.executable, ACTOR, str(folder), name, "polite")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, start_new_session=True)  # noqa: S603

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()


async def main(folder: Path, grace: float, cast: dict[str, str]) -> int:
    engines = {name: ActorEngine(folder, name) for name, behaviour in cast.items() if behaviour == "engine"}
    supervisor = Supervisor(engines, say, grace=grace, backoff=Backoff(0.01, 0.1, 30))

    async def work() -> int:
        await supervisor.start_engines()
        for name, behaviour in cast.items():
            if behaviour != "engine":
                supervisor.keep(Program(name, (sys.executable, ACTOR, str(folder), name, behaviour)))
        await asyncio.Event().wait()
        return 0

    return await supervisor.run(work)


if __name__ == "__main__":
    actors = dict(actor.split("=") for actor in sys.argv[3:])
    sys.exit(asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]), actors)))
