"""The image sandbox for tests that send hundreds of files: what takes its time, its start, happens once.

Each image still has a process of its own, forked from one that has loaded the decoders, with the sandbox's own code
and limits, but for two seconds of work where there are five. That the sandbox's own start does the same is shown in
tests/contract/shared/test_images.py.
"""

import struct
import subprocess
import sys
from collections.abc import Sequence
from threading import Lock

from marketplace.adapters.images.encoder import SANDBOX, SandboxedImageEncoder

PROGRAM = f"""
import os, runpy, struct, sys
from resource import RLIMIT_CPU, setrlimit
from PIL import Image
sandbox = runpy.run_path({str(SANDBOX)!r})
Image.preinit()
while head := sys.stdin.buffer.read(12):
    fitted, count, length = struct.unpack(">III", head)
    edges = list(struct.unpack(f">{{count}}I", sys.stdin.buffer.read(4 * count)))
    upload = sys.stdin.buffer.read(length)
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.dup2(writer, 1)
        os.closerange(3, 64)
        sandbox["_confine"]()
        setrlimit(RLIMIT_CPU, (2, 2))
        sys.stdout.buffer.write(sandbox["answer_to"](upload, "fitted" if fitted else "squares", edges))
        sys.stdout.buffer.flush()
        os._exit(0)
    os.close(writer)
    answer = open(reader, "rb").read()
    answer = b"" if os.waitpid(child, 0)[1] else answer
    sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer)
    sys.stdout.buffer.flush()
"""


class WarmImageEncoder(SandboxedImageEncoder):
    """`close` ends its process."""

    def __init__(self) -> None:
        super().__init__()
        command = [sys.executable, "-I", "-c", PROGRAM]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        self._lock = Lock()

    def ask(self, upload: bytes, way: str, edges: Sequence[int]) -> bytes:
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            head = struct.pack(f">III{len(edges)}I", way == "fitted", len(edges), len(upload), *edges)
            self._process.stdin.write(head + upload)
            self._process.stdin.flush()
            length = struct.unpack(">I", self._process.stdout.read(4))[0]
            return self._process.stdout.read(length)

    def close(self) -> None:
        self._process.communicate()
