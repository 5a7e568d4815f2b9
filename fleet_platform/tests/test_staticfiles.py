"""Static files are collected again when a source changed, and only then."""

import pytest

from fleet_platform.staticfiles import StaticState


@pytest.fixture
def source(settings, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "page.css").write_text("a {}")
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    (tmp_path / "collected").mkdir()
    (tmp_path / "collected" / "staticfiles.json").write_text("{}")
    from django.contrib.staticfiles import finders

    finders.get_finder.cache_clear()
    yield folder
    finders.get_finder.cache_clear()


def test_nothing_was_collected_before(source):
    assert not StaticState().unchanged()


def test_after_collecting_nothing_is_to_do(source):
    StaticState().remember()
    assert StaticState().unchanged()


def test_a_changed_file_is_noticed(source):
    StaticState().remember()
    (source / "page.css").write_text("a { color: red }")
    assert not StaticState().unchanged()


def test_a_new_file_is_noticed(source):
    StaticState().remember()
    (source / "other.css").write_text("")
    assert not StaticState().unchanged()


def test_a_lost_collection_is_noticed(source, settings):
    StaticState().remember()
    (settings.STATIC_ROOT / "staticfiles.json").unlink()
    assert not StaticState().unchanged()
