"""Atomic writing of files and folders."""

import pytest

from jaxcom.support.files import draft_folder, write_atomically


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
