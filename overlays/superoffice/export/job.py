"""An export to a file: its folder, its journal and its data. Does the files' I/O, and no other.

Beside `tickets.parquet` stands the folder `tickets.parquet.export`. In it, the data of one part after another are
written and forced to the disk, then the journal says so; whatever stops the run, the next one cuts off what the journal
does not know and goes on from there. Files get their own names only when all of them are whole.

The folder is its user's alone, and what stands in it is held to checksums: what others put there, or something else
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
from typing import Any, BinaryIO, Self

import attrs

from .._private_files import Folder, NotOwnError
from .._window import StreamCounts
from ..batch import TicketBatch
from ..errors import ExportError, ExportRefusedError
from .ids import Digest, Known
from .journal import Checkpoint, Journal
from .result import ExportProgress, ExportResult
from .text import Format

PART = 2_000  # ids of which a kill may lose the tickets, which are asked for again; larger parts take more memory
_AT_ONCE = 1 << 20  # bytes of a file that are gone over at a time
_DEVICES = ("/dev", "/dev/fd", "/proc/self/fd")  # whose names lead to files, too, and must not be taken by one
_ANEW = "begin anew with restart=True (--restart), or choose another file"


@attrs.frozen
class _Taken:
    """A call's tickets, and how far the export has come with them."""

    batch: TicketBatch[Any]
    standing: Checkpoint


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
        self._open = ExitStack()
        try:
            self._journal = self._opened(restart)
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
        self._open.close()

    def _opened(self, restart: bool) -> Journal:
        """Take the folders, the journal and its lock."""
        if not self.path.parent.is_dir():
            raise ExportRefusedError(f"there is no folder {self.path.parent}; make it, or choose another one")
        if self.path.is_dir():
            raise ExportRefusedError(f"{self.path} is a folder; name a file in it")
        try:
            parent = str(self.path.parent.absolute())
        except FileNotFoundError:
            said = "the current folder is gone; change to another one, or name the file with its whole path"
            raise ExportRefusedError(said) from None
        if (self.path.exists() and not self.path.is_file()) or parent in _DEVICES:
            raise ExportRefusedError(
                f"{self.path} is no file; give an open one in its place (--out - is standard output)"
            )
        if not restart and not os.path.lexists(self._folder / "journal"):
            for name in map(self.path.with_name, self._names):
                if os.path.lexists(name):
                    raise ExportRefusedError(f"{name} is there already, and nothing tells what it holds; {_ANEW}")
        with self._sound(self._folder):
            self._parent = self._open.enter_context(Folder(self.path.parent, own=False))
            if not self._folder.is_symlink():  # which is refused when it is opened
                self._folder.mkdir(mode=0o700, exist_ok=True)
            self._parent.sync()
            self._own = self._open.enter_context(Folder(self._folder))
            return self._open.enter_context(closing(Journal(self._own)))

    def _agreed(self, asked: Mapping[str, Any], restart: bool) -> dict[str, Any]:
        """Write down what is asked for, or hold it to what was written down."""
        noted = self._journal.facts() if self._journal.same_version else {}
        if not (self._journal.same_version or restart):
            raise ExportRefusedError(f"{self.path} was begun by another version; {_ANEW}")
        if not (noted or restart) and self._own.found("data") is not None:
            raise ExportRefusedError(f"the journal beside {self._folder / 'data'} was removed or emptied; {_ANEW}")
        nothing = self._journal.standing == Checkpoint() and "whole" not in noted
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
        return same and stopped and self._holds(noted)

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
            return
        if "whole" not in self._facts:
            self._look(self._names)
        if not self._holds(self._facts):
            raise ExportRefusedError(f"what {self._folder} holds is not whole any more, or was changed; {_ANEW}")

    def _holds(self, noted: Mapping[str, Any]) -> bool:
        """Whether all of which the journal knows is there, as it was written."""
        with self._sound(self._folder):
            if "whole" in noted:
                return all(self._content(own, name) == noted["whole"][own] for own, name in self._outcome)
            if not self._journal.standing.size:
                return True
            if self._own.found("data") is None:
                return False
            with self._own.open("data", "rb") as data:
                steps = pairwise((Checkpoint(), *self._journal.parts()))
                return all(_sha256([data.read(part.size - before.size)]) == part.content for before, part in steps)

    def _content(self, own: str, name: str) -> str:
        """Return what tells the content of a whole file: in the folder or, after a stop half-way, under its name."""
        folder, each = (self._parent, name) if self._is_placed(own, name) else (self._own, own)
        if folder.found(each) is None:
            return ""
        with folder.open(each, "rb") as file:
            return _sha256(iter(lambda: file.read(_AT_ONCE), b""))

    def _is_placed(self, own: str, name: str) -> bool:
        """Whether a whole file has its name; a stop may have left it both."""
        mine, there = self._own.found(own), self._parent.found(name)
        return mine is None or (there is not None and os.path.samestat(mine, there))

    def take(self, batch: TicketBatch[Any], counts: StreamCounts) -> ExportProgress:
        """Take a call's tickets; they are on the disk after the next `commit`."""
        last = self._taken[-1].standing if self._taken else self._journal.standing
        digest = self._digest.then(batch.requested)
        standing = Checkpoint(
            asked=digest.count,
            digest=digest.known.digest,
            tickets=last.tickets + len(batch),
            missing=last.missing + len(batch.missing),
            problems=last.problems + len(batch.problems),
            unexpected=last.unexpected + len(batch.unexpected),
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

    def _progress(self, standing: Checkpoint) -> ExportProgress:
        return ExportProgress(
            total=None if self._known is None else self._known.count,
            asked=standing.asked,
            resumed=self.before.asked,
            tickets=standing.tickets,
            missing=standing.missing,
            problems=standing.problems,
            unexpected=standing.unexpected,
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
            if not kept.size:
                content = self._form.head + content
            with self._sound(self._folder / "data"):
                self._append(content, kept.size)
            missing = [id_ for batch in batches for id_ in batch.missing]
            problems = [*(str(problem) for batch in batches for problem in batch.problems), *lost]
            standing = attrs.evolve(
                taken[-1].standing,
                size=kept.size + len(content),
                content=_sha256([content]),
                problems=kept.problems + len(problems),
            )
            self._journal.commit(standing, missing, problems)
        self._taken.clear()

    def _append(self, content: bytes, size: int) -> None:
        """Put a part after the parts before it, in the place of what a stopped run left there."""
        with self._own.open("data", "r+b") if size else self._own.fresh("data") as data:
            data.truncate(size)
            data.seek(size)
            data.write(content)
            _sync(data)

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
            for name in ("data", "output", "missing", "problems"):
                self._own.remove(name)
        return self._result(before)

    def _make_whole(self, repeated: int) -> None:
        """Write the files under other names, down to the disk."""
        sizes = [part.size for part in self._journal.parts()]
        with self._sound(self._folder):
            if not sizes:
                self._append(self._form.head, 0)
            if (assemble := self._form.assemble) is not None:
                with self._own.open("data", "rb") as data, self._own.fresh("output") as output:
                    assemble(data, sizes, output)
                    _sync(output)
            for own, lines in (("missing", self._journal.missing()), ("problems", self._journal.problems())):
                with self._own.fresh(own) as file:
                    file.writelines(f"{line}\n".encode() for line in lines)
                    _sync(file)
            self._own.sync()
            with self._own.open(self._made, "rb") as file:
                size = os.fstat(file.fileno()).st_size
            digests = {own: self._content(own, name) for own, name in self._outcome}
        whole = {"whole": digests, "size": size, "repeated": repeated}
        self._journal.note(whole)
        self._facts |= whole

    def _look(self, names: Iterable[str]) -> None:
        """Refuse to write over what was put there by something else meanwhile."""
        for name in names:
            if self._parent.found(name) is not None and not self._facts["restart"]:
                raise self._taken_by(name)

    def _taken_by(self, name: str) -> ExportRefusedError:
        there = self.path.with_name(name)
        return ExportRefusedError(f"{there} was put there by something else; move it away, or {_ANEW}")

    def _place(self) -> None:
        """Give the files their names, the tickets' last; may have been stopped half-way before."""
        placed = [name for own, name in self._outcome if self._is_placed(own, name)]
        self._look(name for name in self._names if name not in placed)
        with self._sound(self.path):
            for own, name in self._outcome:
                if name in placed:
                    continue
                try:
                    self._own.move(own, self._parent, name, over=self._facts["restart"])
                except FileExistsError:
                    raise self._taken_by(name) from None
            if self._facts["restart"]:
                outcome = [name for _, name in self._outcome]
                for name in self._names:
                    if name not in outcome:  # of the export that this one replaces
                        self._parent.remove(name)
            self._parent.sync()
        self._journal.note({"finished": True})

    @property
    def _made(self) -> str:
        """What in the folder becomes the file of the tickets."""
        return "data" if self._form.assemble is None else "output"

    @property
    def _names(self) -> tuple[str, str, str]:
        """What the files are called in the end."""
        return f"{self.path.name}.missing.txt", f"{self.path.name}.problems.txt", self.path.name

    @property
    def _outcome(self) -> list[tuple[str, str]]:
        """Which files of the folder there are in the end, and what they are called then."""
        standing = self._journal.standing
        some = (("missing", standing.missing), ("problems", standing.problems), (self._made, True))
        return [(own, name) for (own, there), name in zip(some, self._names, strict=True) if there]

    def _result(self, before: bool) -> ExportResult:
        standing = self._journal.standing
        return ExportResult(
            path=self.path,
            tickets=standing.tickets,
            missing=array("i", self._journal.missing()),
            missing_path=self.path.with_name(self._names[0]) if standing.missing else None,
            problems=standing.problems,
            problems_path=self.path.with_name(self._names[1]) if standing.problems else None,
            repeated=self._facts["repeated"],
            retries=standing.retries,
            slow=standing.slow,
            seconds=standing.seconds,
            size=self._facts["size"],
            resumed=self.before.asked,
            finished_before=before,
            unexpected=standing.unexpected,
        )

    @contextmanager
    def _sound(self, path: Path) -> Generator[None]:
        """Give the system's errors as ours."""
        try:
            yield
        except NotOwnError as error:
            raise ExportRefusedError(
                f"{error}, so it is not used; remove {self._folder} to begin anew, or choose a file in a folder whose "
                "file system keeps owners and modes"
            ) from None
        except OSError as error:
            raise ExportError(
                f"cannot write {path}: {error.strerror}; put that right, and {self._again} goes on where it was"
            ) from error


def _sha256(blocks: Iterable[bytes]) -> str:
    found = sha256()
    for block in blocks:
        found.update(block)
    return found.hexdigest()


def _sync(file: BinaryIO) -> None:
    """Have what was written to a file reach the disk."""
    file.flush()
    os.fsync(file.fileno())
