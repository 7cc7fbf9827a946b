"""The protocol as documents: the AsyncAPI description, and test vectors for clients in every language."""

from courier_protocol.spec.asyncapi import asyncapi
from courier_protocol.spec.yaml import to_yaml

__all__ = ["asyncapi", "to_yaml"]
