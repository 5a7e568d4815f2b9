"""The house's rules of who imports whom, read from the source. A breach names its file and line."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SHARED, ACCOUNTS, SPINE, MEDIA, WIRING = (
    "fleet_platform.shared",
    "accounts",
    "fleet_platform.telemetry",
    "fleet_platform.media",
    "wiring",
)
DOMAINS = tuple(
    sorted(
        path.parent.name
        for path in ROOT.glob("*/apps.py")
        if path.parent.name not in {ACCOUNTS, "fleet_platform"}
    )
)
ALLOWED = {
    SHARED: {SHARED},
    ACCOUNTS: {ACCOUNTS, SHARED},
    SPINE: {SPINE, ACCOUNTS, SHARED},
    MEDIA: {MEDIA, SPINE, ACCOUNTS, SHARED},
    **{domain: {domain, MEDIA, SPINE, ACCOUNTS, SHARED} for domain in DOMAINS},
}
VAGUE_NAMES = {"utils", "util", "helpers", "common", "base", "manager", "misc"}
VAGUE_BUT_MEANT = {
    "accounts/api/base.py",  # the base view that every API's dialect builds on
}
# Imported where they are used, so that a web process does not carry them.
HEAVY = {"PIL", "celery", "cryptography", "psycopg", "redis"}
# Django's parts that these modules must not ask for at their own import.
LAZY_DJANGO = {"fleet_platform/shared/dialect.py"}


class Import(NamedTuple):
    path: str  # from the root of the project
    line: int
    target: str  # dotted
    lazy: bool  # inside a function

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.target}"


@cache
def sources() -> tuple[Path, ...]:
    """Every module of the platform, tests and migrations left out."""
    found = []
    for top in ("fleet_platform", "accounts", *DOMAINS):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = set(path.relative_to(ROOT).parts)
            if not parts & {"tests", "migrations"}:
                found.append(path)
    return tuple(found)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def place_of(dotted: str) -> str | None:
    """The app that a module belongs to; None for other people's code."""
    for app in (SHARED, SPINE, MEDIA):
        if dotted == app or dotted.startswith(app + "."):
            return app
    first = dotted.partition(".")[0]
    if first == "fleet_platform":
        return WIRING
    return first if first in {ACCOUNTS, *DOMAINS} else None


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    """Dotted names, those of relative imports made absolute; `from a import b` names a.b, which may be a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = module_of(path).split(".")
        if path.name != "__init__.py":
            package = package[:-1]
        package = package[: len(package) - node.level + 1]
        base = ".".join([*package, base] if base else package)
    return [f"{base}.{alias.name}" for alias in node.names]


def walk_imports(path: Path) -> Iterator[Import]:
    def visit(node: ast.AST, lazy: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                for target in targets(child, path):
                    yield Import(relative(path), child.lineno, target, lazy)
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from visit(child, lazy or inside)

    yield from visit(tree_of(path), False)


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for path in sources() for found in walk_imports(path))


def report(breaches: list) -> None:
    assert not breaches, "\n".join(str(breach) for breach in breaches)


def test_the_reader_sees_the_whole_platform():
    """The other tests here would pass on an empty list."""
    names = {relative(path) for path in sources()}
    assert {
        "fleet_platform/telemetry/ingest.py",
        "accounts/tokens.py",
        "robots/api/views/registry.py",
    } <= names
    assert len(DOMAINS) >= 4
    assert any(found.target.startswith("accounts.principal") for found in imports())


def test_imports_go_one_way():
    """wiring -> domain apps -> media -> telemetry -> accounts -> shared; lazy imports count like any other."""
    breaches = []
    for found in imports():
        here, there = place_of(module_of(ROOT / found.path)), place_of(found.target)
        if here == WIRING or there is None:
            continue
        seam = there in DOMAINS and here in DOMAINS and found.target.startswith(f"{there}.seam")
        if there not in ALLOWED[here] and not seam:
            breaches.append(found)
    report(breaches)


def test_a_seam_hands_out_no_models():
    """What another app is told are plain values."""
    for domain in DOMAINS:
        path = ROOT / domain / "seam.py"
        if path.exists():
            tree = tree_of(path)
            public = [
                name
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
                for name in ast.literal_eval(node.value)
            ]
            classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
            assert not classes & set(public)


def is_logic(path: str) -> bool:
    parts = Path(path).parts
    return any(part in {"services", "selectors", "services.py", "selectors.py"} for part in parts)


def test_services_and_selectors_know_no_wire():
    wire = {"rest_framework", "rest_framework_simplejwt", "channels", "drf_spectacular"}
    report(
        [
            found
            for found in imports()
            if is_logic(found.path) and found.target.partition(".")[0] in wire
        ]
    )


def test_services_and_selectors_know_no_api_and_no_page():
    breaches = []
    for found in imports():
        parts = found.target.split(".")
        if (
            is_logic(found.path)
            and place_of(found.target)
            and {"api", "pages", "admin"} & set(parts)
        ):
            breaches.append(found)
    report(breaches)


def test_apis_and_pages_do_not_query():
    """Views call selectors and services; `.objects` is theirs alone."""
    breaches = []
    for path in sources():
        name = relative(path)
        if "/api/" not in name and not name.endswith(("pages.py", "/dialect.py")):
            continue
        breaches += [
            f"{name}:{node.lineno} uses .{node.attr}"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Attribute)
            and node.attr in {"objects", "_default_manager", "raw"}
        ]
    report(breaches)


def test_only_dialects_know_statuses_of_refusals():
    """No view or service sets a 4xx or 5xx by hand; pages and the health ends answer people and load balancers."""
    breaches = []
    for path in sources():
        name = relative(path)
        if "/api/" not in name or name.endswith(("/dialect.py", "/health.py")):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.keyword) and node.arg == "status":
                value = node.value
                if (
                    isinstance(value, ast.Constant)
                    and isinstance(value.value, int)
                    and value.value >= 400
                ):
                    breaches.append(f"{name}:{value.lineno} answers {value.value}")
    report(breaches)


def test_no_star_imports():
    report([found for found in imports() if found.target.endswith(".*")])


def test_no_module_has_a_vague_name():
    report(
        [
            relative(path)
            for path in sources()
            if path.stem in VAGUE_NAMES and relative(path) not in VAGUE_BUT_MEANT
        ]
    )


def test_no_signals_of_our_own():
    """Whoever writes calls what follows from it."""
    breaches = [
        found
        for found in imports()
        if found.target.startswith(
            ("django.dispatch", "django.db.models.signals", "django.core.signals")
        )
        or found.target.startswith("django.contrib.auth.signals")
    ]
    for path in sources():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("post_save.connect", "pre_save.connect", "post_migrate.connect", "receiver")
            ):
                breaches.append(f"{relative(path)}:{node.lineno} connects a signal")
    report(breaches)


def test_imports_inside_functions_have_a_reason():
    """They may keep heavy libraries out of a process or wait for the apps; they may not hide an edge of the graph.

    Inside one app, and in wiring and AppConfig.ready, a late import breaks no direction.
    """
    breaches = []
    for found in imports():
        if not found.lazy or found.path.endswith("apps.py") or found.path in LAZY_DJANGO:
            continue
        here, there = place_of(module_of(ROOT / found.path)), place_of(found.target)
        first = found.target.partition(".")[0]
        if here in {there, WIRING} or first in HEAVY:
            continue
        breaches.append(found)
    report(breaches)


def test_simplejwt_is_touched_by_tokens_alone():
    using = {
        found.path
        for found in imports()
        if found.target.partition(".")[0] == "rest_framework_simplejwt"
    }
    assert using == {"accounts/tokens.py"}


def test_foreign_keys_across_apps_point_to_accounts():
    from django.apps import apps

    breaches = []
    ours = [
        config for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT)
        and not Path(config.path).is_relative_to(Path(sys.prefix))
    ]  # fmt: skip
    assert {"accounts", "telemetry", "robots"} <= {config.label for config in ours}
    for config in ours:
        for model in config.get_models():
            for field in model._meta.get_fields():
                target = getattr(field, "remote_field", None) and field.related_model
                if not target or not getattr(field, "concrete", False):
                    continue
                label = target._meta.app_label
                if label not in {config.label, "accounts", "auth", "contenttypes"}:
                    breaches.append(f"{model.__name__}.{field.name} points to {label}")
    report(breaches)


WITHOUT = """
import importlib, sys, types
import django
from django.conf import settings

