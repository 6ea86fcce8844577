"""A process for the supervisor to run. Arguments: a folder, a name, and how it behaves.

It writes its id to NAME.pid, and its name to the file `ended` when SIGTERM ends it.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from marketplace.entrypoints.supervisor import lifeline


def main(folder: Path, name: str, behaviour: str) -> None:
    def end(_: int, __: FrameType | None) -> None:
        with (folder / "ended").open("a") as file:
            file.write(f"{name}\n")
        sys.exit(0)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "stubborn" else end)
    lifeline.follow(grace=0.2)
    if behaviour == "leaves-orphan":
        orphan = subprocess.Popen(["sleep", "30"], start_new_session=True)  # noqa: S607
        (folder / "orphan.pid").write_text(str(orphan.pid))
    written = folder / f"{name}.new"
    written.write_text(str(os.getpid()))
    written.rename(folder / f"{name}.pid")
    if behaviour == "fails":
        sys.exit(3)
    while True:
        signal.pause()


main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
