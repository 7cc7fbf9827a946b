"""Writes a document as YAML, in the small part of YAML that JSON-like documents need."""

from collections.abc import Iterator

import msgspec


def to_yaml(document: object) -> str:
    """Block style, two spaces a level, strings quoted as in JSON, keys in the order of the document."""
    return "\n".join(_lines(document, "")) + "\n"


def _lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _entry(f"{indent}{_scalar(key)}:", item, indent)
    elif isinstance(value, list | tuple) and value:
        for item in value:
            yield from _entry(f"{indent}-", item, indent)
    else:
        yield f"{indent}{_scalar(value)}"


def _entry(head: str, item: object, indent: str) -> Iterator[str]:
    if isinstance(item, dict | list | tuple) and item:
        yield head
        yield from _lines(item, f"{indent}  ")
    else:
        yield f"{head} {_scalar(item)}"


def _scalar(value: object) -> str:
    return msgspec.json.encode(value).decode()
