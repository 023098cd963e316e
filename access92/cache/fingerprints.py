"""Fingerprints (SHA-256) of the code that decides a value: modules, all that they import, and the libraries below.

A cached value is sound as long as the same code would compute it again. Which code that is follows from the imports
written in the source files, never from a list kept by hand: a module that is moved, split or newly imported is in the
key without anybody remembering to put it there.
"""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = __name__.partition(".")[0]
_ROOT = Path(__file__).resolve().parents[__name__.count(".") - 1]

# One tenth of the time of a walk of syntax trees; a line of a docstring that reads like an import adds a module too
# many at worst. A test compares both walks on every module of the package.
_IMPORT = re.compile(
    rb"^([ \t]*(?:>>> )?)(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]+))", re.MULTILINE
)
_FILE_NAME = re.compile(rb"""["']([\w./-]+\.\w{2,8})["']""")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_NATIVE = {
    "shapely": ("geos", "geos_version_string"),
    "pyproj": ("proj", "proj_version_str"),
    "pyogrio": ("gdal", "__gdal_version_string__"),
    "rasterio": ("gdal of rasterio", "__gdal_version__"),
}
"""Where libraries say which GEOS, PROJ or GDAL they run on: another build of the same version may bring another."""


@cache
def code_fingerprint(*modules: str) -> str:
    """SHA-256 of the code that decides what modules compute (dotted names, such as ``__name__``).

    Their text and that of the modules of the package that they import, directly or not; the data files of the
    package that these name; the versions of Python and of the libraries that they import, of what those require, and
    of GEOS, PROJ and GDAL.

    Raises
    ------
    ModuleNotFoundError
        A name is not that of a module of the package.

    Examples
    --------
    >>> code_fingerprint("access92.errors") == code_fingerprint("access92.network.modes")
    False
    """
    digest = hashlib.sha256()
    for path in code_files(*modules):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + hashlib.sha256(_text(path)).digest())
    for name, version in library_versions(*modules).items():
        digest.update(f"{name} {version}|".encode())
    return digest.hexdigest()


def code_files(*modules: str) -> list[Path]:
    """The files of the package that decide what modules compute, in the order of their names.

    >>> [path.name for path in code_files("access92.network.modes") if path.suffix == ".toml"]
    ['modes.toml']
    """
    files: set[Path] = set()
    for module in _closure(*modules):
        path = _source(module)
        files |= {path, *_data_files(path)} if path is not None else set()
    return sorted(files)


def library_versions(*modules: str) -> dict[str, str]:
    """By name the version of Python, of the libraries that modules import, of what these require and run on."""
    imported = {name for module in _closure(*modules) for name in _outside(module)}
    distributions = {name for module in imported if (name := _distribution(module)) is not None}
    to_visit = list(distributions)
    while to_visit:
        more = _required(to_visit.pop()) - distributions
        distributions |= more
        to_visit += more
    versions = {"python": platform.python_version(), "machine": f"{sys.platform} {platform.machine()}"}
    versions |= {name: _version(name) for name in sorted(distributions)}
    return versions | {_NATIVE[name][0]: _native(name) for name in sorted(distributions & _NATIVE.keys())}


@cache
def libraries_fingerprint(*modules: str) -> str:
    """SHA-256 of :func:`library_versions`.

    >>> len(libraries_fingerprint("access92.network.modes"))
    64
    """
    return hashlib.sha256(repr(library_versions(*modules)).encode()).hexdigest()


def native_versions() -> dict[str, str]:
    """The versions of GEOS, PROJ and GDAL, and of the GDAL that rasterio brings.

    >>> sorted(native_versions())
    ['gdal', 'gdal of rasterio', 'geos', 'proj']
    """
    return {label: _native(name) for name, (label, _) in _NATIVE.items()}


def importers(name: str, module: str) -> tuple[str, ...]:
    """The modules of the package that import a name from a module: those that store a value are those that compute it.

    >>> "access92.network.modes" in importers("InputError", "access92.errors")
    True
    """
    modules = []
    for other, path in _modules().items():
        if name.encode() in _text(path) and other != module and (module, name) in _imports(other):
            modules.append(other)
    return tuple(modules)


def writers_fingerprint(write: str, module: str) -> str:
    """The :func:`code_fingerprint` of the modules that import the function ``write`` of a cache ``module``."""
    return code_fingerprint(module, *importers(write, module))


@cache
def _closure(*modules: str) -> tuple[str, ...]:
    """The modules of the package that ``modules`` import, directly or not, themselves included."""
    for module in modules:
        if _source(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r} in {_PACKAGE}", name=module)
    visited: set[tuple[str, bool]] = set()
    to_visit = [(module, True) for module in modules]
    while to_visit:
        item = to_visit.pop()
        if item not in visited:
            visited.add(item)
            to_visit += _inside(*item)
    return tuple(sorted({module for module, _ in visited}))


