"""The channels that the operator has set, each with what closes it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from dispatch.adapters.mail import MailChannel, MailServer
from dispatch.adapters.message_gateway import NONE, RECORD, GatewayChannel, RecordingChannel
from dispatch.adapters.webhooks import WebhookChannel
from dispatch.application.messaging.ports import MessageChannel
from dispatch.application.messaging.table import Channel

RECORDED: Final = "messages-recorded.jsonl"
OFF: Final = "off"


class Channels:
    """What there is to send by. `close` when nothing is sent any more; `wall_ms` dates the signatures of webhooks."""

    def __init__(self, data_dir: Path, wall_ms: Callable[[], int]) -> None:
        self.by_name: dict[Channel, MessageChannel] = {}
        self._file = data_dir / RECORDED
        self._wall_ms = wall_ms
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def add_gateway(self, channel: Channel, setting: str) -> None:
        """SMS or WeChat: `none`, `record`, or the https URL of a gateway."""
        if setting == RECORD:
            self.by_name[channel] = RecordingChannel(channel, self._file)
        elif setting != NONE:
            gateway = GatewayChannel(channel, setting)
            self.by_name[channel] = gateway
            self._closers.append(gateway.close)

    def add_mail(self, setting: str, sender: str) -> None:
        """E-mail: `none`, `record`, or the URL of a mail server."""
        if setting == RECORD:
            self.by_name[Channel.EMAIL] = RecordingChannel(Channel.EMAIL, self._file)
        elif setting != NONE:
            mail = MailChannel(MailServer.read(setting), sender)
            self.by_name[Channel.EMAIL] = mail
            self._closers.append(mail.close)

    def add_webhooks(self, setting: str) -> None:
        """Webhooks: `off`, to `public` servers over https, or to `any`."""
        if setting != OFF:
            webhooks = WebhookChannel(self._wall_ms, any_target=setting == "any")
            self.by_name[Channel.WEBHOOK] = webhooks
            self._closers.append(webhooks.close)

    async def close(self) -> None:
        """End what is open."""
        for close in self._closers:
            await close()
