"""`MessageChannel` by SMTP (RFC 5321), with the standard library's client on threads of its own.

SMTP has no way to say a message twice and mean it once. So an answer that is lost after the text was sent is not tried
again: `unknown_outcome`. Everything before that is, with the same Message-ID.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

from dispatch.application.messaging.ports import TAKEN, Content, Sent, Target, Why
from dispatch.application.push_ports import Receipt

TIMEOUT_S: Final = 5.0
"""Of each step; all of them together take less than a claim lasts."""
AT_ONCE: Final = 8
_PORTS: Final = {"smtp": 587, "smtps": 465}
_UNKNOWN: Final = Sent(Receipt.REFUSED, Why.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. `tls`: from the first byte on; else by STARTTLS, unless the server is this machine."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = ""

    @classmethod
    def read(cls, url: str) -> "MailServer":
        """From `smtp://user:password@host:587` or `smtps://...`. Raises `ValueError` without repeating it."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("the address of the mail server is smtp://HOST:PORT or smtps://HOST:PORT")
        port = parts.port or _PORTS[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, parts.scheme == "smtps", user, password)

    @property
    def is_here(self) -> bool:
        """Whether what is said to it leaves the machine."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


class MailChannel:
    """See `MessageChannel`. `sender` is `Name <address>` or an address."""

    repeats_safely = False

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail")
        self._tls = ssl.create_default_context()

    async def close(self) -> None:
        """Take nothing more; what is under way ends by itself."""
        self._threads.shutdown(wait=False)

    async def send(self, to: Target, content: Content) -> Sent:
        """See `MessageChannel`. The thread is waited for: whoever gave up could not know what it did since."""
        message = written(content, self._sender, to.address)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._deliver, to.address, message)

    def _deliver(self, to: str, message: bytes) -> Sent:
        try:
            smtp = self._open()
        except smtplib.SMTPAuthenticationError:
            return Sent(Receipt.LATER, "smtp_login")
        except (OSError, smtplib.SMTPException):
            return Sent(Receipt.LATER, "smtp_unreachable")
        try:
            return self._hand_over(smtp, to, message)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _open(self) -> smtplib.SMTP:
        server = self._server
        if server.tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=self._tls)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        try:
            if not server.tls and not server.is_here:
                smtp.starttls(context=self._tls)
            smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password)
        except (OSError, smtplib.SMTPException):
            smtp.close()
            raise
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, to: str, message: bytes) -> Sent:
        steps: tuple[Callable[[], tuple[int, bytes]], ...] = (
            lambda: smtp.mail(parseaddr(self._sender)[1]),
            lambda: smtp.rcpt(to),
        )
        try:
            for step in steps:
                code, _ = step()
                if code >= 400:
                    return _refused(code)
        except (OSError, smtplib.SMTPException):
            return Sent(Receipt.LATER, "smtp_broken")
        try:
            code, _ = smtp.data(message)
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code)
        except (OSError, smtplib.SMTPException):
            return _UNKNOWN
        return TAKEN if code < 400 else _refused(code)


def written(content: Content, sender: str, to: str) -> bytes:
    """The message as it goes over the wire: plain text only, known by its id. Raises `ValueError` for a bad address."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, content.subject
    mail["Date"], mail["Message-ID"] = formatdate(), f"<{content.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n\n".join(filter(None, (content.text or content.subject, content.link))) + "\n")
    mail["Content-Language"] = content.lang  # setting the content drops what is said of it before
    return mail.as_bytes()


def _refused(code: int) -> Sent:
    """4xx passes, 5xx does not (RFC 5321, section 4.2.1)."""
    return Sent(Receipt.LATER if code < 500 else Receipt.REFUSED, f"smtp_{code}")