@cache
def _inside(module: str, gives_names: bool) -> frozenset[tuple[str, bool]]:  # noqa: FBT001 - half of an item to visit
    """The modules of the package that one imports, and whether for the names that they give.

    A package that holds a module is run before it, but only what it imports at once; what it imports for its public
    names (under a condition, or in a function) counts where a name is imported from the package itself.
    """
    modules: set[tuple[str, bool]] = set()
    for source, name in _imports(module, at_once=not gives_names):
        if source.partition(".")[0] != _PACKAGE:
            continue
        whole = f"{source}.{name}" if name and f"{source}.{name}" in _modules() else source
        parts = whole.split(".")
        names = [".".join(parts[:length]) for length in range(2, len(parts) + 1)]
        modules |= {(part, part == whole) for part in names if part in _modules()}
    return frozenset(modules)


@cache
def _outside(module: str) -> frozenset[str]:
    """The top-level names of what a module imports from outside the package and the standard library."""
    names = {source.partition(".")[0] for source, _ in _imports(module)}
    return frozenset(names - {_PACKAGE} - sys.stdlib_module_names)


@cache
def _imports(module: str, *, at_once: bool = False) -> frozenset[tuple[str, str]]:
    """What a module imports (``at_once``: by lines without indent): (module, name), '' for the module itself."""
    path = _source(module)
    return frozenset() if path is None else frozenset(_written_imports(module, path, at_once=at_once))


def _written_imports(module: str, path: Path, *, at_once: bool) -> Iterator[tuple[str, str]]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for indent, source, names, plain in _IMPORT.findall(_text(path)):
        if at_once and indent:
            continue
        for item in re.sub(r"#[^\n]*", "", (names or plain).decode()).strip("()").split(","):
            name = _NAME.search(item)
            if name is None:
                continue
            if plain:
                yield name.group(), ""
            else:
                yield _absolute(source.decode(), package), name.group()


def _absolute(source: str, package: str) -> str:
    """The dotted name of what ``from .source import`` means in a package."""
    below = source.lstrip(".")
    dots = len(source) - len(below)
    if not dots:
        return source
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - dots + 1], *([below] if below else [])])


@cache
def _modules() -> dict[str, Path]:
    """By dotted name the source files of the package, its face (``__init__`` of the package itself) left out."""
    files = {}
    for path in sorted(_ROOT.rglob("*.py")):
        parts = list(path.relative_to(_ROOT).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if parts:
            files[".".join([_PACKAGE, *parts])] = path
    return files


def _source(module: str) -> Path | None:
    return _modules().get(module)


@cache
def _text(path: Path) -> bytes:
    return path.read_bytes()


@cache
def _data_files(path: Path) -> tuple[Path, ...]:
    """The files of the package, not Python, that a module names: beside it, or at the root of the package."""
    named = [
        (folder / name.decode()).resolve()
        for name in _FILE_NAME.findall(_text(path))
        if not name.endswith(b".py")
        for folder in (path.parent, _ROOT)
    ]
    return tuple(file for file in named if file.suffix != ".py" and file.is_relative_to(_ROOT) and file.is_file())


@cache
def _distribution(name: str) -> str | None:
    """The distribution that a top-level module comes from, by its usual name; None where none is installed."""
    usual = name.replace("_", "-").lower()
    for likely in (usual, f"{usual}-py"):
        try:
            _version(likely)
        except metadata.PackageNotFoundError:
            continue
        return likely
    if find_spec(name) is None:  # of an extra that is not installed
        return None
    return next((_normal(other) for other in _by_module().get(name, ())), None)


@cache
def _by_module() -> dict[str, list[str]]:
    """By top-level module its distributions; slow, and asked only for a module named otherwise than its library."""
    return dict(metadata.packages_distributions())


@cache
def _required(distribution: str) -> frozenset[str]:
    """The installed distributions that one always requires."""
    required = set()
    for line in metadata.requires(distribution) or ():
        requirement, _, condition = line.partition(";")
        name = _REQUIREMENT.match(requirement)
        if name is None or "extra" in condition:
            continue
        try:
            _version(_normal(name.group()))
        except metadata.PackageNotFoundError:  # of another system
            continue
        required.add(_normal(name.group()))
    return frozenset(required)


@cache
def _version(distribution: str) -> str:
    """The version of a distribution, which is read from the disk once."""
    return metadata.version(distribution)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _native(distribution: str) -> str:
    return str(getattr(import_module(distribution), _NATIVE[distribution][1], "unknown"))
