"""Third-party files are used by their paths inside installed packages: an upgrade that moves or changes one is noticed."""

import hashlib
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

PINNED = {
    "vendor/leaflet/leaflet.js": "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
    "vendor/leaflet/leaflet.css": "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
    "unfold/fonts/inter/styles.css": "42a7607af5d57dc0fabd91a8f1c89291a106ffadbf61c660d21bc74cd809e7a1",
    "unfold/fonts/inter/Inter-Regular.woff2": "e06f6b1bc553aaea4e4668023ed0ab0a147129c3107f511bc7d03d361b0ae085",
    "unfold/fonts/inter/Inter-Medium.woff2": "0ff3e94614e1493eb556314fd247ae6c4a85a7783b4cc86be539940cf83f2a48",
    "unfold/fonts/inter/Inter-SemiBold.woff2": "5cb7103e4e605989afebc03d989c79201e54b21b5183db33981f70db9178a301",
    "unfold/fonts/material-symbols/styles.css": "7bd6dd1c24b4fcf79a050ec19969027fedd4a996c0496d6d6fa100c6e9020fbc",
    "unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2": "3561c9446adfd6d0b08bc7c2bced0f6497fc51c2a37930b895be8ee5f36efac8",
}


@pytest.mark.parametrize("path", PINNED)
def test_the_file_is_there_and_is_the_one_that_was_tried(path):
    found = finders.find(path)
    assert found is not None
    assert hashlib.sha256(Path(found).read_bytes()).hexdigest() == PINNED[path]
