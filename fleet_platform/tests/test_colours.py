"""The tokens' contrast, computed as WCAG 2 does: text 4.5, controls and drawings 3."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text()
BLOCK = re.compile(r"([^{}]+)\{([^{}]*color-scheme[^{}]*)\}")
COLOUR = re.compile(r"--([\w-]+): #([0-9a-f]{6});")

GROUNDS = ["surface", "bg", "map-land"]
TEXTS = ["text", "muted", "accent", "ok", "info", "warn", "crit", "off", "series-4"]
ON_FILLS = [("on-accent", "accent"), ("on-crit", "crit"), ("halo", "info"), ("halo", "crit")]
ON_SOFT = [(name, f"{name}-soft") for name in ("accent", "ok", "info", "warn", "crit", "off")]


def blocks() -> dict[str, dict[str, str]]:
    return {
        selector.strip().splitlines()[-1].strip(): dict(COLOUR.findall(body))
        for selector, body in BLOCK.findall(TOKENS)
    }


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(params=[":root", '[data-theme="dark"]'])
def theme(request) -> dict[str, str]:
    return blocks()[request.param]


def test_black_on_white_has_the_known_ratio():
    assert contrast("000000", "ffffff") == pytest.approx(21)


def test_text_reads_on_every_ground(theme):
    short = {
        (name, ground): round(contrast(theme[name], theme[ground]), 2)
        for name in TEXTS
        for ground in [*GROUNDS, "raised", "sunken", "map-sea"]
        if contrast(theme[name], theme[ground]) < 4.5
    }
    assert short == {}


def test_text_reads_on_filled_and_tinted_grounds(theme):
    short = {
        pair: round(contrast(theme[pair[0]], theme[pair[1]]), 2)
        for pair in [*ON_FILLS, *ON_SOFT]
        if contrast(theme[pair[0]], theme[pair[1]]) < 4.5
    }
    assert short == {}


def test_borders_of_controls_are_seen(theme):
    for ground in [*GROUNDS, "map-sea"]:
        assert contrast(theme["control"], theme[ground]) >= 3


def test_the_automatic_dark_theme_is_the_chosen_one():
    assert blocks()['[data-theme="auto"]'] == blocks()['[data-theme="dark"]']


def test_both_themes_name_the_same_colours():
    assert set(blocks()[":root"]) == set(blocks()['[data-theme="dark"]'])
