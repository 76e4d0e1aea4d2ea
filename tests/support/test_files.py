"""Atomic writing of files and folders."""

import os
from pathlib import Path

import pytest

from jaxcom.support.files import draft_folder, read_file, sync, write_atomically


def failing(draft):
    draft.write_text("new")
    raise RuntimeError("stopped here")


def test_an_error_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="stopped here"):
        write_atomically(path, failing)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("old")
    assert write_atomically(path, lambda draft: draft.write_text("new")) == path
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"there is no folder {tmp_path / 'no'}"):
        write_atomically(tmp_path / "no" / "note.txt", failing)


def test_files_of_a_draft_folder_appear_at_the_end_of_the_block(tmp_path):
    with draft_folder(tmp_path) as drafts:
        for name in ("a.txt", "b.txt"):
            (drafts / name).write_text(name)
        assert not (tmp_path / "a.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_after_an_error_in_the_block_no_file_appears(tmp_path):
    with pytest.raises(RuntimeError), draft_folder(tmp_path) as drafts:
        failing(drafts / "a.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("write", [lambda d: d.write_text("new"), lambda d: d.mkdir()])
def test_a_draft_may_have_a_path_of_its_own(tmp_path, write):
    path, draft = tmp_path / "result", tmp_path / "result.partial"
    draft.write_text("of a killed process")
    assert write_atomically(path, write, draft=draft) == path
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_removes_the_draft_at_a_path_of_its_own(tmp_path, error):
    def write(draft):
        draft.mkdir()
        (draft / "a.txt").write_text("new")
        raise error

    with pytest.raises(error):
        write_atomically(tmp_path / "result", write, draft=tmp_path / "draft")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def steps(monkeypatch):
    """Names of what is written to the disk, and those that files get, in order."""
    found, fsync, replace = [], os.fsync, os.replace

    def recorded_fsync(number):
        found.append(Path(os.readlink(f"/proc/self/fd/{number}")).name)
        fsync(number)

    def recorded_replace(source, target):
        found.append(f"-> {Path(target).name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "replace", recorded_replace)
    return found


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, steps):
    folder = tmp_path / "folder"
    folder.mkdir()
    write_atomically(folder / "a", lambda draft: draft.write_text("x"), draft=folder / "draft")
    assert steps == ["draft", "-> a", "folder"]
    steps.clear()
    write_atomically(folder / "a", lambda draft: draft.write_text("x"))
    assert "a" in steps[:2]
    assert steps[2:] == ["-> a", "folder"]


def test_a_file_that_need_not_last_does_not_wait(tmp_path, steps):
    write_atomically(tmp_path / "a", Path.touch, draft=tmp_path / "draft", durable=False)
    assert steps == ["-> a"]


def test_a_folder_is_synced_with_all_that_is_in_it(tmp_path, steps):
    (tmp_path / "one/two").mkdir(parents=True)
    (tmp_path / "one/two/a").touch()
    sync(tmp_path / "one")
    assert sorted(steps) == ["a", "one", "two"]


def test_a_pipe_or_a_device_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to("/dev/null")
    for name in ("pipe", "null"):
        with pytest.raises(FileExistsError, match="a device or a pipe, not a file"):
            write_atomically(tmp_path / name, Path.touch)
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "null").is_symlink()


def test_only_plain_files_of_a_bounded_size_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"four")
    assert read_file(tmp_path / "file", 4) == b"four"
    with pytest.raises(ValueError, match="larger than 3 bytes"):
        read_file(tmp_path / "file", 3)
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(OSError, match="this is a device or a pipe"):
            read_file(path, 4)
    with pytest.raises(IsADirectoryError):
        read_file(tmp_path, 4)
