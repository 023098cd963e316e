"""The command line speaks French: its help, and what it says of a command that was typed wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from access92 import __version__
from tests.command_line import command

COMMANDS = [
    "", "new", "geocode", "check", "run", "sites", "compare", "verify", "modes", "demo", "fetch", "fetch streets",
    "fetch population", "fetch timetable", "cache", "cache show", "cache clear",
]  # fmt: skip
ENGLISH = re.compile(
    r"\b(Usage: |Show this|exit|Commands|COMMAND\b|ARGS|default|required|env var|No such|Missing|Got unexpected|"
    r"Invalid|Input should|Value error|valid integer|Error|Try|Possible)"
)


@pytest.mark.parametrize("words", COMMANDS)
def test_each_page_of_help_is_in_french(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*words.split(), "--help", monkeypatch=monkeypatch) == 0
    page = capsys.readouterr().out
    assert "Usage : access92" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "Afficher cette aide." in page
    assert ENGLISH.findall(page) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("rum", "Commande inconnue : rum."),
        ("run", "Il manque ETUDE."),
        ("run a.toml --out b", "Option inconnue : --out. Proche : --output."),
        ("run a.toml b.toml", "En trop : b.toml."),
        ("run a.toml --output", "L'option --output demande une valeur."),
        ("run a.toml --processes 9", "Valeur refusée pour l'option --processes : 2 au plus."),
        ("sites a.toml --scenario s --count 0", "Valeur refusée pour l'option --count : 1 au moins."),
        ("sites a.toml --scenario s --count x", "Valeur refusée pour l'option --count : un nombre entier est attendu."),
        ("sites a.toml --scenario s --cell-m x", "Valeur refusée pour l'option --cell-m : un nombre est attendu."),
        ("sites a.toml", "Il manque l'option --scenario."),
        ("fetch streets --study a.toml --provider x", "« x » n'est pas parmi 'auto', 'geofabrik'"),
    ],
)
def test_a_command_typed_wrong_is_told_in_french_with_where_to_look(
    words: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*words.split(), monkeypatch=monkeypatch) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert re.search(r"Remède : Voir access92[\w ]* --help\.", printed.err)
    assert ENGLISH.findall(printed.err) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["schema", "--output", "nowhere/etude.json"], "(dossier ou fichier introuvable).\n  Où : nowhere/etude.json"),
        (["verify", "z" * 300], "(nom trop long)"),
        (["new", "z" * 300, "--yes"], "(nom trop long)"),
        (["new", "taken", "--yes"], "Un fichier porte le nom du dossier.\n  Où : taken"),
        (["new", "sud", "--areas", "postgresql://u:secret@h/db", "--yes"], "ne lit que des fichiers"),
    ],
)
def test_a_path_that_cannot_be_is_refused_in_french(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").touch()
    assert command(*words, monkeypatch=monkeypatch) == 3
    printed = capsys.readouterr().err
    assert said in printed
    assert "secret" not in printed
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("words", ["", "cache", "fetch"])
def test_a_group_alone_shows_its_help(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*words.split(), monkeypatch=monkeypatch) == 2
    printed = capsys.readouterr()
    assert "Commandes" in printed.out + printed.err


def test_the_version_is_that_of_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("--version", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == f"access92 {__version__}\n"
