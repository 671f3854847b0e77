"""An export to a file: its folder, its journal and its data. Does the files' I/O, and no other."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from array import array
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, SupportsIndex, TypeVar

import attrs
import msgspec

from .._address import is_loopback
from .._private_files import Folder, NotOwnError
from .._read_plan import ReadPlan
from .._window import Counts
from ..auth.tenant import Tenant
from ..batch import TicketBatch
from ..errors import ConfigurationError, ExportError, ExportRefusedError, check_given
from ..stream import checked_concurrency
from ..transport.asynchronous import AsyncSender
from ..transport.sync import SyncSender
from . import format_of
from .ids import UniqueIds, digest_of, unique
from .result import ExportProgress, ExportResult
from .text import Text

S = TypeVar("S")
LAYOUT: Final = "5"  # the version of what is in an export's folder
PART = 2_000  # ids whose tickets a kill may lose; they are asked for again. Larger parts take more memory
_FILES: Final = ("data", "missing", "problems")  # which grow by a part after another
_DEVICES = ("/dev", "/dev/fd", "/proc/self/fd")  # whose names lead to files, too, and must not be replaced by one
_TABLE: Final = "CREATE TABLE journal (number INTEGER PRIMARY KEY, state TEXT NOT NULL, checksum TEXT NOT NULL)"
_DISK_ERRORS: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM)


class Export:
    """The checked arguments of an export: its stream's tickets, its file and its format. No I/O."""

    def __init__(
        self,
        plan: ReadPlan[Any],
        sender: SyncSender | AsyncSender,
        *,
        path: str | os.PathLike[str] | BinaryIO,
        format: str | None,  # noqa: A002 - the word that everybody knows
        compression: str | None,
        csv_safe: bool,
        api_names: bool | None,
        restart: bool,
        skip_failed: bool,
        progress: Callable[[ExportProgress], None] | None,
        max_concurrency: int | None,
    ) -> None:
        check_given(bool, "True or False", csv_safe=csv_safe, restart=restart, skip_failed=skip_failed)
        check_given(bool | None, "True, False or None", api_names=api_names)
        check_given(Callable | None, "a function that takes an ExportProgress", progress=progress)
        self.path = Path(os.fsdecode(path)) if isinstance(path, str | os.PathLike) else None
        if self.path is None:
            if isinstance(sender, AsyncSender):
                way = "SuperOffice takes an open file"
                raise ConfigurationError(f"the async client exports to a path, not to {path!r}; {way}")
            if not hasattr(path, "write"):
                raise ConfigurationError(f"{path!r} is neither a path nor an open file")
            if hasattr(path, "encoding"):
                raise ConfigurationError(f"{path!r} is open for text; open it with the mode 'wb'")
        self._plan, self._sender = plan, sender
        self._concurrency = checked_concurrency(max_concurrency, sender.max_concurrency)
        self._failing = "skip" if skip_failed else "bisect"
        self.tell: Callable[[ExportProgress], None] = progress or (lambda _: None)
        self.restart = restart
        name, compression = format_of(None if self.path is None else self.path.name, format, compression)
        spec = plan.layout
        if csv_safe and name != "csv":
            raise ConfigurationError("csv_safe=True goes with format='csv'")
        if api_names is None:
            api_names = name == "jsonl"
        if name in ("csv", "jsonl"):
            self.form: Any = Text(name, spec.kind, compression, csv_safe, api_names)
        else:
            spec.schema(api_names=api_names)  # raises where the extra is missing
            from .table import Table

            self.form = Table(name, spec, compression, api_names)
        selected = plan.reader.select
        self.facts: dict[str, Any] = {
            "format": name,
            "compression": compression,
            "csv_safe": csv_safe,
            "api_names": api_names,
            "select": "all fields" if selected is None else ",".join(selected),
            "site": _lasting(plan.settings.site),
            "locale": ", ".join(f"{name}={value}" for name, value in plan.locale.parameters().items()),
            "layout": f"{LAYOUT} {sha256(repr(self.form.columns).encode()).hexdigest()}",
        }

    def stream(self, kind: Callable[..., S], ids: Any) -> S:
        """Make the stream of a client's own kind."""
        options = {"ordered": True, "max_concurrency": self._concurrency, "failing": self._failing}
        return kind(self._plan, self._sender, ids, **options)


