"""Lives through the years of many seeds: `python -m tests.simulation 1000`, or from another on: `… 1000 5000`."""

import asyncio
import logging
import sys

from tests.simulation.ledger import Broken, hold


def main() -> None:
    """Print the seed of each run that breaks something, and how many there were."""
    logging.disable(logging.WARNING)
    said = [int(one) for one in sys.argv[1:]]
    count, first = (*said, *(100, 0)[len(said) :])
    told = broken = 0
    for seed in range(first, first + count):
        try:
            told += asyncio.run(hold(seed))
        except Broken as error:
            broken += 1
            sys.stdout.write(f"seed {seed}: {error}\n")
    sys.stdout.write(f"{count} seeds, {told} reminders told, {broken} broken\n")
    sys.exit(bool(broken))


main()
