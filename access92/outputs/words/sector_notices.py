"""Notices on sectors and ``communes_served``, in French: the subject and the detail of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from access92.study.notices import Notice

if TYPE_CHECKING:
    from access92.outputs.words.notices import NoticeNames


def sector_unknown(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """Communes that no source gives to a service."""
    communes = [names.areas[area_id] for area_id in notice.subject]
    subject = f"{len(communes)} {'communes' if len(communes) > 1 else 'commune'}"
    return subject, f"aucune source lue ne dit {names.competent.which} reçoit les habitants de : {', '.join(communes)}"


def area_disputed(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """An area that several services say is theirs."""
    area_id, *teams = notice.subject
    return names.areas[area_id], (
        f"{' et '.join(teams)} : {names.competent.article} plus proche est retenu{names.competent.e}"
    )


def commune_unknown(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """A name in ``communes_served`` that no area has."""
    del names
    service_id, commune = notice.subject
    return service_id, f"« {commune} » n'est le nom d'aucune zone"


def commune_ambiguous(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """A name in ``communes_served`` that several areas have."""
    del names
    service_id, commune = notice.subject
    return service_id, f"« {commune} » est le nom de plusieurs zones : en écrire le code"


def service_without_sector(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """A service of the competent kind without a sector."""
    service_id, name = notice.subject
    article, e = names.competent.article, names.competent.e
    return f"{name} ({service_id})", f"peut être {article} plus proche, n'est compétent{e} nulle part"


def sector_incomplete(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """A sector of which a part is not known."""
    del names
    service_id, name, note = notice.subject
    return f"{name} ({service_id})", note
