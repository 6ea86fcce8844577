"""`make bench` at a size that says nothing of speed: paths of both kinds run beside their limit, with their ratio."""

import asyncio
import re
import sys

import pytest

pytestmark = [pytest.mark.timeout(120)]


async def test_each_hot_path_is_measured_beside_its_limit() -> None:
    paths = ("order and pay", "list of 20, cached")
    command = [sys.executable, "-m", "benchmarks", "--rounds", "1", "--listings", "200", "--scale", "0.01", "--only"]
    process = await asyncio.create_subprocess_exec(*command, *paths, stdout=asyncio.subprocess.PIPE)
    output = (await asyncio.wait_for(process.communicate(), 90))[0].decode()
    assert process.returncode == 0
    for path in paths:
        figures = r" *(\d+) \+ *(\d+) +(\d+) \+ *(\d+) +(\d+) +(\d+\.\d\d) +\d\.\d  (met|missed)"
        row = re.search(rf"^{path}{figures}$", output, re.M)
        assert row, output
        ours, limit = sum(map(int, row.groups()[:2])), sum(map(int, row.groups()[2:5]))
        assert float(row[6]) == pytest.approx(ours / limit, rel=0.06)
