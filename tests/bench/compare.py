"""Compare Tandem with uvicorn alone, with others' systems, and with an earlier revision of itself.

    make bench                                 # Tandem on both engines, and uvicorn with a constant answer
    make bench PEERS=FOLDER                    # also the peers that are installed in a folder (see targets.py)
    make bench BASE=REV                        # also Tandem at a revision
    python -m tests.bench.compare --help

`tandem-uncached` keeps no answers (TANDEM_CACHE_BYTES=0), so that it reads and renders each.
Every server runs on the first core, wrk on the second. In each round, every server takes every workload once, in turn;
a ratio is the median of the rounds' ratios, so that a slow round slows both sides. wrk must be installed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import click

from tests.bench import plot, targets
from tests.bench.targets import Target
from tests.bench.wrk import Figures, measure
from tests.databases import Databases
from tests.proofs import machine

_ROOT = Path(__file__).parents[2]
_WARM = 3
Results = Mapping[str, Mapping[str, Sequence[Figures]]]
"""The figures of each round, by workload and server."""


def main() -> None:
    """Run the rounds, print the table, and write it with a plot where a report is asked for."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name, ExitStack() as running:
        folder = Path(name)
        servers = list(_servers(options, folder, running))
        results = _rounds(servers, folder, options)
    report = f"{machine()}\n\n{options.rounds} rounds of {options.seconds} s; {options.products:,} products.\n"
    report += "".join(_table(workload, found) for workload, found in results.items())
    click.echo(report)
    if options.report:
        plotted = f"![answers a second]({options.report.name}.svg)"
        options.report.with_suffix(".md").write_text(f"# Benchmarks\n\n{report}\n{plotted}\n")
        options.report.with_suffix(".svg").write_text(plot.bars(_rates(results)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="whole seconds, as wrk counts them")
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", help="workloads, such as P1 P3")
    parser.add_argument("--peers", type=Path, help="a folder of peers")
    parser.add_argument("--base", help="a revision to compare with")
    parser.add_argument("--postgres", help="the URL of a PostgreSQL server; default: one that is started for the run")
    parser.add_argument("--report", type=Path, help="where to write .md and .svg")
    return parser.parse_args()


def _servers(options: argparse.Namespace, folder: Path, running: ExitStack) -> Iterator[Target]:
    databases = Databases(folder, options.postgres)
    running.callback(databases.close)
    yield running.enter_context(targets.bare(folder))
    own = Path(sys.executable).with_name("tandem")
    builds: dict[str, tuple[Path, dict[str, str]]] = {
        "tandem": (own, {}),
        "tandem-uncached": (own, {"TANDEM_CACHE_BYTES": "0"}),
    }
    if options.base:
        builds["base"] = running.enter_context(_revision(options.base, folder)), {}
    for build, (command, settings) in builds.items():
        for engine in ("sqlite", "postgresql"):
            database = databases.create(engine, empty=True)
            running.callback(databases.drop, database)
            made = targets.tandem(f"{build}-{engine}", command, database, folder, options.products, **settings)
            yield running.enter_context(made)
    if options.peers:
        for name in targets.installed(options.peers):
            yield running.enter_context(targets.peer(name, options.peers.resolve(), folder))


@contextmanager
def _revision(revision: str, folder: Path) -> Iterator[Path]:
    """Check out a revision beside this one and install it; its command."""
    tree = folder / "base"
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(tree), revision], cwd=_ROOT, check=True)
    try:
        subprocess.run([".ci/uv", "sync", "--frozen", "--quiet"], cwd=tree, check=True)
        yield tree / ".venv/bin/tandem"
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=_ROOT, check=True)


def _rounds(servers: Sequence[Target], folder: Path, options: argparse.Namespace) -> Results:
    results: dict[str, dict[str, list[Figures]]] = defaultdict(lambda: defaultdict(list))
    workloads = options.only or list(servers[1].requests)
    asked = [(workload, server) for workload in workloads for server in servers if workload in server.requests]
    for workload, server in asked:
        measure(server, workload, folder, _WARM)
    for _ in range(options.rounds):
        for workload, server in asked:
            results[workload][server.name].append(measure(server, workload, folder, options.seconds))
    return results


def _rates(results: Results) -> Mapping[str, Mapping[str, float]]:
    return {
        workload: {name: median(run.rate for run in runs) for name, runs in found.items()}
        for workload, found in results.items()
    }


def _table(workload: str, found: Mapping[str, Sequence[Figures]]) -> str:
    """One workload in Markdown; the last columns are ratios of the answers a second to other servers'."""
    rivals = [name for name in found if not name.startswith("tandem")]
    header = ["server", "answers/s", "p50 ms", "p99 ms", "CPU µs", "MiB", *(f"× {name}" for name in rivals)]
    rows = [[name, *_medians(runs), *(_ratio(runs, found[rival]) for rival in rivals)] for name, runs in found.items()]
    lines = [header, ["---"] * len(header), *rows]
    return f"\n## {workload}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _medians(runs: Sequence[Figures]) -> list[str]:
    rate, p50, p99, cpu, memory = (median(values) for values in zip(*runs, strict=True))
    return [f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}", f"{cpu:.0f}", f"{memory:.0f}"]


def _ratio(runs: Sequence[Figures], others: Sequence[Figures]) -> str:
    return f"{median(one.rate / other.rate for one, other in zip(runs, others, strict=True)):.2f}"


if __name__ == "__main__":
    main()
