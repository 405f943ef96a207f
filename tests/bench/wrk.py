"""Measure a server with wrk: it replays a list of requests from 16 connections, in random order, on the second core."""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.bench.targets import Target

_CONNECTIONS = 16
_REPLAY = """
local requests, count = {}, 0
local keys, mark = os.getenv("KEYS"), "@@@@@@@@@@@@@@@@@@@@"
function init(arguments)
  math.randomseed(os.time())
  for line in io.lines(arguments[1]) do
    local method, path, body = line:match("^(%S+)\\t(%S+)\\t(.*)$")
    local headers = {["Content-Type"] = body ~= "" and "application/json" or nil}
    if method:find("+key", 1, true) then headers["Idempotency-Key"] = mark end
    requests[#requests + 1] = wrk.format(method:match("^%u+"), path, headers, body ~= "" and body or nil)
  end
end
function request()
  local chosen = requests[math.random(#requests)]
  if not chosen:find(mark, 1, true) then return chosen end
  count = count + 1
  return (chosen:gsub(mark, string.format("%s%010d", keys, count), 1))
end
function done(summary, latency)
  local failed = summary.errors
  local errors = failed.status + failed.connect + failed.read + failed.write + failed.timeout
  local p50, p99 = latency:percentile(50) / 1000, latency:percentile(99) / 1000
  io.write(string.format("RESULT %d %d %.3f %.3f %d\\n", summary.requests, summary.duration, p50, p99, errors))
end
"""


class Figures(NamedTuple):
    """What one run measured."""

    rate: float
    """Answers a second."""
    p50: float
    """Milliseconds."""
    p99: float
    """Milliseconds."""
    cpu: float
    """Microseconds of the server's CPU an answer, without the database's."""
    memory: float
    """MiB resident."""


def measure(target: Target, workload: str, folder: Path, seconds: int) -> Figures:
    """Send a workload for some seconds. Raises where an answer was an error, and where there was none."""
    script = folder / "replay.lua"
    script.write_text(_REPLAY)
    before = _cpu(target.session)
    length = ("-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s")
    printed = subprocess.run(
        ["taskset", "-c", "1", "wrk", *length, "-s", str(script), target.url, "--", str(target.requests[workload])],
        env=os.environ | {"KEYS": os.urandom(5).hex()},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", printed)
    assert found, printed
    requests, microseconds, p50, p99, errors = map(float, found.groups())
    if errors or not requests:
        raise RuntimeError(f"{target.name}, {workload}: {requests:.0f} answers, {errors:.0f} errors")
    cpu = (_cpu(target.session) - before) / requests * 1e6
    return Figures(requests / microseconds * 1e6, p50, p99, cpu, _memory(target.session))


def _cpu(session: int) -> float:
    """Seconds of CPU that the processes of a session have had."""
    return sum(int(fields[11]) + int(fields[12]) for fields in _processes(session)) / os.sysconf("SC_CLK_TCK")


def _memory(session: int) -> float:
    return sum(int(fields[21]) for fields in _processes(session)) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _processes(session: int) -> list[list[str]]:
    """The fields of /proc/PID/stat behind the name, for each process of a session (proc(5))."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            found.append(fields)
    return found
