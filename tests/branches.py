"""The part of all branches that the tests of `make coverage` take."""

import json
import sys

import click

LEAST = 96
"""The least percentage of all branches."""


def main() -> None:
    """Print the figures of a report in JSON on stdin; fails below `LEAST`."""
    totals = json.load(sys.stdin)["totals"]
    taken, branches = totals["covered_branches"], totals["num_branches"]
    click.echo(f"Branches: {taken} of {branches}, {100 * taken / branches:.2f} %; at least {LEAST} % are required.")
    sys.exit(100 * taken < LEAST * branches)


if __name__ == "__main__":
    main()
