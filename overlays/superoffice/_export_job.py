"""An export to a file: its folder, its journal and its data. Does the files' I/O, and no other.

Beside `tickets.parquet` stands the folder `tickets.parquet.export`. In it, the data of one part after another are
written and forced to the disk, then the journal says so; whatever stops the run, the next one cuts off what the journal
does not know and goes on from there. Files get their own names only when all of them are whole.
"""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import attrs

from ._export_formats import Format
from ._export_ids import Digest, Known
from ._export_journal import Journal, Standing
from ._line import StreamCounts
from .batch import TicketBatch
from .errors import ExportError, ExportRefusedError
from .export import ExportProgress, ExportResult

PART = 2_000  # ids of which a kill may lose the tickets, which are asked for again; larger parts take more memory
_DEVICES = ("/dev", "/dev/fd", "/proc/self/fd")  # whose names lead to files, too, and must not be taken by one
_ANEW = "begin anew with restart=True (--restart), or choose another file"


@attrs.frozen
class _Taken:
    """A call's tickets, and how far the export has come with them."""

    batch: TicketBatch[Any]
    standing: Standing


class Job:
    """What of an export is on the disk, and what waits to be written there.

    Raises:
        ExportRefusedError: It would lose or mix something.
        ExportError: Its files cannot be read or written.
    """

    def __init__(
        self, path: Path, form: Format, facts: Mapping[str, Any], known: Known | None, *, restart: bool
    ) -> None:
        self.path = path
        self._form = form
        self._known = known
        self._folder = path.with_name(path.name + ".export")
        self._taken: list[_Taken] = []
        self._started = time.monotonic()
        self._digest = Digest()
        self._again = "the same export" + (" without restart=True (--restart)" if restart and known is None else "")
        self._journal = self._opened(restart)
        try:
            self._facts = self._agreed(facts, restart)
            self.before = self._journal.standing
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others at it."""
        self._journal.close()

    def _opened(self, restart: bool) -> Journal:
        """Take the journal and its lock."""
        journal = self._folder / "journal"
        if not self.path.parent.is_dir():
            raise ExportRefusedError(f"there is no folder {self.path.parent}; make it, or choose another one")
        if self.path.is_dir():
            raise ExportRefusedError(f"{self.path} is a folder; name a file in it")
        if (self.path.exists() and not self.path.is_file()) or str(self.path.parent.absolute()) in _DEVICES:
            raise ExportRefusedError(
                f"{self.path} is no file; give an open one in its place (--out - is standard output)"
            )
        if not restart and not journal.exists():
            for name in self._names:
                if name.exists():
                    raise ExportRefusedError(f"{name} is there already, and nothing tells what it holds; {_ANEW}")
        with self._sound(self._folder):
            self._folder.mkdir(exist_ok=True)
            _sync(self.path.parent)
        return Journal(journal)

    def _agreed(self, asked: Mapping[str, Any], restart: bool) -> dict[str, Any]:
        """Write down what is asked for, or hold it to what was written down."""
        noted = self._journal.facts()
        nothing = self._journal.standing == Standing() and "whole" not in noted
        fresh = {**asked, "ids": None if self._known is None else list(attrs.astuple(self._known))}
        if nothing or (restart and not self._goes_on(fresh, noted)):
            noted = {**fresh, "restart": restart or noted.get("restart", False)}
            self._journal.renew(noted)
            return noted
        for name, value in asked.items():
            if noted[name] != value:
                what = "by another version" if name == "layout" else f"with {name} {noted[name]!r}, not {value!r}"
                raise ExportRefusedError(f"{self.path} was begun {what}; {_ANEW}")
        if noted["ids"] is not None:
            before = Known(*noted["ids"])
            if self._known is not None and self._known != before:
                raise self._other_ids(before.count, self._known.count)
            self._known = before
        return noted

    def _goes_on(self, fresh: Mapping[str, Any], noted: Mapping[str, Any]) -> bool:
        """Whether a run that began anew too was stopped at the same; of ids that come once, nobody knows beforehand."""
        same = self._known is not None and all(noted[name] == value for name, value in fresh.items())
        stopped = noted["restart"] and "finished" not in noted
        return same and stopped and ("whole" in noted or self._has_data)

    def _other_ids(self, before: int, now: int) -> ExportRefusedError:
        return ExportRefusedError(f"{self.path} was begun with other ids ({before:,} of them, now {now:,}); {_ANEW}")

    @property
    def finished(self) -> bool:
        """Whether an earlier run finished it."""
        return "finished" in self._facts

    @property
    def sought(self) -> int:
        """How many ids of the list have to be the same as before."""
        return self.before.asked + self.finished  # of a finished one, no more may follow

    def resume(self, digest: Digest) -> None:
        """Go on after these ids; raises where they are not those whose outcome is settled."""
        if digest.known != Known(self.before.asked, self.before.digest or Digest().known.digest):
            raise self._other_ids(self.before.asked, digest.count)
        self._digest = digest
        if self.finished:
            size = self.path.stat().st_size if self.path.is_file() else None
            if size != self._facts["size"]:
                raise ExportRefusedError(f"{self.path} was finished, and was changed or removed since; {_ANEW}")
        elif "whole" not in self._facts:
            self._look(self._names)
            if not self._has_data:
                raise ExportRefusedError(f"{self._data} is not whole any more; {_ANEW}")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _has_data(self) -> bool:
        """Whether all is there of which the journal knows."""
        with self._sound(self._data):
            return self._journal.standing.size <= (self._data.stat().st_size if self._data.exists() else 0)

    def take(self, batch: TicketBatch[Any], counts: StreamCounts) -> ExportProgress:
        """Take a call's tickets; they are on the disk after the next `commit`."""
        last = self._taken[-1].standing if self._taken else self._journal.standing
        digest = self._digest.then(batch.requested)
        standing = Standing(
            asked=digest.count,
            digest=digest.known.digest,
            tickets=last.tickets + len(batch),
            missing=last.missing + len(batch.missing),
            problems=last.problems + len(batch.problems),
            retries=self.before.retries + counts.retries,
            slow=self.before.slow + counts.slow,
            seconds=self.before.seconds + time.monotonic() - self._started,
        )
        self._taken.append(_Taken(batch, standing))
        self._digest = digest
        return self._progress(standing)

    @property
    def progress(self) -> ExportProgress:
        """How far it has come on the disk."""
        return self._progress(self._journal.standing)

    def _progress(self, standing: Standing) -> ExportProgress:
        return ExportProgress(
            total=None if self._known is None else self._known.count,
            asked=standing.asked,
            resumed=self.before.asked,
            tickets=standing.tickets,
            missing=standing.missing,
            problems=standing.problems,
            retries=standing.retries,
            slow=standing.slow,
        )

    @property
    def full(self) -> bool:
        """Whether a part is together."""
        return self._taken[-1].standing.asked - self._journal.standing.asked >= PART

    def commit(self) -> None:
        """Force to the disk what was taken. May be called again after anything stopped it half-way."""
        kept = self._journal.last()
        taken = [one for one in self._taken if one.standing.asked > kept.asked]
        if taken:
            batches = [one.batch for one in taken]
            content, lost = self._form.part(batches)
            with self._sound(self._data):
                size = self._append(content, kept.size)
            missing = [id_ for batch in batches for id_ in batch.missing]
            problems = [*(str(problem) for batch in batches for problem in batch.problems), *lost]
            standing = attrs.evolve(taken[-1].standing, size=size, problems=kept.problems + len(problems))
            self._journal.commit(standing, missing, problems)
        self._taken.clear()

    def _append(self, content: bytes, size: int) -> int:
        """Put a part after the parts before it, in the place of what a stopped run left there; gives the whole size."""
        with open(self._data, "r+b" if size else "wb") as data:
            data.truncate(size)
            data.seek(size)
            data.write(content if size else self._form.head + content)
            data.flush()
            os.fsync(data.fileno())
            return data.tell()

    @property
    def complete(self) -> bool:
        """Whether no ticket is left to be asked for."""
        return self.finished or "whole" in self._facts

    def finish(self, repeated: int) -> ExportResult:
        """Make the files whole and give them their names, or say that an earlier run has done so."""
        before = self.finished
        if not self.complete:
            self.commit()
            if self._known not in (None, self._digest.known):
                raise ExportRefusedError(f"the ids of {self.path} changed while they were read; {_ANEW}")
            self._make_whole(repeated)
        if not before:
            self._place()
        with self._sound(self._folder):
            self._data.unlink(missing_ok=True)
        return self._result(before)

    def _make_whole(self, repeated: int) -> None:
        """Write the files under other names, down to the disk."""
        sizes = self._journal.sizes()
        with self._sound(self._folder):
            if not sizes:
                self._append(b"", 0)
            output = self._form.assemble(self._data, sizes, self._folder / "output")
            _sync(output)
            _write_lines(self._folder / "missing", self._journal.missing())
            _write_lines(self._folder / "problems", self._journal.problems())
            _sync(self._folder)
            whole = {"whole": output.name, "size": output.stat().st_size, "repeated": repeated}
        self._journal.note(whole)
        self._facts |= whole

    def _look(self, names: Iterable[Path]) -> None:
        """Refuse to write over what was put there by something else meanwhile."""
        for name in names:
            if name.exists() and not self._facts["restart"]:
                raise ExportRefusedError(f"{name} was put there by something else; move it away, or {_ANEW}")

    def _place(self) -> None:
        """Give the files their names, the tickets' last; may have been stopped half-way before."""
        standing = self._journal.standing
        sources = [self._folder / own for own in ("missing", "problems", self._facts["whole"])]
        files = list(zip(sources, self._names, (standing.missing, standing.problems, True), strict=True))
        self._look(name for source, name, _ in files if source.exists())  # else it is there, and our own
        with self._sound(self.path):
            for source, name, some in files:
                if some and source.exists():
                    os.replace(source, name)
                elif not some:
                    source.unlink(missing_ok=True)
                    if self._facts["restart"]:  # of the export that this one replaces
                        name.unlink(missing_ok=True)
            _sync(self.path.parent)
        self._journal.note({"finished": True})

    @property
    def _names(self) -> tuple[Path, Path, Path]:
        """What the files are called in the end."""
        return self._missing_path, self._problems_path, self.path

    @property
    def _missing_path(self) -> Path:
        return self.path.with_name(self.path.name + ".missing.txt")

    @property
    def _problems_path(self) -> Path:
        return self.path.with_name(self.path.name + ".problems.txt")

    def _result(self, before: bool) -> ExportResult:
        standing = self._journal.standing
        return ExportResult(
            path=self.path,
            tickets=standing.tickets,
            missing=array("i", self._journal.missing()),
            missing_path=self._missing_path if standing.missing else None,
            problems=standing.problems,
            problems_path=self._problems_path if standing.problems else None,
            repeated=self._facts["repeated"],
            retries=standing.retries,
            slow=standing.slow,
            seconds=standing.seconds,
            size=self._facts["size"],
            resumed=self.before.asked,
            finished_before=before,
        )

    @contextmanager
    def _sound(self, path: Path) -> Generator[None]:
        """Give the system's errors as ours."""
        try:
            yield
        except OSError as error:
            raise ExportError(
                f"cannot write {path}: {error.strerror}; put that right, and {self._again} goes on where it was"
            ) from error


def _write_lines(path: Path, lines: Iterable[object]) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
    _sync(path)


def _sync(path: Path) -> None:
    """Have a file or a folder reach the disk."""
    if os.name == "nt" and path.is_dir():
        return  # pragma: no cover - Windows opens no folder, and keeps its entries by itself
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
