"""`python -m courier_protocol.spec > courier_protocol/spec/asyncapi.yaml` writes the committed description anew."""

from courier_protocol.spec import asyncapi, to_yaml

print(to_yaml(asyncapi()), end="")  # noqa: T201
