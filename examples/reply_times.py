"""Report how fast tickets get a reply, by priority: `reply_times.py ids.txt reply-times.svg`.

SuperOffice counts each of these times twice: in the hours that the priority counts, and around the clock.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from matplotlib import pyplot as plt
from matplotlib.ticker import PercentFormatter

from superoffice import Field, Locale, SuperOffice, TicketFields, TicketView


class Reply(TicketView):
    """What the report needs of a ticket, and all that is asked for."""

    priority_name: str | None
    replied_at: datetime | None
    time_to_reply: int | None
    real_time_to_reply: int | None


CLOCKS = {
    "in the priority's hours": TicketFields.time_to_reply,
    "around the clock": TicketFields.real_time_to_reply,
}


def hours(replies: Iterable[Reply], field: Field) -> list[float]:
    """Return a time of each in hours; the field knows whether it counts minutes or seconds."""
    return [duration / timedelta(hours=1) for reply in replies if (duration := field.duration(reply)) is not None]


def fetch(ids: Iterable[int]) -> dict[str, list[Reply]]:
    """Read the tickets, as many as there are, and put those with a reply under their priority, the fastest first."""
    replies = defaultdict[str, list[Reply]](list)
    with (
        SuperOffice.from_env(locale=Locale(language="en")) as client,
        client.tickets.stream(ids, into=Reply) as tickets,
    ):
        for ticket in tickets:
            if ticket.replied_at is not None:  # without a reply its times are 0, which is not a time
                replies[ticket.priority_name or "no priority"].append(ticket)
        unanswered = tickets.counts.received - sum(map(len, replies.values()))
        print(f"{unanswered} tickets have no reply yet, {len(tickets.missing)} were not found")
    return dict(sorted(replies.items(), key=lambda item: median(hours(item[1], TicketFields.time_to_reply))))


def nine_of_ten(times: list[float]) -> float:
    """Return the time that nine of ten replies keep to; a single one is its own."""
    return quantiles(times, n=10)[8] if len(times) > 1 else times[0]


def tabulate(replies: dict[str, list[Reply]]) -> None:
    """Print the median and that which nine of ten replies keep to."""
    for clock, field in CLOCKS.items():
        print(f"\nHours to the first reply, {clock}")
        for priority, group in replies.items():
            times = hours(group, field)
            most = nine_of_ten(times)
            print(f"{priority:12}{len(times):5} tickets, median{median(times):6.1f}, 90 %{most:6.1f}")


def draw(replies: dict[str, list[Reply]], picture: Path) -> None:
    """Draw how many of the replies had been given after how many hours."""
    figure, panels = plt.subplots(1, len(CLOCKS), figsize=(9, 3.6), sharey=True, layout="constrained")
    for axes, (clock, field) in zip(panels, CLOCKS.items(), strict=True):
        for priority, group in replies.items():
            axes.ecdf(hours(group, field), label=priority)
        *_, slowest = replies.values()
        axes.set(xlabel=f"hours to the first reply, {clock}", xlim=(0, nine_of_ten(hours(slowest, field))))
        axes.grid(alpha=0.3)
    panels[0].set(ylabel="replies given")
    panels[0].yaxis.set_major_formatter(PercentFormatter(1))
    panels[-1].legend(title="Priority", loc="lower right")
    figure.savefig(picture)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Report how fast tickets get a reply, by priority.")
    parser.add_argument("ids", type=Path, help="file of ticket ids")
    parser.add_argument("picture", type=Path, help="picture to draw, such as reply-times.svg")
    asked = parser.parse_args()
    found = fetch(map(int, asked.ids.read_text().split()))
    if not found:
        raise SystemExit("none of these tickets has a reply yet, so there is nothing to report")
    tabulate(found)
    draw(found, asked.picture)
