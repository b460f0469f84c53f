"""An import from its file to the end: what pages and jobs call. Everything else in this package is asked from here.

A file is kept, its columns are matched, a job checks every line, somebody confirms what it found, and another job writes
that, all of it or nothing. Both jobs work as the person who started them, each in one transaction: one whose worker was
killed has left nothing behind, and is run again. One whose person has lost the role meanwhile is given up.
"""

import datetime
import hashlib
import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import Partner, User
from accounts.permissions import can, require
from portal.lib.acting import acting_as
from portal.lib.jobs import enqueue
from requests_app.file_types import plain_name
from requests_app.imports import mapping, reading
from requests_app.imports.kinds import COMPARISONS, Comparison, Found
from requests_app.imports.kinds.base import BATCH
from requests_app.imports.problems import NotRead, Wrong, plain
from requests_app.imports.values import How
from requests_app.models import ImportKind, ImportLine, ImportRun, ImportStatus, LineState
from requests_app.models.imports import CAPABILITIES

logger = logging.getLogger(__name__)

KEPT_FOR = datetime.timedelta(days=30)
"""How long a run stays, with its file and its lines."""
STRAY_AFTER = datetime.timedelta(days=1)
SAMPLES = 3
"""How many values of a column are shown where it is matched."""


class NotPossible(Exception):
    """A step that the run does not allow as it stands; its text is a sentence for the reader."""


class _Moved(Exception):
    """The data are no longer those of the preview."""


# --- Steps that people take ------------------------------------------------------------------------------------------


def start(partner: Partner, kind: str, file: UploadedFile, *, actor: User) -> ImportRun:
    """Keep the file and suggest what its columns mean. Raises NotRead and NotTaken, with a sentence for the reader."""
    require(actor, CAPABILITIES[kind], partner)  # type: ignore[index]  # the codes are the members
    name = plain_name(file.name or "")
    if not file.size:
        raise NotRead("empty", name=name)
    if file.size > reading.MAX_SIZE:
        raise NotRead("size", name=name)
    file.seek(0)
    content = file.read()
    run = ImportRun(partner=partner, kind=kind, started_by=actor, file_name=name, created_at=timezone.now())
    run.how = reading.assumed(name, content)
    _look(run, content)
    storages["attachments"].save(run.path, ContentFile(content))
    run.save()
    return run


def read_again(run: ImportRun, how: Mapping[str, str]) -> None:
    """Read the headings once more, in another encoding, with another delimiter or from another sheet. Raises NotRead."""
    if run.status not in (ImportStatus.MAPPING, ImportStatus.CHECKED):
        raise NotPossible(gettext("This import is past that step."))
    run.how = run.how | dict(how)
    _look(run, _content(run))
    run.status, run.problem = ImportStatus.MAPPING, {}
    run.save(update_fields=["how", "headings", "samples", "columns", "status", "problem"])


def _look(run: ImportRun, content: bytes) -> None:
    """Take headings and first values from the file, and what its columns mean from earlier ones or from their names."""
    table = reading.table(run.file_name, content, run.how)
    first = list(itertools.islice(table.lines, 20))
    run.headings = table.headings
    run.samples = [
        [
            plain(line.cells[place])
            for line in first
            if place < len(line.cells) and not reading.is_empty(line.cells[place])
        ][:SAMPLES]
        for place in range(len(table.headings))
    ]
    if table.sheets:
        run.how["sheets"] = [plain(one) for one in table.sheets]
    known = mapping.remembered(run.partner, run.kind, table.headings)
    run.columns = known[0] if known else mapping.suggested(run.kind, table.headings)
    if known:
        run.how |= known[1]


def match(run: ImportRun, columns: Mapping[str, int], how: Mapping[str, str], *, actor: User) -> None:
    """Say what the columns mean, remember it, and have every line checked in the background."""
    require(actor, CAPABILITIES[run.kind], run.partner)  # type: ignore[index]
    if run.is_working or run.status == ImportStatus.DONE:
        raise NotPossible(gettext("This import is past that step."))
    run.columns, run.how = dict(columns), run.how | dict(how)
    run.status, run.problem = ImportStatus.CHECKING, {}
    run.save(update_fields=["columns", "how", "status", "problem"])
    mapping.remember(run, timezone.now())
    _enqueue("check_import", run, actor)