dropped, *others = sys.argv[1:]


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == dropped or name.startswith(dropped + "."):
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Missing())
settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != dropped]
django.setup()
urls = types.ModuleType(settings.ROOT_URLCONF)
urls.__package__ = "fleet_platform"
sys.modules[urls.__name__] = urls
exec(sys.stdin.read(), urls.__dict__)
from django.core.management import call_command
call_command("check")
for name in others:
    importlib.import_module(name)
"""


def urls_without(dropped: str) -> str:
    """The url table without the app's lines and without the wiring (a page over several apps) that imports it."""
    path = ROOT / "fleet_platform/urls.py"
    gone = {dropped} | {
        module_of(ROOT / found.path)
        for found in imports()
        if place_of(found.target) == dropped and place_of(module_of(ROOT / found.path)) == WIRING
    }
    tree, names = ast.parse(path.read_text()), set()
    for node in list(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            if any(
                target.rpartition(".")[0] in gone or place_of(target) == dropped
                for target in targets(node, path)
            ):
                names |= {alias.asname or alias.name for alias in node.names}
                tree.body.remove(node)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "urlpatterns":
            node.value.elts = [
                entry for entry in node.value.elts if not _mentions(entry, dropped, names)
            ]
    return ast.unparse(tree)


def _mentions(entry: ast.AST, app: str, names: set[str]) -> bool:
    for node in ast.walk(entry):
        if isinstance(node, ast.Constant) and str(node.value).startswith(app + "."):
            return True
        if isinstance(node, ast.Name) and node.id in names:
            return True
    return False


@pytest.mark.parametrize("dropped", DOMAINS)
def test_the_platform_starts_without_one_domain_app(dropped, tmp_path):
    """Everything else that is ours is imported too, so that no late edge stays hidden."""
    others = [
        module_of(path) for path in sources() if place_of(module_of(path)) not in {dropped, WIRING}
    ]
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT, dropped, *others],
        input=urls_without(dropped),
        cwd=ROOT,
        env={
            **os.environ,
            "DATA_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "fleet_platform.settings",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert told.returncode == 0, told.stderr[-3000:]
