"""Sealed files: what was written comes back, no damage passes, and nothing half written is left."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pytest

from access92.cache.store import (
    file_sha256,
    file_state,
    read_sealed,
    read_sealed_arrays,
    write_sealed,
    write_sealed_arrays,
    written_aside,
)

ARRAYS = {
    "bytes": np.arange(3, dtype=np.uint8),  # an odd length: the next array begins after a gap
    "table": np.arange(12, dtype=np.float32).reshape(3, 4),
    "columns": np.arange(12, dtype=np.int64).reshape(3, 4).T,  # not in the order of memory
    "none": np.empty((0, 5), dtype=np.int32),
    "text": np.array(["a", "été"]),
    "one": np.array(7.5),
}


def test_arrays_come_back_with_their_values_types_and_shapes(tmp_path: Path) -> None:
    file = tmp_path / "x.arrays"
    write_sealed_arrays(file, **ARRAYS)
    read = read_sealed_arrays(file)
    assert read is not None
    assert list(read) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert read[name].dtype == array.dtype
        assert read[name].shape == array.shape
        np.testing.assert_array_equal(read[name], array)


def test_each_array_begins_at_a_multiple_of_64_bytes_of_the_file_whatever_stands_before(tmp_path: Path) -> None:
    for length in range(1, 130):
        file = tmp_path / "x.arrays"
        write_sealed_arrays(file, **{"n" * length: np.zeros(length, dtype=np.uint8), "values": np.full(2, 1.5)})
        assert file.stat().st_size % 64 == 0
        assert file.read_bytes().index(np.full(2, 1.5).tobytes()) % 64 == 0


def test_arrays_can_be_written_to_where_they_were_read(tmp_path: Path) -> None:
    file = tmp_path / "x.arrays"
    write_sealed_arrays(file, values=np.zeros(3))
    read = read_sealed_arrays(file)
    assert read is not None
    read["values"][1] = 2.0
    assert read["values"].tolist() == [0.0, 2.0, 0.0]


def test_arrays_of_objects_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="names"):
        write_sealed_arrays(tmp_path / "x.arrays", names=np.array(["a", None], dtype=object))
    assert list(tmp_path.iterdir()) == []


def test_a_flipped_bit_anywhere_and_a_cut_at_any_place_are_damage(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "x.bin"
    write_sealed(file, b"con", b"tent")
    whole = file.read_bytes()
    assert len(whole) == 32 + 7
    damaged = [bytes(byte ^ (at == place) for at, byte in enumerate(whole)) for place in range(len(whole))]
    damaged += [whole[:length] for length in range(len(whole))] + [whole + b"\0"]
    for content in damaged:
        file.write_bytes(content)
        caplog.clear()
        assert read_sealed(file) is None
        assert read_sealed_arrays(file) is None
        assert [str(file) in record.getMessage() for record in caplog.records] == [True, True]
    file.write_bytes(whole)
    assert bytes(read_sealed(file) or b"") == b"content"


def test_a_file_that_is_not_there_is_no_damage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read_sealed(tmp_path / "x.bin") is None
    assert read_sealed_arrays(tmp_path / "x.arrays") is None
    assert caplog.records == []


def test_a_folder_that_cannot_be_written_is_logged_and_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    write_sealed(tmp_path / "cache" / "x.bin", b"content")
    assert "cannot be cached" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


def test_folders_are_made_however_deep_and_may_be_there_already(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "x.bin"
    write_sealed(file, b"first")
    write_sealed(file, b"second")
    assert bytes(read_sealed(file) or b"") == b"second"
    assert [path.name for path in file.parent.iterdir()] == ["x.bin"]


def test_what_fails_while_it_is_written_leaves_the_former_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("former", encoding="utf-8")

    def fail() -> None:
        with written_aside(file) as aside:
            assert aside.parent == file.parent  # on the same disk: it can be renamed
            assert aside.name.startswith(".x.txt-")
            aside.write_text("half", encoding="utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert file.read_text("utf-8") == "former"
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_a_state_is_of_the_bytes_their_number_and_their_time(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(b"content")
    os.utime(file, ns=(5, 1_700_000_000_000_000_007))
    state = file_state(file)
    assert state is not None
    assert (state.sha256, state.size_bytes) == (file_sha256(file), 7)
    assert state.changed_ns == file.stat().st_mtime_ns > 0
    assert file_state(file) == state
    os.utime(file, ns=(5, 1_700_000_001_000_000_000))
    assert file_state(file) != state


def test_a_file_that_changes_while_it_is_read_is_in_a_state_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.txt"
    file.write_bytes(b"content")
    before, digest = file_state(file), hashlib.file_digest

    def interrupted(stream: io.BufferedReader, name: str) -> object:
        read = digest(stream, name)
        os.utime(file, ns=(5, 1_700_000_000_000_000_007))  # somebody writes the same bytes again
        return read

    monkeypatch.setattr(hashlib, "file_digest", interrupted)
    during = file_state(file)
    monkeypatch.undo()
    assert before is not None
    assert during is not None
    assert during.sha256 == before.sha256
    assert during not in {before, file_state(file)}


def test_a_folder_has_no_state_and_no_fingerprint(tmp_path: Path) -> None:
    assert file_state(tmp_path) is None
    assert file_state(tmp_path / "missing") is None
    with pytest.raises(FileNotFoundError):
        file_sha256(tmp_path)
