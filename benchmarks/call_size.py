"""Tickets a second by ids a call: the curve from which the default of `call_size` is chosen.

    nox -s bench

The server is the sandbox in a process of its own, once as it is and once with a delay of 50 ms for each answer, which
stands for a network. The limit of 10 calls a second stays on, as the service asks.
"""

from __future__ import annotations

import argparse
import statistics
import time

from serving import PASSWORD, USER, sandbox

from superoffice import BasicAuth, SuperOffice

SIZES = (1, 5, 10, 25, 50, 100, 200, 500, 1000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{'ids a call':>10}{'tickets/s':>11}{'ms a call':>11}{'tickets/s, 50 ms away':>23}{'ms a call':>11}")
    columns: list[dict[int, tuple[float, float]]] = []
    for delay in ("0", "0.05"):
        with sandbox("--slow", delay) as site, SuperOffice(site, auth=BasicAuth(USER, PASSWORD)) as client:
            found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
            for _ in range(options.rounds):
                for size in SIZES:
                    ids = range(1, max(size * 4, 20) + 1) if size < 500 else range(1, 2001)
                    sized = client.with_options(call_size=size)
                    time.sleep(1)  # so that each starts with its ten calls unspent
                    start = time.perf_counter()
                    count = len(sized.tickets.get_many(ids))
                    took = time.perf_counter() - start
                    found[size].append((count / took, took / (len(ids) / size) * 1e3))
            columns.append({s: tuple(map(statistics.median, zip(*v, strict=True))) for s, v in found.items()})
    for size in SIZES:
        (near, near_ms), (far, far_ms) = columns[0][size], columns[1][size]
        print(f"{size:10}{near:11.0f}{near_ms:11.1f}{far:23.0f}{far_ms:11.1f}")


if __name__ == "__main__":
    main()