def _lasting(site: str | Tenant) -> str:
    """Name a tenant wherever it is, and a site on this machine without its port, which a sandbox changes each time."""
    if isinstance(site, Tenant):
        return f"{site.environment.name}/{site.context}"
    return re.sub(r":\d+(?=/|$)", "", site) if is_loopback(site) else site


@attrs.frozen(kw_only=True)
class Checkpoint(Counts):
    """How far an export has come, over all its runs."""

    digest: str = ""  # of the ids whose outcome is stored
    seconds: float = 0.0
    files: Mapping[str, tuple[int, str]] = attrs.field(factory=dict[str, tuple[int, str]])  # bytes and checksum of each


class Journal:
    """A SQLite file of one row, the state of an export; it is locked until it is closed or its process ends.

    `facts` tell of the export as a whole, `checkpoint` how far it has come. Raises sqlite3.Error or msgspec.DecodeError
    where another run holds it or something else changed it.
    """

    def __init__(self, folder: Folder) -> None:
        for name in folder.names():
            if name.startswith("journal"):  # SQLite's own files have longer names
                folder.check(name)
        if folder.found("journal") is None:  # never opened otherwise: closing it would end the lock of another run
            with suppress(FileExistsError):
                folder.open("journal", "xb", 0o600).close()
        path = folder.path / "journal"
        self._base = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)

    def lock(self) -> None:
        """Lock it, make its table where there is none, and read its state. A commit is on the disk at once."""
        self.facts, self.checkpoint = dict[str, Any](), Checkpoint()
        self._base.executescript("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA; BEGIN EXCLUSIVE")
        tables = self._base.execute("SELECT sql FROM sqlite_master").fetchall()
        if not tables:
            self._base.execute(_TABLE)
        rows = self._base.execute("SELECT * FROM journal").fetchall()
        self._base.execute("COMMIT")
        state = rows[0][1] if rows else None
        if tables not in ([], [(_TABLE,)]) or rows not in ([], [(1, state, _checksum(state))]):
            raise sqlite3.DatabaseError("something else changed it")
        if state is not None:
            self.facts, self.checkpoint = msgspec.json.decode(state, type=tuple[dict[str, Any], Checkpoint])

    def store(self, facts: dict[str, Any], checkpoint: Checkpoint) -> None:
        """Put this in the place of what is stored, as a whole or not at all."""
        state = msgspec.json.encode((facts, checkpoint)).decode()
        self._base.execute("INSERT OR REPLACE INTO journal VALUES (1, ?, ?)", (state, _checksum(state)))
        self.facts, self.checkpoint = facts, checkpoint

    def close(self) -> None:
        """Release the lock."""
        self._base.close()


def _checksum(state: object) -> str:
    return sha256(repr(state).encode()).hexdigest()


