"""Stream documents, made from any row that the table of sections allows."""

import json
from datetime import UTC
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robots.api import ticks
from robots.sections import STREAM_SECTIONS

SEOUL = ZoneInfo("Asia/Seoul")
LOGS = {name: section for name, section in STREAM_SECTIONS.items() if section.from_robot}
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def values(told):
    """A strategy of the values that a field's type allows, read from the type itself."""
    schema = msgspec.json.schema(told)
    if not schema:
        return anything
    return st.one_of(*(_of(one) for one in schema.get("anyOf", [schema])))


def _of(schema: dict):
    if schema["type"] == "number":
        low, high = schema.get("minimum", -1e15), schema.get("maximum", 1e15)
        return st.floats(low, high, allow_nan=False)
    if schema["type"] == "string":
        return st.text(max_size=20)
    return {"boolean": st.booleans(), "null": st.none()}[schema["type"]]


ROWS = st.one_of(
    *(
        st.tuples(
            st.just(name),
            st.fixed_dictionaries(
                {}, optional={key: values(told) for key, told in section.check.fields.items()}
            ),
        )
        for name, section in LOGS.items()
    )
)


@given(ROWS)
def test_any_row_of_the_table_passes_the_check_and_comes_back_with_all_keys(drawn):
    name, row = drawn
    LOGS[name].check.decode(json.dumps(row).encode())
    document = json.loads(ticks.document("r2", UTC, 0, json.dumps({name: row})))
    assert list(document) == ["create_at", *STREAM_SECTIONS]
    for other, section in STREAM_SECTIONS.items():
        assert list(document[other]) == list(section.keys)
        if other != name:
            assert not any(document[other].values())
    for key, value in document[name].items():
        if row.get(key) is not None and row[key] is not False:
            assert value == row[key]
        else:
            assert value == ("r2" if key == "robot_id" else False)


def test_numbers_keep_the_form_in_which_they_came():
    sections = '{"robot_base_status":{"staus_idx":37478894.0,"battery":48,"speed":3.9e-1}}'
    document = ticks.document("r2", SEOUL, 0, sections)
    assert b'"staus_idx":37478894.0,' in document
    assert b'"battery":48,' in document
    assert b'"speed":3.9e-1,' in document


def test_a_robot_id_that_the_robot_sent_stays():
    document = json.loads(ticks.document("r2", UTC, 0, '{"visitor_count":{"robot_id":"mine"}}'))
    assert document["visitor_count"]["robot_id"] == "mine"


def test_unknown_keys_and_the_pose_have_no_place_in_the_document():
    sections = '{"pose":{"x":1,"y":2},"robot_base_status":{"battery":5,"vendor":"x"}}'
    document = json.loads(ticks.document("r2", UTC, 0, sections))
    assert "pose" not in document
    assert "vendor" not in document["robot_base_status"]


@pytest.mark.parametrize(
    ("us", "zone", "text"),
    [
        (1_688_421_491_021_000, SEOUL, "2023-07-04T06:58:11+09:00"),
        (1_688_421_491_999_999, SEOUL, "2023-07-04T06:58:11+09:00"),
        (0, UTC, "1970-01-01T00:00:00+00:00"),
    ],
)
def test_create_at_is_in_the_zone_of_the_workspace(us, zone, text):
    assert json.loads(ticks.document("r2", zone, us, "{}"))["create_at"] == text


def test_a_list_of_documents_keeps_the_order_of_the_samples():
    samples = [
        (second * 1_000_000, 0, 0, f'{{"robot_base_status":{{"battery":{second}}}}}', "null")
        for second in range(100)
    ]
    documents = json.loads(ticks.documents("r2", UTC, samples))
    assert [one["robot_base_status"]["battery"] for one in documents] == list(range(100))
