"""One tree of everything that the business refuses.

DomainError            a clear sentence and a stable code; never a stack trace to a user
+-- InvalidInput       the request makes no sense at all (422)
+-- NotFound           what it names does not exist (404)
+-- Conflict           it came too late, or against a newer version (409)
+-- Forbidden          this subject may not do that (403)
"""


class DomainError(Exception):
    """A refusal: `code` is stable and for programs, `detail` is a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class InvalidInput(DomainError):
    """The request can never be accepted as it stands."""


class NotFound(DomainError):
    """The thing that the request names does not exist, or not for this subject."""


class Conflict(DomainError):
    """The state has moved on: too late, already done, or based on an old version."""


class Forbidden(DomainError):
    """The subject's role, ownership or scope does not allow it."""
