"""`make bench` at a size that says nothing of speed: every path runs beside its limit and is printed with its ratio."""

import asyncio
import re
import sys

import pytest

pytestmark = [pytest.mark.timeout(120)]


async def test_each_hot_path_is_measured_beside_its_limit() -> None:
    command = [sys.executable, "-m", "benchmarks", "--rounds", "1", "--listings", "200", "--scale", "0.01"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output = (await asyncio.wait_for(process.communicate(), 90))[0].decode()
    assert process.returncode == 0
    for path in ("by id", "list of 20", "accept an offer", "by id, cached", "list of 20, cached"):
        figures = r" *(\d+) \+ *(\d+) +(\d+) \+ *(\d+) +(\d+) +(\d+\.\d\d) +\d\.\d  (met|missed)"
        row = re.search(rf"^{path}{figures}$", output, re.M)
        assert row, output
        ours, limit = sum(map(int, row.groups()[:2])), sum(map(int, row.groups()[2:5]))
        assert float(row[6]) == pytest.approx(ours / limit, rel=0.06)
    ratio = re.search(
        r"^sign-in beside reads: \d+\.\d logins/s .*\n.* ratio of p99 (\d+\.\d\d), target 1.5 (met|missed)$",
        output,
        re.M,
    )
    assert ratio, output
    assert (float(ratio[1]) <= 1.5) == (ratio[2] == "met")
