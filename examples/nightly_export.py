"""Export tickets to a Parquet file every night: `nightly_export.py ids.txt /data/tickets`.

In a crontab, clear of the hours in which the service is maintained; the second line finishes what the first could not,
and does nothing if it could:

    30 4 * * *  nightly_export.py /data/ids.txt /data/tickets >> /var/log/tickets.log 2>&1
    30 5 * * *  nightly_export.py /data/ids.txt /data/tickets >> /var/log/tickets.log 2>&1

Exit status: 0 all tickets are in the file, 1 some were not found, 3 there is no file yet; run again, it goes on.
"""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import date
from pathlib import Path

from superoffice import ExportProgress, ExportResult, Locale, SuperOffice, SuperOfficeError

log = logging.getLogger("nightly_export")
OFTEN = 10_000  # ids, after which the log says how far it has come


def export(ids: Path, out: Path) -> ExportResult:
    """Export the tickets whose ids stand in a file, one a line."""
    numbers = [int(line) for line in ids.read_text().split()]
    with SuperOffice.from_env(locale=Locale(language="en")) as client:
        return client.tickets.export(numbers, out, progress=tell)


def tell(progress: ExportProgress) -> None:
    """Log progress now and then: it is told after every 100 ids."""
    if progress.asked % OFTEN < 100:
        log.info("%d of %s ids, %d missing", progress.asked, progress.total, progress.missing)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", type=Path, help="file of ticket ids")
    parser.add_argument("folder", type=Path, help="where the files are kept, one a night")
    parser.add_argument("--night", default=date.today().isoformat(), help="names the file; today's date by default")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of every request
    out = given.folder / f"tickets-{given.night}.parquet"
    if out.exists():
        log.info("%s is there already", out)
        return 0
    try:
        result = export(given.ids, out)
    except (SuperOfficeError, OSError, ValueError) as error:  # the SDK's errors say what to do
        log.error("%s", error)
        return 3
    log.info("%s: %d tickets, %.0f s, %d resumed", result.path, result.tickets, result.seconds, result.resumed)
    if result.problems:
        log.warning("%d values did not decode; %s names them", result.problems, result.problems_path)
    if result.missing:
        log.warning("%d ids were not found; %s names them", len(result.missing), result.missing_path)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
