"""The FlyingLet pages and the contract beside them, read as data: snippets, printed answers, request lines.

Both lie outside the repository (`../shared`); what needs them is skipped where they are not.
"""

import ast
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

SHARED = Path(settings.BASE_DIR).parent / "shared"
HOST = "https://dev.api.flyinglet.com"
SECRET_KEYS = frozenset(
    {"password", "hashed", "secretKey"}
)  # on the wire's pages, in no answer of ours
SNIPPET = re.compile(r"^import requests\n.*?^print\(data\)\n", re.MULTILINE | re.DOTALL)
REQUEST_LINE = re.compile(rf"^HTTP Request\n\n`?([A-Z]+) {re.escape(HOST)}(\S+)", re.MULTILINE)
ROW = re.compile(r"^\| (\d+) \| ([A-Z, ]+?) /(\S+)", re.MULTILINE)

# Robot's column -> the registry document's key
REGISTERED = {
    "alarm_1": "alarm_01",
    "alarm_2": "alarm_02",
    "alarm_3": "alarm_03",
    "certified_at": "authentication_timestamp",
    "chip_serial": "chipSN",
    "device_number": "deviceNum",
    "host_name": "node",
    "kc_certification_number": "kcCertificationNumber",
    "location_code": "location_id",
    "mac_address": "mac_address",
    "machine": "machine",
    "main_abilities": "mainAbility",
    "manager_1": "manager_01",
    "manager_2": "manager_02",
    "manager_3": "manager_03",
    "manufacturer": "manufacturer",
    "manufacturer_code": "manufacturerCode",
    "model_code": "modelCode",
    "model_name": "modelName",
    "model_number": "modelNumber",
    "model_version": "modelVersion",
    "node_number": "getnode",
    "operating_location": "operatingLocation",
    "os_name": "system",
    "os_release": "release",
    "os_version": "version",
    "platform": "platform",
    "processor": "processor",
    "product_code": "productCode",
    "product_date": "productDate",
    "product_name": "productName",
    "real_robot_id": "realRobotID",
    "sms_1": "sms_01",
    "sms_2": "sms_02",
    "sms_3": "sms_03",
    "special_functions": "specialFunctions",
    "sub_abilities": "subAbility",
    "uname": "uname",
    "user_code": "userID",
}


@dataclass(frozen=True)
class Page:
    """One operation's part of the pages. `line`: method and path of its "HTTP Request", where it has one."""

    heading: str
    snippet: str
    rest: str
    line: tuple[str, str] | None

    @property
    def method(self) -> str:
        return re.search(r"requests\.(\w+)\(url", self.snippet)[1].upper()

    @property
    def path(self) -> str:
        """Without query."""
        address = re.search(r"^url = '(.*)'$", self.snippet, re.MULTILINE)[1]
        return address.removeprefix(HOST).partition("?")[0]

    @property
    def is_text(self) -> bool:
        return "returns Text structured like this" in self.rest

    def body(self) -> dict[str, Any]:
        """What the snippet sends as JSON."""
        return ast.literal_eval(re.search(r"^data = (\{.*?\})$", self.snippet, re.M | re.S)[1])

    def example(self) -> Any:
        """The JSON that the page prints. ValueError where it prints none, or breaks it off."""
        printed = self.rest[self.rest.index("structured like this:") :].partition("HTTP Request")[0]
        start = min(at for at in (printed.find("{"), printed.find("[")) if at > 0)
        return json.JSONDecoder().raw_decode(printed[start:])[0]


def _text(pattern: str) -> str:
    found = sorted(SHARED.glob(pattern))
    if not found:
        pytest.skip(f"{SHARED / pattern} is not there")
    return found[0].read_text()


@cache
def _pages(text: str) -> dict[str, Page]:
    found = list(SNIPPET.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    pages = {}
    for match, end in zip(found, ends, strict=True):
        heading = text[: match.start()].rstrip().rpartition("\n")[2].rstrip(":")
        rest = text[match.end() : end]
        line = REQUEST_LINE.search(rest)
        pages[heading] = Page(heading, match[0], rest, line and (line[1], line[2]))
    return pages


def pages() -> dict[str, Page]:
    """By heading, in the pages' order."""
    return _pages(_text("seeds/000_*.txt"))


def contract_operations() -> dict[int, tuple[frozenset[str], str]]:
    """Number -> methods and path, from the contract's table. Paths as there: `/dupcheck/{collection}/{field}`."""
    rows = ROW.findall(_text("contracts/robots.md"))
    return {
        int(number): (frozenset(methods.split(", ")), "/" + path.partition("?")[0])
        for number, methods, path in rows
    }


# --- comparing shapes ---


def differences(wanted: Any, found: Any, at: str = "") -> list[str]:
    """Where `found` has other keys, or values of another JSON type, than the printed answer. Empty: the same shape.

    Secrets must be absent. A printed null says nothing about the type. Objects whose keys are times (photo logs) and
    lists are compared entry by entry with what is printed of one; a list must not be empty where the page's is not.
    """
    if isinstance(wanted, dict):
        return _object_differences(wanted, found, at)
    if isinstance(wanted, list):
        return _list_differences(wanted, found, at)
    if wanted is None or _type(wanted) == _type(found):
        return []
    return [f"{at}: {_type(found)} instead of {_type(wanted)}"]


def _object_differences(wanted: dict, found: Any, at: str) -> list[str]:
    if not isinstance(found, dict):
        return [f"{at}: {_type(found)} instead of an object"]
    if wanted and all(key.isdigit() for key in wanted):
        odd = [f"{at}: key {key} is no time" for key in found if not key.isdigit()]
        return odd + _list_differences(list(wanted.values()), list(found.values()), at)
    keys = set(wanted) - SECRET_KEYS
    told = [f"{at}/{key}: missing" for key in sorted(keys - set(found))]
    told += [f"{at}/{key}: not on the page" for key in sorted(set(found) - keys)]
    for key in sorted(keys & set(found)):
        told += differences(wanted[key], found[key], f"{at}/{key}")
    return told


def _list_differences(wanted: list, found: Any, at: str) -> list[str]:
    if not isinstance(found, list):
        return [f"{at}: {_type(found)} instead of a list"]
    if wanted and not found:
        return [f"{at}: empty"]
    told = []
    for index, row in enumerate(found if wanted else []):
        tries = [differences(one, row, f"{at}/{index}") for one in wanted]
        told += min(tries, key=len)
    return told


def _type(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def secrets_in(answer: Any) -> list[str]:
    """Names of keys, at any depth, that no answer may have; JSON within texts is looked into as well."""
    if isinstance(answer, dict):
        found = [key for key in answer if key in SECRET_KEYS]
        return found + [name for value in answer.values() for name in secrets_in(value)]
    if isinstance(answer, list):
        return [name for value in answer for name in secrets_in(value)]
    if isinstance(answer, str) and answer.startswith(("{", "[")):
        try:
            return secrets_in(json.loads(answer))
        except ValueError:
            return []
    return []
