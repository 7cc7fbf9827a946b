"""The AsyncAPI description is what the code does, and the committed file is that description."""

import json
import runpy
from importlib.resources import files
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from courier_protocol.client_link import ClientState
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Speaker
from courier_protocol.messages import CourierMessage
from courier_protocol.server_session import State
from courier_protocol.spec import asyncapi, to_yaml
from tests.support.any_message import UNIONS, as_json, messages_of
from tests.support.sources import ROOT

SCHEMAS = jsonschema.Draft202012Validator({"components": json.loads(json.dumps(asyncapi()["components"]))})
SPEAKERS: tuple[Speaker, ...] = ("courier", "server", "watcher", "live")


def test_the_committed_file_is_the_generated_one() -> None:
    """After a change of the messages: python -m courier_protocol.spec > courier_protocol/spec/asyncapi.yaml"""
    committed = (files("courier_protocol.spec") / "asyncapi.yaml").read_text(encoding="utf-8")
    assert committed == to_yaml(asyncapi())
    assert yaml.safe_load(committed) == json.loads(json.dumps(asyncapi()))


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m courier_protocol.spec` writes the document to standard output."""
    runpy.run_module("courier_protocol.spec", run_name="__main__")
    assert capsys.readouterr().out == to_yaml(asyncapi())


def test_every_reference_leads_somewhere() -> None:
    """No document with dangling references."""
    document = asyncapi()
    for reference in references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [reference for item in value.values() for reference in references(item)]
    return [reference for item in value for reference in references(item)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize("speaker", SPEAKERS)
@given(data=st.data())
def test_every_message_keeps_its_schema(speaker: Speaker, data: st.DataObject) -> None:
    """What we encode is valid by the published schema."""
    message = data.draw(messages_of(speaker))
    schema = SCHEMAS.evolve(schema=SCHEMAS.schema | {"$ref": f"#/components/schemas/{type(message).__name__}"})
    schema.validate(as_json(message))


def test_each_direction_lists_its_messages() -> None:
    """The server receives what goes up and sends what comes down, by name."""
    operations = asyncapi()["operations"]
    assert set(operations) == {"receive_courier", "send_courier", "receive_live", "send_live"}
    named = [reference["$ref"].rsplit("/", 1)[1] for reference in operations["receive_courier"]["messages"]]
    assert named == [message.__name__ for message in get_args(CourierMessage)]
    assert sum(len(operation["messages"]) for operation in operations.values()) == sum(
        len(get_args(union)) for union in UNIONS.values()
    )


def test_close_codes_and_limits_are_published() -> None:
    """Clients in other languages read them from here."""
    document = asyncapi()
    assert [entry["code"] for entry in document["x-close-codes"]] == [int(code) for code in CloseCode]
    assert document["x-limits"]["max_frame_bytes"] == 65_536


@pytest.mark.parametrize(
    "document", [{}, [], {"a": {}, "b": []}, [[1, [2]], {"x": [{"y": None}]}], {"n": "no: #", "on": True, "1": 1.5}]
)
def test_yaml_reads_back(document: object) -> None:
    """The small writer and a real YAML reader agree."""
    assert yaml.safe_load(to_yaml(document)) == document


def test_the_prose_names_every_close_code_and_state() -> None:
    """docs/protocol.md cannot fall behind the code unnoticed."""
    prose = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    for code in CloseCode:
        assert f"| {int(code)} | {code.name.lower()} | {code.sentence} |" in prose
    for state in [*State, *ClientState]:
        assert state.value.replace("_", " ") in prose
