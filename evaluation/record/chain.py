"""Sealing what is frozen, and checking the chain."""

from collections.abc import Iterable, Iterator

from citymgmt.accounts.models import RecordHead
from citymgmt.lib import heads
from citymgmt.lib.after import after_commit
from evaluation.models import Bulletin, Evaluation, Seal
from evaluation.sealing import digests

CHAIN = "seals"


def seal(row: Evaluation | Bulletin) -> Seal:
    """Append the link of a row just frozen; inside the transaction that froze it."""
    head = RecordHead.locked(CHAIN)
    kind, content = _content(row)
    previous = Seal.objects.order_by("-id").values_list("hash", flat=True).first() or ""
    link = digests.link(kind, row.pk, content, previous)
    mac = head.extend(link)
    head.close()
    head.save(force_update=True)
    after_commit(head.keep)
    return Seal.objects.create(
        kind=kind,
        object_id=row.pk,
        content=content,
        prev_hash=previous,
        hash=link,
        number=head.value,
        mac=mac,
    )


def _content(row: Evaluation | Bulletin) -> tuple[str, str]:
    row.refresh_from_db()  # as the database will give it back
    if isinstance(row, Bulletin):
        return digests.BULLETIN, digests.bulletin_content(row)
    results = row.results.order_by("object_kind", "object_id")
    return digests.EVALUATION, digests.evaluation_content(row, results.iterator())


def broken_seals(marks: Iterable[heads.Mark] = ()) -> Iterator[tuple[str, str]]:
    """(what, reason) for every link that does not hold, and for what is frozen without one;
    `marks` are signatures kept elsewhere."""
    previous = ""
    for link in Seal.objects.order_by("id").iterator(chunk_size=500):
        if fault := _fault(link, previous):
            yield str(link), fault
        previous = link.hash
    yield from _unsealed()
    yield from _unsigned(marks)


def _fault(link: Seal, previous: str) -> str | None:
    if link.prev_hash != previous:
        return "chain"
    if link.hash != digests.link(link.kind, link.object_id, link.content, link.prev_hash):
        return "link"
    row = _frozen(link)
    if row is None:
        return "missing"
    return None if _content(row)[1] == link.content else "content"


def _frozen(link: Seal) -> Evaluation | Bulletin | None:
    if link.kind == digests.BULLETIN:
        return Bulletin.objects.filter(pk=link.object_id, status=Bulletin.Status.PUBLISHED).first()
    return Evaluation.objects.select_related("scheme").filter(pk=link.object_id).first()


def _unsealed() -> Iterator[tuple[str, str]]:
    published = Bulletin.objects.filter(status=Bulletin.Status.PUBLISHED)
    for kind, rows in (
        (digests.EVALUATION, Evaluation.objects.all()),
        (digests.BULLETIN, published),
    ):
        sealed = Seal.objects.filter(kind=kind).values("object_id")
        for pk in rows.exclude(pk__in=sealed).order_by("pk").values_list("pk", flat=True):
            yield f"{kind} {pk}", "unsealed"


def _unsigned(marks) -> Iterator[tuple[str, str]]:
    for link in Seal.objects.filter(number=None).order_by("id"):
        yield str(link), "not signed"
    head = RecordHead.objects.filter(name=CHAIN).first()
    signed = Seal.objects.exclude(number=None).order_by("number")
    rows = signed.values_list("number", "mac", "hash").iterator(chunk_size=2000)
    for numbers, reason in heads.faults(CHAIN, rows, head, [*heads.kept(CHAIN), *marks]):
        yield f"seal {numbers}", reason
