"""The table of routes, pinned: whoever adds, moves or removes one sees it here and in the diff of routes.txt.

`python -m fleet_platform.tests.test_urls` writes the file anew.
"""

from collections.abc import Iterator
from pathlib import Path

PINNED = Path(__file__).with_name("routes.txt")
GENERATED = "admin/"  # one set of pages per model of the console: its models are listed instead


def walk(patterns, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        whole = prefix + str(pattern.pattern)
        if whole.startswith(GENERATED) and whole != "admin/login/":
            continue
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns, whole)
        else:
            view = getattr(pattern.callback, "view_class", None)
            methods = (
                [name.upper() for name in view.http_method_names if hasattr(view, name)]
                if view
                else []
            )
            told = ",".join(name for name in methods if name != "OPTIONS") or "-"
            yield f"/{whole} {told} {pattern.name or '-'}"


def route_table() -> list[str]:
    from django.contrib import admin
    from django.urls import get_resolver

    from fleet_platform.asgi import sockets

    console = {
        f"/admin/{model._meta.label_lower.replace('.', '/')}/" for model in admin.site._registry
    }
    wires = {f"/{route.pattern} websocket" for route in sockets.routes}
    return sorted({*walk(get_resolver().url_patterns), *console, *wires})


def test_the_table_of_routes_is_the_pinned_one():
    assert route_table() == PINNED.read_text().splitlines()


def test_no_route_is_hidden_behind_another():
    """Every path of ours reaches the view that its pattern names."""
    import re

    from django.urls import get_resolver, resolve

    from .test_rights_matrix import routes

    hidden = []
    for route, pattern in routes(get_resolver().url_patterns):
        if route.startswith(GENERATED):
            continue
        path = "/" + re.sub(r"<(\w+):\w+>", lambda found: "x" if found[1] == "str" else "7", route)
        if resolve(path).func is not pattern.callback:
            hidden.append(route)
    assert hidden == []


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet_platform.settings")
    django.setup()
    PINNED.write_text("\n".join(route_table()) + "\n")
