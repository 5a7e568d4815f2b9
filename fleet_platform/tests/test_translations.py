"""Everything that people read has Korean words, and the compiled catalogues are those of the sources."""

import gettext
import re

import pytest
from django.utils.translation import override
from rest_framework.fields import CharField

from fleet_platform import catalogues, messages
from fleet_platform.messages import Text

DOMAINS = ["django", "djangojs"]
NAMES = re.compile(r"%\(\w+\)[sd]|%s|\{\w*\}")


@pytest.fixture(params=DOMAINS)
def domain(request) -> str:
    return request.param


def test_every_text_of_the_sources_is_collected(domain):
    known = set(messages.read_po(catalogues.po_path(domain)))
    assert catalogues.wanted(domain) - known == set()


def test_every_text_is_translated(domain):
    entries = messages.read_po(catalogues.po_path(domain))
    assert len(entries) > 50
    assert [text.one for text, said in entries.items() if not said.strip()] == []


def test_translations_keep_the_names_of_their_values(domain):
    for text, said in messages.read_po(catalogues.po_path(domain)).items():
        wanted = set(NAMES.findall(text.plural or text.one))
        assert set(NAMES.findall(said)) == wanted, text.one


def test_an_empty_field_is_told_in_plain_korean():
    with override("ko"):
        assert str(CharField.default_error_messages["blank"]) == "비워 둘 수 없습니다."


def test_the_compiled_catalogue_is_in_step(domain):
    entries = messages.read_po(catalogues.po_path(domain))
    with catalogues.mo_path(domain).open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    for text, said in entries.items():
        told = (
            catalogue.ngettext(text.one, text.plural, 2)
            if text.plural
            else catalogue.gettext(text.one)
        )
        assert told == said
    compiled = {key if isinstance(key, str) else key[0] for key in catalogue._catalog} - {""}
    assert compiled == {text.one for text in entries}


def test_texts_are_found_in_code():
    source = 'x = _("one")\nraise NotAllowed("two")\nclass E:\n    message = "three"\n'
    assert {text.one for text in messages.in_python(source)} == {"one", "two", "three"}


def test_texts_are_found_in_templates():
    source = (
        '{% load i18n %}{% translate "one" %}{% blocktranslate %}two {{ x }}{% endblocktranslate %}'
    )
    assert {text.one for text in messages.in_template(source)} == {"one", "two %(x)s"}


def test_texts_are_found_in_scripts():
    source = 'gettext("one", { n });\nngettext(\n  "a device",\n  "%(count)s devices",\n  n)'
    assert set(messages.in_script(source)) == {Text("one"), Text("a device", "%(count)s devices")}


def test_a_catalogue_survives_writing_and_reading(tmp_path):
    entries = {Text('a "b"\nc'): "d\\e\n", Text("one", "many"): "여럿"}
    path = tmp_path / "some.po"
    path.write_text(messages.po_text("ko", entries), encoding="utf-8")
    assert messages.read_po(path) == entries