class Job:
    """What of an export is on the disk, and what waits to be written there; an error loses none of it.

    While it runs, the folder `tickets.parquet.export` stands beside `tickets.parquet`. In it, one part after another is
    written and forced to the disk, then the journal says so; whatever stops the run, the next one cuts off what the
    journal does not know and resumes from there. Files get their own names, over those of an earlier export, only when
    all of them are whole. Then the folder is removed.

    The folder is its user's alone, and its content is compared with checksums: what others put there, or something else
    changed, is refused. No file is found by what the journal says; all names are those of the export.
    """

    def __init__(self, export: Export, ids: Iterable[SupportsIndex] | AsyncIterable[SupportsIndex]) -> None:
        assert export.path is not None  # noqa: S101 - the caller has one
        self._path, self._form, self._tell = export.path, export.form, export.tell
        self._known: tuple[int, str] | None = None
        if isinstance(ids, Iterable) and not isinstance(ids, Iterator):  # they can be read again
            count, digest = digest_of(unique(ids, UniqueIds()))
            self._known = count, digest.hexdigest()
        self._again = "the same export" + (" without restart=True" if export.restart else "")
        self._folder = self._path.parent / f"{self._path.name}.export"
        self._data = "data" if self._form.assemble is None else "output"  # what becomes the file of the tickets
        self._names = {
            "missing": f"{self._path.name}.missing.txt",
            "problems": f"{self._path.name}.problems.txt",
            self._data: self._path.name,
        }
        self._hashes: dict[str, Any] = {}  # of what the journal knows of each file
        self._pending: list[tuple[TicketBatch[Any], Checkpoint]] = []
        self._started = time.monotonic()
        self._digest = sha256()  # of the ids whose outcome is known
        self._check_path()
        with self._translating_errors(self._folder), ExitStack() as opened:
            self._parent = opened.enter_context(Folder(self._path.parent, own=False))
            if not self._folder.is_symlink():  # which is refused when it is opened
                self._folder.mkdir(mode=0o700, exist_ok=True)
            self._parent.sync()
            self._own = opened.enter_context(Folder(self._folder))
            self._journal = opened.enter_context(closing(Journal(self._own)))
            self._own.check_place()
            self._journal.lock()
            self._agree(export.facts, export.restart)
            self._before = self._journal.checkpoint
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Write what waits, where an error ends the run, and release the export for other runs."""
        with self._opened, suppress(ExportError):  # the error that is being raised says more
            if error is not None:
                self.commit()

    def _check_path(self) -> None:
        path = self._path
        taken = [name for name in map(path.parent.joinpath, self._names.values()) if _is_taken(name)]
        if not os.path.isdir(path.parent):
            raise ExportRefusedError(f"there is no folder {path.parent}; make it, or choose another one")
        for folder in filter(os.path.isdir, reversed(taken)):
            way = "name a file in it" if folder == path else "move it away, or choose another file"
            raise ExportRefusedError(f"{folder} is a folder; {way}")
        try:
            parent = str(path.parent.absolute())
        except FileNotFoundError:
            gone = "the current folder is gone; change to another one, or name the file with its whole path"
            raise ExportRefusedError(gone) from None
        if (os.path.exists(path) and not os.path.isfile(path)) or parent in _DEVICES:
            raise ExportRefusedError(
                f"{path} is not a file; give an open one in its place (--out - is standard output)"
            )

    def _agree(self, asked: Mapping[str, Any], restart: bool) -> None:
        stored = self._journal.facts
        if not (stored or restart) and self._own.found("data") is not None:
            raise _refused(f"the journal beside {self._folder / 'data'} was removed or emptied")
        fresh = {**asked, "ids": self._known and list(self._known)}
        if restart or self._finished or not self._journal.checkpoint.files:
            self._journal.store(fresh, Checkpoint())
            return
        for name, value in asked.items():
            if (before := stored.get(name)) != value:
                what = "by another version" if name == "layout" else f"with {name} {before!r}, not {value!r}"
                raise _refused(f"{self._path} was begun {what}")
        if stored["ids"] is not None:
            count, digest = stored["ids"]
            if self._known is not None and self._known != (count, digest):
                raise self._other_ids(count, self._known[0])
            self._known = count, digest

    def _other_ids(self, before: int, now: int) -> ExportRefusedError:
        return _refused(f"{self._path} was begun with other ids ({before:,} of them, now {now:,})")

    @property
    def _finished(self) -> bool:
        """True where each file has its name, and a run was killed before it had removed the rest."""
        return self.complete and not any(map(self._own.found, self._journal.checkpoint.files))

    @property
    def complete(self) -> bool:
        """True where no ticket is left to be asked for, and the files are whole."""
        return "missing" in self._journal.facts

    @property
    def sought(self) -> int:
        """How many ids of the list have to be the same as before."""
        return self._before.asked + self.complete  # of which no more may follow

    def resume(self, count: int, digest: Any) -> None:
        """Continue after these ids; raises where they are not those whose outcome is stored."""
        if (count, digest.hexdigest()) != (self._before.asked, self._before.digest or sha256().hexdigest()):
            raise self._other_ids(self._before.asked, count)
        self._digest = digest
        with self._translating_errors(self._folder):
            if not self._is_unchanged():
                raise _refused(f"what {self._folder} holds is not whole any more, or was changed")
        self._tell(self._progress)

    def _is_unchanged(self) -> bool:
        """Return True where all that the journal knows of is there, as it was written; what follows it is cut off."""
        for own, (size, checksum) in self._journal.checkpoint.files.items():
            renamed = self.complete and self._own.found(own) is None
            folder, name = (self._parent, self._names[own]) if renamed else (self._own, own)
            found = folder.found(name)
            if found is None or found.st_size < size:
                return False
            with folder.open(name, "rb" if self.complete else "r+b") as file:
                if not self.complete:
                    file.truncate(size)
                self._hashes[own] = _hash_of(file)
            if self._hashes[own].hexdigest() != checksum:
                return False
        return True

    @property
    def _latest(self) -> Checkpoint:
        return self._pending[-1][1] if self._pending else self._journal.checkpoint

    @property
    def _progress(self) -> ExportProgress:
        total = self._known[0] if self._known else None
        return ExportProgress(total=total, resumed=self._before.asked, **self._latest.counters())

    def add(self, batch: TicketBatch[Any], run: Counts) -> bool:
        """Add a batch, and what this run has counted; return True where `commit` should put them on the disk."""
        counts = (self._latest + Counts.of_batch(batch)).counters()
        counts |= {"retries": self._before.retries + run.retries, "slow": self._before.slow + run.slow}
        self._digest.update(array("i", batch.requested))
        seconds = self._before.seconds + time.monotonic() - self._started
        self._pending.append((batch, Checkpoint(**counts, digest=self._digest.hexdigest(), seconds=seconds)))
        self._tell(self._progress)
        return self._latest.asked - self._journal.checkpoint.asked >= PART

    def commit(self, *, last: bool = False) -> None:
        """Write the pending batches to the disk. May be called again after anything stopped it half-way."""
        written = self._journal.checkpoint
        if self._latest.asked > written.asked or (last and not written.files):
            batches = [batch for batch, _ in self._pending]
            content, lost = self._form.part(batches)
            if not written.files:
                content = self._form.head + content
            problems = [*(str(problem) for batch in batches for problem in batch.problems), *lost]
            missing = [id_ for batch in batches for id_ in batch.missing]
            files, hashes = {**written.files}, dict[str, Any]()
            for name, added in zip(_FILES, (content, _lines(missing), _lines(problems)), strict=True):
                if added or name == "data":
                    size, _ = files.get(name, (0, ""))
                    hashes[name] = self._hashes[name].copy() if size else sha256()
                    hashes[name].update(added)
                    files[name] = size + len(added), hashes[name].hexdigest()
                    self._append(name, added, size)
            checkpoint = attrs.evolve(self._latest, files=files, problems=written.problems + len(problems))
            self._store(checkpoint)
            self._hashes |= hashes
        self._pending.clear()

    def _append(self, name: str, content: bytes, size: int) -> None:
        with (
            self._translating_errors(self._folder / name),
            self._own.open(name, "r+b") if size else self._own.fresh(name) as file,
        ):
            file.truncate(size)
            file.seek(size)
            file.write(content)
            _sync(file)

    def finish(self, repeated: int) -> ExportResult:
        """Make the files whole, give them their names, and leave nothing else."""
        if not self.complete:
            self.commit(last=True)
            if self._known not in (None, (self._latest.asked, self._digest.hexdigest())):
                raise _refused(f"the ids of {self._path} changed while they were read")
            self._assemble(repeated)
        self._rename_into_place()
        with self._translating_errors(self._folder):
            for name in (*_FILES, "output"):
                self._own.remove(name)
            self._journal.close()
            for name in ("journal-journal", "journal"):  # SQLite leaves the first where a run was killed as it closed
                self._own.remove(name)
            with suppress(OSError):  # it holds what others put there, or is in another place by now
                self._folder.rmdir()
        return self._result()

    def _assemble(self, repeated: int) -> None:
        checkpoint = self._journal.checkpoint
        files, missing = {**checkpoint.files}, list[int]()
        with self._translating_errors(self._folder):
            for name in _FILES:
                self._own.check(name)  # also one that was not written to
            if self._form.assemble is not None:
                del files["data"]
                with self._own.open("data", "rb") as data, self._own.fresh("output") as output:
                    size = self._form.assemble(data, output)
                    _sync(output)
                with self._own.open("output", "rb") as output:
                    files["output"] = size, _hash_of(output).hexdigest()
            if "missing" in files:
                with self._own.open("missing", "rb") as lines:
                    missing += map(int, lines)
            self._own.sync()
        self._store(attrs.evolve(checkpoint, files=files), missing=missing, repeated=repeated)

    def _rename_into_place(self) -> None:
        """Move the files to their final names, the tickets' last; may have been stopped half-way before."""
        with self._translating_errors(self._path):
            for own, name in self._names.items():
                if own not in self._journal.checkpoint.files:
                    self._parent.remove(name)  # of the export that this one replaces
                elif self._own.found(own) is not None:
                    self._own.move(own, self._parent, name)
            self._parent.sync()

    def _result(self) -> ExportResult:
        counts, facts = self._journal.checkpoint, self._journal.facts
        there = {own: self._path.with_name(self._names[own]) for own in counts.files}
        return ExportResult(
            path=self._path,
            counts=Counts(**counts.counters()),
            missing=array("i", facts["missing"]),
            missing_path=there.get("missing"),
            problems_path=there.get("problems"),
            repeated=facts["repeated"],
            seconds=counts.seconds,
            size=counts.files[self._data][0],
            resumed=self._before.asked,
        )

    def _store(self, checkpoint: Checkpoint, **facts: Any) -> None:
        with self._translating_errors(self._folder):
            self._journal.store(self._journal.facts | facts, checkpoint)

    @contextmanager
    def _translating_errors(self, path: Path) -> Generator[None]:
        journal = self._folder / "journal"
        try:
            yield
        except NotOwnError as error:
            raise ExportRefusedError(
                f"{error}, so it is not used; remove {self._folder} to start again, or choose a file in a folder whose "
                "file system keeps owners and modes"
            ) from None
        except OSError as error:
            raise ExportError(
                f"cannot write {path}: {error.strerror}; put that right, and {self._again} resumes"
            ) from error
        except (sqlite3.Error, msgspec.DecodeError) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise ExportRefusedError(
                    f"another run is at this export: it holds {journal}; let it end, or choose another file"
                ) from None
            if code in _DISK_ERRORS or (code == sqlite3.SQLITE_READONLY and not os.access(journal, os.W_OK)):
                raise ExportError(
                    f"cannot write {journal}: {error}; make room, or shorten its path, and run the same export again"
                ) from error
            raise ExportRefusedError(
                f"{journal} is not the journal of an export, or was changed or damaged; "
                f"remove {self._folder} to start again"
            ) from None


def _refused(why: str) -> ExportRefusedError:
    return ExportRefusedError(f"{why}; start again with restart=True, or choose another file")


def _is_taken(path: Path) -> bool:
    """Return True where something has a path; raises `ExportRefusedError` where nothing can, or it is out of reach."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ExportRefusedError(f"cannot use {str(path)!r}: {why}; choose another name or folder") from None
    return True


def _lines(values: Iterable[object]) -> bytes:
    return "".join(f"{value}\n" for value in values).encode()


def _hash_of(file: Any) -> Any:
    return file_digest(file, "sha256")


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
