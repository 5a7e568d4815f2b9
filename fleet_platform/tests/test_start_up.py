"""What a web process carries after its start: nothing heavy that only some requests need."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

HEAVY = (
    "dlib",
    "cv2",
    "xhtml2pdf",
    "matplotlib",
    "weasyprint",
    "twisted",
    "numpy",
    "scipy",
    "pandas",
)
START = """
import django, sys
django.setup()
import importlib
from django.conf import settings
from django.urls import get_resolver
importlib.import_module(settings.ROOT_URLCONF)
get_resolver().url_patterns
get_resolver().resolve("/healthz")
import fleet_platform.asgi
print("\\n".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", START],
        cwd=settings.BASE_DIR,
        env={
            **{name: value for name, value in os.environ.items() if name != "DEV_SERVER"},
            "DATA_DIR": str(tmp_path_factory.mktemp("start")),
            "DJANGO_SETTINGS_MODULE": "fleet_platform.settings",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(told.stdout.split())


def test_the_process_loaded_the_platform(loaded):
    assert {"fleet_platform", "accounts", "robots", "rest_framework", "channels"} <= loaded


@pytest.mark.parametrize("library", HEAVY)
def test_a_web_process_does_not_load(library, loaded):
    assert library not in loaded
