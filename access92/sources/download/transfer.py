"""One file over HTTP: received aside, resumed where it stopped, checked against its MD5, then renamed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import requests

from access92.errors import DataSourceError, Fault, OutputError

OnBytes = Callable[[int, int], None]
"""Called with the bytes received and the bytes in all, 0 where the server does not say."""

_BLOCK_BYTES = 1 << 14
_REPORT_BYTES = 1 << 20
_LONGEST_PAUSE_S = 600.0
_HEADERS = {"User-Agent": "access92 (https://pypi.org/project/access92)", "Accept-Encoding": "identity"}
_OK, _PARTIAL, _NOT_FOUND, _GONE, _NOT_SATISFIABLE, _TOO_MANY = 200, 206, 404, 410, 416, 429
_WORTH_RETRYING = frozenset({_TOO_MANY, 500, 502, 503, 504})
_BROKEN = "La connexion a été coupée pendant le téléchargement."
_RESUMED = "ce qui est reçu est gardé, la même commande reprendra où elle s'est arrêtée."
_MD5_TEXT = re.compile(r"^\s*\\?([0-9a-fA-F]{32})\b")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a server is asked again, the first pause (doubled each time), and how long it may stay silent."""

    attempts: int = 6
    pause_s: float = 5.0
    silence_s: float = 60.0


PATIENCE = Patience()
"""Half an hour at most for a server that is down, one minute for one that says nothing."""


class _PassingError(Exception):
    """Something that may go better next time: a busy server, a connection that broke. ``wait_s``: what it asks for."""

    def __init__(self, what: str, detail: str, *, wait_s: float | None = None) -> None:
        super().__init__(detail)
        self.what, self.detail, self.wait_s = what, detail, wait_s


def fetch_bytes(url: str, *, patience: Patience = PATIENCE) -> bytes | None:
    """The content of a small file; None where the server has no such file (404, 410).

    Raises
    ------
    DataSourceError
        The server cannot be reached, stays busy or refuses.
    """

    def ask() -> bytes | None:
        response = _get(url, {}, patience)
        with response:
            if response.status_code in (_NOT_FOUND, _GONE):
                return None
            _check_status(response, url)
            try:
                return response.content
            except requests.exceptions.RequestException as error:
                raise _PassingError("La réponse du serveur est tronquée.", str(error)) from error

    return _patiently(ask, url, patience)


def post_file(
    url: str, file: tuple[str, bytes], fields: Sequence[tuple[str, str]], *, patience: Patience = PATIENCE
) -> bytes:
    """What a server answers to a small file (its name, its bytes) and the fields of a form, whole.

    Raises
    ------
    DataSourceError
        The server cannot be reached, stays busy, refuses, or its answers are cut off.
    """

    def ask() -> bytes:
        try:
            response = requests.post(
                url, files={"data": file}, data=list(fields), headers=_HEADERS, stream=True, timeout=patience.silence_s
            )
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
            raise _PassingError("Le serveur est injoignable (connexion, mandataire ?).", _reason(error)) from error
        except requests.exceptions.RequestException as error:
            raise _failed(url, "L'adresse n'est pas valable.", _reason(error), "Corriger l'adresse.") from error
        with response:
            _check_status(response, url)
            try:
                return response.content
            except requests.exceptions.RequestException as error:
                raise _PassingError("La réponse du serveur est tronquée.", _reason(error)) from error

    return _patiently(ask, url, patience)


def fetch_md5(url: str, *, patience: Patience = PATIENCE) -> str:
    """The MD5 that a provider publishes beside a file (« <file>.md5 »), in lower case; '' where it publishes none.

    Raises
    ------
    DataSourceError
        As :func:`fetch_bytes`; or the file holds no MD5.
    """
    body = fetch_bytes(f"{url}.md5", patience=patience)
    if body is None:
        return ""
    found = _MD5_TEXT.match(body.decode("utf-8", errors="replace"))
    if found is None:
        raise _failed(
            f"{url}.md5", "Le fichier de somme de contrôle est illisible.", body[:80], "Recommencer plus tard."
        )
    return found[1].lower()