def confirm(run: ImportRun, *, digest: str, only_right: bool, actor: User) -> None:
    """Have what was previewed written in the background. Raises NotPossible where something else was previewed."""
    require(actor, CAPABILITIES[run.kind], run.partner)  # type: ignore[index]
    if run.status != ImportStatus.CHECKED:
        raise NotPossible(gettext("This import is past that step."))
    if digest != run.digest:
        raise NotPossible(gettext("The preview has changed since you opened it. Look through it once more."))
    if run.wrong and not only_right:
        raise NotPossible(
            gettext("Some lines are wrong, and nothing is written while they are. Correct the file, or leave them out.")
        )
    if not run.new and not run.changed:
        raise NotPossible(gettext("There is nothing to write."))
    run.status, run.only_right, run.problem = ImportStatus.WRITING, only_right, {}
    run.save(update_fields=["status", "only_right", "problem"])
    _enqueue("write_import", run, actor)


def remove(run: ImportRun, *, actor: User) -> None:
    """Forget a run and its lines; what it has written stays. Its file goes with the next sweep."""
    require(actor, CAPABILITIES[run.kind], run.partner)  # type: ignore[index]
    free = ImportRun.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=run.pk).first()
    if free is None:
        raise NotPossible(gettext("This import is being worked on. Wait for its end."))
    free.delete()


def _enqueue(task: str, run: ImportRun, actor: User) -> None:
    from requests_app import tasks  # noqa: PLC0415 - they call this module

    cache.delete(_progress_key(run.pk))
    enqueue(getattr(tasks, task), lock=f"import-{run.partner_id}", run_id=run.pk, person_id=actor.pk)


# --- Jobs ------------------------------------------------------------------------------------------------------------


def check(run_id: int, person_id: int, *, problem: Mapping[str, Any] | None = None) -> None:
    """Compare every line with what is on record, and keep that as the run's preview. Safe to run twice."""
    try:
        with acting_as(person_id):
            run = _locked(run_id, ImportStatus.CHECKING)
            if run is None:
                return
            digest, counts = hashlib.sha256(), dict.fromkeys(LineState.values, 0)
            ImportLine.objects.filter(run=run).delete()
            for found in _compared(run, lock=False):
                _preview(run, found)
                for one in found:
                    counts[one.state] += 1
                    digest.update(one.as_evidence().encode())
            run.status, run.digest, run.checked_at = ImportStatus.CHECKED, digest.hexdigest(), timezone.now()
            run.problem = dict(problem or {})
            for state, count in counts.items():
                setattr(run, state, count)
            run.save(update_fields=["status", "digest", "checked_at", "problem", *counts])
    except Exception as error:
        _stopped(run_id, person_id, ImportStatus.CHECKING, ImportStatus.MAPPING, error)


def write(run_id: int, person_id: int) -> None:
    """Write what was previewed and confirmed, all of it or nothing. Safe to run twice.

    Every line is compared once more, with the rows locked. Where anything comes out differently than in the preview,
    somebody has changed the data since: nothing is written, and there is a new preview.
    """
    try:
        with acting_as(person_id):
            run = _locked(run_id, ImportStatus.WRITING)
            if run is None:
                return
            comparison, found = _confirmed(run)
            person = User.objects.get(pk=person_id)
            with translation.override(person.language or person.last_language or settings.LANGUAGE_CODE):
                note = gettext("Imported from %(file)s.") % {"file": run.file_name}
            comparison.write(found, actor_id=person_id, note=note)
            run.status, run.done_at = ImportStatus.DONE, timezone.now()
            run.save(update_fields=["status", "done_at"])
    except (_Moved, IntegrityError):
        with acting_as(person_id):
            ImportRun.objects.filter(pk=run_id, status=ImportStatus.WRITING).update(status=ImportStatus.CHECKING)
        check(run_id, person_id, problem={"code": "moved"})
    except Exception as error:
        _stopped(run_id, person_id, ImportStatus.WRITING, ImportStatus.CHECKED, error)


