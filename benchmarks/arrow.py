"""From the wire's bytes to an Arrow table of all 65 typed columns, paired with polars and with json and pandas.

All get the same bytes; ours goes through the public client with an injected transport, and makes durations,
dictionaries, rights and field properties too, which the others leave as they come. Peers do what a reader of their
manuals would: read, and turn the ten dates into dates. duckdb stays out: it reads files, not bytes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgspec
import pandas
import polars
from arro3.core import DataType, Schema
from arro3.core import Field as ArrowField
from arro3.io import read_json
from decode import real
from harness import interleaved, ratio
from setting import Setting
from worker import fixed

from superoffice import SuperOffice, Ticket
from superoffice.select import FIELDS

SITE = "https://crm.example.com"
OURS = "superoffice-sdk"
DATES = [name for name, field in FIELDS.items() if field.type == "date-time"]
PLAIN = {"int32": polars.Int32, "boolean": polars.Boolean}
RIGHT = polars.Struct({"Mask": polars.String, "Reason": polars.String})


def polars_schema() -> dict[str, Any]:
    """Return what polars reads: dates as text, and field properties not at all, for it has no map of any keys."""
    members = {name: PLAIN.get(field.type, polars.String) for name, field in FIELDS.items()}
    return {name: kind for name, kind in members.items() if name != "FieldProperties"} | {"TableRight": RIGHT}


def dated(frame: polars.DataFrame) -> polars.DataFrame:
    """Turn texts into date-times."""
    return frame.with_columns(polars.col(DATES).str.to_datetime(time_unit="us", time_zone="UTC", strict=False))


def with_pandas(content: bytes) -> pandas.DataFrame:
    """Read with json and pandas."""
    frame = pandas.DataFrame(json.loads(content))
    for name in DATES:
        frame[name] = pandas.to_datetime(frame[name], utc=True, format="ISO8601", errors="coerce")
    return frame


def with_arrows_own_reader(content: bytes) -> object:
    """Read as Arrow's JSON reader does, without what would make its result right: the way that was not taken."""
    kinds = {"int32": DataType.int32(), "boolean": DataType.bool(), "date-time": DataType.timestamp("us", tz="UTC")}
    text = DataType.string()
    right = DataType.struct([ArrowField("Mask", text), ArrowField("Reason", text)])
    entry = DataType.struct(
        [ArrowField("FieldRight", right), ArrowField("FieldType", text), ArrowField("FieldLength", DataType.int32())]
    )
    kinds |= {"TableRight": right}
    kinds["map of FieldProperty"] = DataType.map(
        ArrowField("key", text, nullable=False), ArrowField("value", entry), False
    )
    schema = Schema([ArrowField(name, kinds.get(field.type, text)) for name, field in FIELDS.items()])
    lines = b"\n".join(map(bytes, msgspec.json.decode(content, type=list[msgspec.Raw])))
    return list(read_json(BytesIO(lines), schema, batch_size=100_000))


def candidates(content: bytes, ids: list[int]) -> dict[str, Callable[[], object]]:
    """Measure each case, ours first."""
    client = SuperOffice(SITE, transport=fixed(content), calls_per_second=None, batch_size=len(ids))
    decoder = msgspec.json.Decoder(list[Ticket])
    batch = client.tickets.get_many(ids)
    schema = polars_schema()
    return {
        OURS: lambda: client.tickets.get_many(ids).to_arrow(),
        "- its decoding, bare": lambda: decoder.decode(content),
        "- its table alone": batch.to_arrow,
        "arro3.io.read_json": lambda: with_arrows_own_reader(content),
        "polars, explicit schema": lambda: dated(polars.read_json(content, schema=schema)),
        "polars, inferred": lambda: dated(polars.read_json(content, infer_schema_length=None)),
        "json + pandas": lambda: with_pandas(content),
    }


def clocked(run: Callable[[], object]) -> Callable[[], float]:
    """Make a candidate by the clock on the wall: polars works in threads of its own."""

    def measured() -> float:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    return measured


def measure(setting: Setting) -> None:
    """Measure and report."""
    report = setting.report
    for count in (1_000, 10_000):
        made = real(count)
        content = json.dumps(made).encode()
        runs = candidates(content, [ticket["TicketId"] for ticket in made])
        figures = interleaved({name: clocked(run) for name, run in runs.items()}, setting.rounds(21))
        report.table(f"{count:,} tickets to a table", figures, OURS, "ms", scale=1e3, digits=1)
        for peer, bar in (("polars, explicit schema", 1.5), ("polars, inferred", 2), ("json + pandas", 2)):
            report.bar(f"{count:,} to a table: {peer} ÷ ours", ratio(figures, peer, OURS).middle, bar, least=True)
