"""Texts for people: found in code, templates and scripts, kept in .po files, compiled to .mo.

Pure Python, so that collecting needs no gettext tools and the tests can tell whether anything is missing.
"""

import ast
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

HEADER = (
    "Project-Id-Version: Fleet Platform\n"
    "Language: {language}\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=1; plural=0;\n"
)
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
REFUSALS = {"NotAllowed", "NotFound", "NotAuthenticated", "Conflict", "Gone", "TooLarge"}
IN_TEMPLATE = re.compile(r"""\bn?gettext\((u?"(?:[^"\\]|\\.)*"|u?'(?:[^'\\]|\\.)*')""")
IN_SCRIPT = re.compile(
    r"""\b(n?gettext)\(\s*("(?:[^"\\]|\\.)*")(?:,\s*("(?:[^"\\]|\\.)*"))?""", re.DOTALL
)
IN_PO = re.compile(r'^(msgid|msgid_plural|msgstr(?:\[0\])?) (".*")$|^(".*")$', re.MULTILINE)


@dataclass(frozen=True, order=True)
class Text:
    """One text as the code writes it; `plural` where it depends on a count."""

    one: str
    plural: str = ""


def in_python(source: str) -> Iterator[Text]:
    """Marked texts, and the sentences of domain errors, which their dialect translates."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) in MARKERS | REFUSALS:
            said = [part.value for part in node.args[:2] if _is_text(part)]
            plural = _name(node.func).startswith("ngettext")
            if said:
                yield Text(said[0], said[1] if plural else "")
        elif isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and _name(line.targets[0]) == "message":
                    yield Text(line.value.value)


def _name(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def in_template(source: str) -> Iterator[Text]:
    for match in IN_TEMPLATE.finditer(templatize(source)):
        yield Text(ast.literal_eval(match[1]))


def in_script(source: str) -> Iterator[Text]:
    for match in IN_SCRIPT.finditer(source):
        plural = ast.literal_eval(match[3]) if match[1] == "ngettext" else ""
        yield Text(ast.literal_eval(match[2]), plural)


READERS = {".py": in_python, ".html": in_template, ".js": in_script}


def in_files(paths: Iterator[Path]) -> set[Text]:
    found: set[Text] = set()
    for path in paths:
        found.update(READERS[path.suffix](path.read_text(encoding="utf-8")))
    return {text for text in found if text.one.strip()}


def read_po(path: Path) -> dict[Text, str]:
    """Texts and their translations; the header is left out."""
    if not path.exists():
        return {}
    entries: dict[Text, str] = {}
    entry: dict[str, str] = {}
    field = ""
    for match in IN_PO.finditer(path.read_text(encoding="utf-8")):
        if match[1] == "msgid":
            _keep(entries, entry)
            entry = {}
        field = match[1] or field
        entry[field] = entry.get(field, "") + ast.literal_eval(match[2] or match[3])
    _keep(entries, entry)
    return entries


def _keep(entries: dict[Text, str], entry: dict[str, str]) -> None:
    if entry.get("msgid"):
        text = Text(entry["msgid"], entry.get("msgid_plural", ""))
        entries[text] = entry.get("msgstr", entry.get("msgstr[0]", ""))


def po_text(language: str, entries: dict[Text, str]) -> str:
    lines = [_field("msgid", ""), _field("msgstr", HEADER.format(language=language)), ""]
    for text in sorted(entries):
        lines.append(_field("msgid", text.one))
        if text.plural:
            lines.append(_field("msgid_plural", text.plural))
        lines += [_field("msgstr[0]" if text.plural else "msgstr", entries[text]), ""]
    return "\n".join(lines)


def _field(name: str, text: str) -> str:
    parts = text.splitlines(keepends=True) or [""]
    if len(parts) > 1:
        parts.insert(0, "")
    return f"{name} " + "\n".join(_quoted(part) for part in parts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def mo_bytes(language: str, entries: dict[Text, str]) -> bytes:
    """The catalogue in GNU's binary form: sorted ids and their translations, each with length and offset."""
    pairs = {"": HEADER.format(language=language)}
    for text, translation in entries.items():
        if translation:
            pairs[f"{text.one}\0{text.plural}" if text.plural else text.one] = translation
    encoded = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    count = len(encoded)
    ids = b"".join(key + b"\0" for key, _ in encoded)
    start = 28 + 16 * count
    tables = [_table([key for key, _ in encoded], start)]
    tables.append(_table([value for _, value in encoded], start + len(ids)))
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    return head + b"".join(tables) + ids + b"".join(value + b"\0" for _, value in encoded)


def _table(texts: list[bytes], offset: int) -> bytes:
    table = b""
    for text in texts:
        table += struct.pack("<2I", len(text), offset)
        offset += len(text) + 1
    return table