def give_up_for(run_id: int, person_id: int, status: ImportStatus, back_to: ImportStatus) -> None:
    """End what a job of somebody's could not begin or note, because they have lost the role: its colleagues go on.

    The second wall hides the run from the job then, which ends as if there were nothing to do. For the site alone.
    """
    run = _locked(run_id, status)
    person = User.objects.filter(pk=person_id).first()
    if run is None or (person is not None and can(person, CAPABILITIES[ImportKind(run.kind)], run.partner)):
        return
    run.status, run.problem = back_to, Wrong("no_role", who=str(person or "–")).as_json()
    run.save(update_fields=["status", "problem"])


def _confirmed(run: ImportRun) -> tuple[Comparison, list[Found]]:
    """Return what is to be written. Raises _Moved where it is not what was previewed."""
    digest = hashlib.sha256()
    to_write: list[Found] = []
    comparison = _comparison(run, lock=True)
    for found in _compared(run, lock=True, by=comparison):
        for one in found:
            digest.update(one.as_evidence().encode())
        to_write += [one for one in found if one.state in (LineState.NEW, LineState.CHANGED)]
    if digest.hexdigest() != run.digest:
        raise _Moved
    return comparison, to_write


def _locked(run_id: int, status: str) -> ImportRun | None:
    """Return the run where it still waits for this job, and locked; None: it is gone, or another worker was first."""
    rows = ImportRun.objects.select_related("partner").select_for_update(of=("self",))
    return rows.filter(pk=run_id, status=status).first()


def _stopped(run_id: int, person_id: int, status: str, back_to: str, error: Exception) -> None:
    """Note what kept a job from its end. A database that is away is no reason to give up: the job is tried again."""
    if isinstance(error, (OperationalError, InterfaceError)):
        raise error
    if isinstance(error, Wrong):
        problem, back_to = error.as_json(), ImportStatus.MAPPING
    else:
        logger.exception("Import %s could not be finished", run_id, exc_info=error)
        problem = {"code": "failed"}
    with acting_as(person_id):
        ImportRun.objects.filter(pk=run_id, status=status).update(status=back_to, problem=problem)


# --- Reading ---------------------------------------------------------------------------------------------------------


def _content(run: ImportRun) -> bytes:
    try:
        with storages["attachments"].open(run.path) as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise NotRead("lost") from None


def _comparison(run: ImportRun, *, lock: bool) -> Comparison:
    return COMPARISONS[run.kind](run.partner, run.columns, mapping.titles(run), How.of(run.how), lock=lock)


def _compared(run: ImportRun, *, lock: bool, by: Comparison | None = None) -> Iterator[list[Found]]:
    """Yield what the lines would do, a thousand at a time, and tell how far it has got."""
    comparison = by or _comparison(run, lock=lock)
    table = reading.table(run.file_name, _content(run), run.how)
    if table.headings != run.headings:
        raise NotRead("headings")
    comparison.width = len(table.headings)
    done = 0
    while lines := list(itertools.islice(table.lines, BATCH)):
        yield comparison.compare(lines)
        done += len(lines)
        cache.set(_progress_key(run.pk), done, 3600)


def _preview(run: ImportRun, found: Sequence[Found]) -> None:
    ImportLine.objects.bulk_create(
        ImportLine(
            run=run, partner_id=run.partner_id, number=one.number, state=one.state, name=one.name, changes=one.changes,
            problems=one.problems,
        )
        for one in found
    )  # fmt: skip


def _progress_key(run_id: int) -> str:
    return f"import-{run_id}"


def progress(run: ImportRun) -> int:
    """Return how many lines the job at work has looked at."""
    return int(cache.get(_progress_key(run.pk)) or 0)


# --- Tidying ---------------------------------------------------------------------------------------------------------


def remove_old(now: datetime.datetime) -> int:
    """Remove the runs of a month ago, and files that no run has; return how many files. Acts as the site."""
    ImportRun.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    storage, removed = storages["attachments"], 0
    for path in list(_files(storage)):
        stray = not ImportRun.objects.filter(key=path.rpartition("/")[2]).exists()
        if stray and storage.get_modified_time(path) < now - STRAY_AFTER:
            storage.delete(path)
            removed += 1
    return removed


def _files(storage: Any) -> Iterator[str]:
    try:
        folders, _none = storage.listdir("imports")
    except FileNotFoundError:  # nothing has been imported yet
        return
    for folder in sorted(folders):
        for name in storage.listdir(f"imports/{folder}")[1]:
            yield f"imports/{folder}/{name}"