def fetch_file(
    url: str, target: Path, *, md5: str = "", on_bytes: OnBytes | None = None, patience: Patience = PATIENCE
) -> Path:
    """Download one file, whole or not at all.

    It is received in ``<target>.part``. A download that was cut off, in this run or in one before, goes on from the
    last byte received where the server still has the same file (``If-Range``), and begins again where it has another.

    Parameters
    ----------
    md5
        What the content must hash to; '' where nothing is known. A wrong one is refused and the part removed.

    Raises
    ------
    DataSourceError
        The server cannot be reached, stays busy, has no such file, or sent something else.
    OutputError
        The folder cannot be written, or the disk is full (what was received stays, to go on from).
    """
    part, note = target.with_name(target.name + ".part"), target.with_name(target.name + ".part.json")
    # each try goes on from what the one before left; pauses start anew once something came
    _patiently(lambda: _receive(url, part, note, on_bytes, patience), url, patience, received=lambda: _size(part))

    if md5 and (actual := _md5_of(part)) != md5:
        _remove(part, note)
        raise _failed(
            url,
            "Le fichier reçu n'est pas celui que le serveur annonce : sa somme de contrôle diffère.",
            f"MD5 {actual}, attendu {md5}",
            "Recommencer (le fichier a pu changer sur le serveur pendant le téléchargement).",
        )
    try:
        part.replace(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    _remove(note)
    return target


def _patiently(ask: Callable[[], _T], url: str, patience: Patience, *, received: Callable[[], int] = lambda: 0) -> _T:
    """What ``ask`` gives, asked again after each passing fault until the patience is at its end.

    ``received`` tells how much has come: a try that brought something makes the count begin again.
    """
    failures = 0
    while True:
        before = received()
        try:
            return ask()
        except _PassingError as error:
            failures = 1 if received() > before else failures + 1
            if failures >= patience.attempts:
                detail = f"{error.detail}, {failures} tentative{'s' if failures > 1 else ''}"
                raise _failed(url, error.what, detail, f"Recommencer plus tard ; {_RESUMED}") from error
            pause_s = patience.pause_s * 2 ** (failures - 1) if error.wait_s is None else error.wait_s
            _log.warning("%s: %s; asking again in %.0f s", url, error.detail, pause_s)
            time.sleep(min(pause_s, _LONGEST_PAUSE_S))


def _receive(url: str, part: Path, note: Path, on_bytes: OnBytes | None, patience: Patience) -> None:
    """Add to the part what is missing of the file, or begin it again where the server's is another one."""
    done, validator = _size(part), _read_validator(note, url)
    if not validator:  # nobody can say that the rest would be of the same file
        done = 0
    headers = {"Range": f"bytes={done}-", "If-Range": validator} if done else {}
    with _get(url, headers, patience) as response:
        # the part may be whole already, or longer than the file has become: only its length says so
        if response.status_code == _NOT_SATISFIABLE and done:
            if response.headers.get("Content-Range") == f"bytes */{done}":
                return
            _remove(part, note)
            raise _PassingError("Le fichier a changé sur le serveur.", f"{done} octets déjà reçus, hors du fichier")
        if response.status_code in (_NOT_FOUND, _GONE):
            fix = "Vérifier l'adresse (--provider-url, --extract) ; le fournisseur a pu la changer."
            raise _failed(url, "Le fichier n'existe pas sur le serveur.", f"HTTP {response.status_code}", fix)
        _check_status(response, url)
        begins_at = done if response.status_code == _PARTIAL else 0
        announced = response.headers.get("Content-Range", f"bytes {begins_at}-")
        if response.status_code == _PARTIAL and not announced.startswith(f"bytes {done}-"):
            _remove(part, note)
            raise _PassingError("Le serveur envoie une autre partie du fichier que celle demandée.", announced)

        # what the server says of the file is noted before its first byte, so that a kill at any moment can be resumed
        length = int(response.headers.get("Content-Length") or 0)
        total = begins_at + length if length else 0
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            _check_room(part.parent, length)
            if begins_at == 0:
                note.write_text(json.dumps({"url": url, "validator": _validator(response.headers)}), encoding="utf-8")
            with part.open("ab" if begins_at else "wb") as stream:
                _copy(response, stream, begins_at, total, on_bytes)
        except OSError as error:
            raise _unwritable(part, error) from error
    if total and _size(part) != total:
        raise _PassingError(_BROKEN, f"{_size(part)} octets reçus sur {total}")


def _copy(response: requests.Response, stream: BinaryIO, done: int, total: int, on_bytes: OnBytes | None) -> None:
    """Write what comes, block after block."""
    reported = -_REPORT_BYTES
    try:
        for block in response.iter_content(_BLOCK_BYTES):
            stream.write(block)
            done += len(block)
            if on_bytes is not None and (done - reported >= _REPORT_BYTES or done == total):
                on_bytes(done, total)
                reported = done
    except requests.exceptions.RequestException as error:  # an OSError too: told apart before the disk's
        raise _PassingError(_BROKEN, f"{done} octets reçus") from error


def _get(url: str, headers: Mapping[str, str], patience: Patience) -> requests.Response:
    """The answer, its content still to come."""
    try:
        return requests.get(url, headers={**_HEADERS, **headers}, stream=True, timeout=patience.silence_s)
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
        raise _PassingError("Le serveur est injoignable (connexion, mandataire ?).", _reason(error)) from error
    except requests.exceptions.RequestException as error:
        raise _failed(url, "L'adresse n'est pas valable.", _reason(error), "Corriger l'adresse.") from error


def _check_status(response: requests.Response, url: str) -> None:
    """Refuse an answer that is neither the file nor a part of it; a busy server is worth asking again."""
    status = response.status_code
    if status in _WORTH_RETRYING:
        what = "Le serveur reçoit trop de requêtes." if status == _TOO_MANY else "Le serveur est surchargé."
        raise _PassingError(what, f"HTTP {status}", wait_s=_retry_after_s(response.headers))
    if status not in (_OK, _PARTIAL):
        raise _failed(url, "Le serveur refuse la requête.", f"HTTP {status}", "Vérifier l'adresse, ou en changer.")


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The pause that a server asks for, in seconds; None where it says none, or gives a date."""
    wait = headers.get("Retry-After", "").strip()
    return float(wait) if wait.isdigit() else None


def _validator(headers: Mapping[str, str]) -> str:
    """What tells one version of a file from another: its strong ETag, else its date; '' for neither."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")


def _read_validator(note: Path, url: str) -> str:
    """What the note of a part says of the file it is of; '' where it is of another address, or not to be read."""
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
        return str(noted["validator"]) if noted["url"] == url else ""
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def _check_room(folder: Path, needed: int) -> None:
    """Refuse before the first byte what the disk has no room for."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:.0f} Mo à recevoir, {free / 1e6:.0f} Mo libres")


def _md5_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _remove(*paths: Path) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _reason(error: Exception) -> str:
    """The first line of a library's message, short enough to be read."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _unwritable(path: Path, error: OSError) -> OutputError:
    if error.errno == errno.ENOSPC:
        fix = f"Libérer de la place, ou choisir un autre dossier (--output) ; {_RESUMED}"
        return OutputError(Fault("Le disque est plein.", f"{path.parent} ({error.strerror})", fix))
    return OutputError(Fault("Le fichier ne peut pas être écrit.", f"{path} ({error})", "Choisir un autre dossier."))


def _failed(url: str, what: str, detail: object, fix: str) -> DataSourceError:
    return DataSourceError(Fault(what, f"{url} ({detail})", fix))
