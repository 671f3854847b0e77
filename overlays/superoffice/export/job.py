"""An export to a file: its folder, its journal and its data. Does the files' I/O, and no other.

Beside `tickets.parquet` stands the folder `tickets.parquet.export`. In it, the data of one part after another are
written and forced to the disk, then the journal says so; whatever stops the run, the next one cuts off what the journal
does not know and resumes from there. Files get their own names only when all of them are whole.

The folder is its user's alone, and its content is compared with checksums: what others put there, or something else
changed, is refused. No file is found by what the journal says; all names are those of the export.
"""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from .._private_files import Folder, NotOwnError
from .._window import Counts
from ..batch import TicketBatch
from ..errors import ExportError, ExportRefusedError
from .ids import Digest, IdList
from .journal import Checkpoint, Journal
from .result import ExportProgress, ExportResult
from .text import Format

PART = 2_000  # ids whose tickets a kill may lose; they are asked for again. Larger parts take more memory
_AT_ONCE = 1 << 20  # bytes of a file that are hashed at a time
_DEVICES = ("/dev", "/dev/fd", "/proc/self/fd")  # whose names lead to files, too, and must not be replaced by one
_START_AGAIN = "start again with restart=True (--restart), or choose another file"


class Job:
    """What of an export is on the disk, and what waits to be written there.

    Raises:
        ExportRefusedError: It would lose or mix something.
        ExportError: Its files cannot be read or written.
    """

    def __init__(
        self, path: Path, form: Format, facts: Mapping[str, Any], known: IdList | None, *, restart: bool
    ) -> None:
        self.path = path
        self._form = form
        self._known = known
        self._folder = path.with_name(path.name + ".export")
        self._names = f"{path.name}.missing.txt", f"{path.name}.problems.txt", path.name
        self._data = "data" if form.assemble is None else "output"  # what becomes the file of the tickets
        self._pending: list[tuple[TicketBatch[Any], Checkpoint]] = []
        self._started = time.monotonic()
        self._digest = Digest()
        self._again = "the same export" + (" without restart=True (--restart)" if restart and known is None else "")
        self._open = ExitStack()
        try:
            self._journal = self._open_journal(restart)
            self._facts = self._agreed_facts(facts, restart)
            self.before = self._journal.checkpoint
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the export for other runs."""
        self._open.close()

    def _open_journal(self, restart: bool) -> Journal:
        """Open the folders, the journal and its lock."""
        if not self.path.parent.is_dir():
            raise ExportRefusedError(f"there is no folder {self.path.parent}; make it, or choose another one")
        if self.path.is_dir():
            raise ExportRefusedError(f"{self.path} is a folder; name a file in it")
        try:
            parent = str(self.path.parent.absolute())
        except FileNotFoundError:
            gone = "the current folder is gone; change to another one, or name the file with its whole path"
            raise ExportRefusedError(gone) from None
        if (self.path.exists() and not self.path.is_file()) or parent in _DEVICES:
            raise ExportRefusedError(
                f"{self.path} is not a file; give an open one in its place (--out - is standard output)"
            )
        if not restart and not os.path.lexists(self._folder / "journal"):
            for name in map(self.path.with_name, self._names):
                if os.path.lexists(name):
                    raise ExportRefusedError(
                        f"{name} is there already, and nothing tells what it holds; {_START_AGAIN}"
                    )
        with self._translating_os_errors(self._folder):
            self._parent = self._open.enter_context(Folder(self.path.parent, own=False))
            if not self._folder.is_symlink():  # which is refused when it is opened
                self._folder.mkdir(mode=0o700, exist_ok=True)
            self._parent.sync()
            self._own = self._open.enter_context(Folder(self._folder))
            return self._open.enter_context(closing(Journal(self._own)))

    def _agreed_facts(self, asked: Mapping[str, Any], restart: bool) -> dict[str, Any]:
        """Store what is asked for, or compare it with what is stored."""
        stored = self._journal.facts() if self._journal.same_version else {}
        if not (self._journal.same_version or restart):
            raise ExportRefusedError(f"{self.path} was begun by another version; {_START_AGAIN}")
        if not (stored or restart) and self._own.found("data") is not None:
            raise ExportRefusedError(
                f"the journal beside {self._folder / 'data'} was removed or emptied; {_START_AGAIN}"
            )
        nothing = self._journal.checkpoint == Checkpoint() and "whole" not in stored
        fresh = {**asked, "ids": None if self._known is None else list(attrs.astuple(self._known))}
        if nothing or (restart and not self._resumes_a_restart(fresh, stored)):
            stored = {**fresh, "restart": restart or stored.get("restart", False)}
            self._journal.reset(stored)
            return stored
        for name, value in asked.items():
            if stored[name] != value:
                what = "by another version" if name == "layout" else f"with {name} {stored[name]!r}, not {value!r}"
                raise ExportRefusedError(f"{self.path} was begun {what}; {_START_AGAIN}")
        if stored["ids"] is not None:
            before = IdList(*stored["ids"])
            if self._known is not None and self._known != before:
                raise self._other_ids(before.count, self._known.count)
            self._known = before
        return stored

    def _resumes_a_restart(self, fresh: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
        """Return True where the run that was stopped did the same; an iterator's ids are not known beforehand."""
        same = self._known is not None and all(stored[name] == value for name, value in fresh.items())
        stopped = stored["restart"] and "finished" not in stored
        return same and stopped and self._is_unchanged(stored)

    def _other_ids(self, before: int, now: int) -> ExportRefusedError:
        return ExportRefusedError(
            f"{self.path} was begun with other ids ({before:,} of them, now {now:,}); {_START_AGAIN}"
        )

    @property
    def finished(self) -> bool:
        """True where an earlier run finished it."""
        return "finished" in self._facts

    @property
    def sought(self) -> int:
        """How many ids of the list have to be the same as before."""
        return self.before.asked + self.finished  # of a finished one, no more may follow

    def resume(self, digest: Digest) -> None:
        """Continue after these ids; raises where they are not those whose outcome is stored."""
        if digest.known != IdList(self.before.asked, self.before.digest or Digest().known.digest):
            raise self._other_ids(self.before.asked, digest.count)
        self._digest = digest
        if self.finished:
            size = self.path.stat().st_size if self.path.is_file() else None
            if size != self._facts["size"]:
                raise ExportRefusedError(f"{self.path} was finished, and was changed or removed since; {_START_AGAIN}")
            return
        if "whole" not in self._facts:
            self._refuse_existing(self._names)
        if not self._is_unchanged(self._facts):
            raise ExportRefusedError(f"what {self._folder} holds is not whole any more, or was changed; {_START_AGAIN}")

    def _is_unchanged(self, stored: Mapping[str, Any]) -> bool:
        """Return True where all that the journal knows of is there, as it was written."""
        with self._translating_os_errors(self._folder):
            if "whole" in stored:
                return all(self._checksum(own, name) == stored["whole"][own] for own, name in self._outcome)
            if not self._journal.checkpoint.size:
                return True
            if self._own.found("data") is None:
                return False
            with self._own.open("data", "rb") as data:
                steps = pairwise((Checkpoint(), *self._journal.checkpoints()))
                return all(_sha256([data.read(part.size - before.size)]) == part.content for before, part in steps)

    def _checksum(self, own: str, name: str) -> str:
        """Return the checksum of a whole file: in the folder or, after a stop half-way, under its final name."""
        folder, each = (self._parent, name) if self._is_renamed(own, name) else (self._own, own)
        if folder.found(each) is None:
            return ""
        with folder.open(each, "rb") as file:
            return _sha256(iter(lambda: file.read(_AT_ONCE), b""))

    def _is_renamed(self, own: str, name: str) -> bool:
        """Return True where a whole file has its final name; after a stop it may have both."""
        mine, there = self._own.found(own), self._parent.found(name)
        return mine is None or (there is not None and os.path.samestat(mine, there))

    @property
    def _latest(self) -> Checkpoint:
        return self._pending[-1][1] if self._pending else self._journal.checkpoint

    def add(self, batch: TicketBatch[Any], run: Counts) -> None:
        """Add a batch, and what this run has counted; they are on the disk after the next `commit`."""
        counts = (self._latest + Counts.of_batch(batch)).counters()
        counts |= {"retries": self.before.retries + run.retries, "slow": self.before.slow + run.slow}
        self._digest = self._digest.then(batch.requested)
        seconds = self.before.seconds + time.monotonic() - self._started
        self._pending.append((batch, Checkpoint(**counts, digest=self._digest.known.digest, seconds=seconds)))

    @property
    def progress(self) -> ExportProgress:
        """How far it has come."""
        total = None if self._known is None else self._known.count
        return ExportProgress(total=total, resumed=self.before.asked, **self._latest.counters())

    @property
    def full(self) -> bool:
        """True where the pending batches make a part."""
        return self._latest.asked - self._journal.checkpoint.asked >= PART

    def commit(self) -> None:
        """Write the pending batches to the disk. May be called again after anything stopped it half-way."""
        written = self._journal.last_checkpoint()
        pending = [(batch, checkpoint) for batch, checkpoint in self._pending if checkpoint.asked > written.asked]
        if pending:
            batches = [batch for batch, _ in pending]
            content, lost = self._form.part(batches)
            if not written.size:
                content = self._form.head + content
            with self._translating_os_errors(self._folder / "data"):
                self._append(content, written.size)
            missing = [id_ for batch in batches for id_ in batch.missing]
            problems = [*(str(problem) for batch in batches for problem in batch.problems), *lost]
            checkpoint = attrs.evolve(
                pending[-1][1],
                size=written.size + len(content),
                content=_sha256([content]),
                problems=written.problems + len(problems),
            )
            self._journal.commit(checkpoint, missing, problems)
        self._pending.clear()

    def _append(self, content: bytes, size: int) -> None:
        """Write a part after the parts before it, over what a stopped run left there."""
        with self._own.open("data", "r+b") if size else self._own.fresh("data") as data:
            data.truncate(size)
            data.seek(size)
            data.write(content)
            _sync(data)

    @property
    def complete(self) -> bool:
        """True where no ticket is left to be asked for."""
        return self.finished or "whole" in self._facts

    def finish(self, repeated: int) -> ExportResult:
        """Make the files whole and give them their names, unless an earlier run has done so."""
        before = self.finished
        if not self.complete:
            self.commit()
            if self._known not in (None, self._digest.known):
                raise ExportRefusedError(f"the ids of {self.path} changed while they were read; {_START_AGAIN}")
            self._assemble(repeated)
        if not before:
            self._rename_into_place()
        with self._translating_os_errors(self._folder):
            for name in ("data", "output", "missing", "problems"):
                self._own.remove(name)
        return self._result(before)

    def _assemble(self, repeated: int) -> None:
        """Write the whole files, under names of the folder, down to the disk."""
        sizes = [part.size for part in self._journal.checkpoints()]
        with self._translating_os_errors(self._folder):
            if not sizes:
                self._append(self._form.head, 0)
            if (assemble := self._form.assemble) is not None:
                with self._own.open("data", "rb") as data, self._own.fresh("output") as output:
                    assemble(data, sizes, output)
                    _sync(output)
            for own, lines in (
                ("missing", self._journal.rows("missing")),
                ("problems", self._journal.rows("problems")),
            ):
                with self._own.fresh(own) as file:
                    file.writelines(f"{line}\n".encode() for line in lines)
                    _sync(file)
            self._own.sync()
            with self._own.open(self._data, "rb") as file:
                size = os.fstat(file.fileno()).st_size
            digests = {own: self._checksum(own, name) for own, name in self._outcome}
        self._set_facts({"whole": digests, "size": size, "repeated": repeated})

    def _set_facts(self, facts: Mapping[str, Any]) -> None:
        self._journal.set_facts(facts)
        self._facts |= facts

    def _refuse_existing(self, names: Iterable[str]) -> None:
        """Refuse to overwrite what something else put there meanwhile."""
        for name in names:
            if self._parent.found(name) is not None and not self._facts["restart"]:
                raise self._exists(name)

    def _exists(self, name: str) -> ExportRefusedError:
        there = self.path.with_name(name)
        return ExportRefusedError(f"{there} was put there by something else; move it away, or {_START_AGAIN}")

    def _rename_into_place(self) -> None:
        """Move the files to their final names, the tickets' last; may have been stopped half-way before."""
        outcome = self._outcome
        renamed = [name for own, name in outcome if self._is_renamed(own, name)]
        self._refuse_existing(name for name in self._names if name not in renamed)
        with self._translating_os_errors(self.path):
            for own, name in outcome:
                if name in renamed:
                    continue
                try:
                    self._own.move(own, self._parent, name, over=self._facts["restart"])
                except FileExistsError:
                    raise self._exists(name) from None
            if self._facts["restart"]:  # remove the files of the export that this one replaces
                for name in set(self._names) - {name for _, name in outcome}:
                    self._parent.remove(name)
            self._parent.sync()
        self._journal.set_facts({"finished": True})

    @property
    def _outcome(self) -> list[tuple[str, str]]:
        """The files of the folder that there are in the end, each with its final name."""
        counts = self._journal.checkpoint
        some = (("missing", counts.missing), ("problems", counts.problems), (self._data, True))
        return [(own, name) for (own, there), name in zip(some, self._names, strict=True) if there]

    def _result(self, before: bool) -> ExportResult:
        counts = self._journal.checkpoint
        missing, problems, _ = map(self.path.with_name, self._names)
        return ExportResult(
            path=self.path,
            counts=Counts(**counts.counters()),
            missing=array("i", self._journal.rows("missing")),
            missing_path=missing if counts.missing else None,
            problems_path=problems if counts.problems else None,
            repeated=self._facts["repeated"],
            seconds=counts.seconds,
            size=self._facts["size"],
            resumed=self.before.asked,
            finished_before=before,
        )

    @contextmanager
    def _translating_os_errors(self, path: Path) -> Generator[None]:
        """Raise the system's errors as ours."""
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


def _sha256(blocks: Iterable[bytes]) -> str:
    found = sha256()
    for block in blocks:
        found.update(block)
    return found.hexdigest()


def _sync(file: BinaryIO) -> None:
    """Force what was written to a file to the disk."""
    file.flush()
    os.fsync(file.fileno())
