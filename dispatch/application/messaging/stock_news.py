"""Messages about stock: to programs that asked for them by name, and to whoever works at the depot. Pure.

They are about no order, so nothing overtakes them and nothing is told anew: the zone says once that a shelf went low,
and again when it has recovered and goes low once more. Their `body` says everything, also for whoever reads an e-mail.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from dispatch.application.messaging.planning import Here, MessageRules, Recipient
from dispatch.application.messaging.ports import Directory, OutgoingMessage
from dispatch.application.messaging.responsible import message_beside, staff_told
from dispatch.application.messaging.table import TABLE, Audience, Channel, StockNotice, event_type
from dispatch.application.messaging.texts import Words
from dispatch.application.push_notices import NoticeKind
from dispatch.application.push_texts import clock_time, language

OF_STOCK_WORDS: Final[Mapping[str, Mapping[NoticeKind, tuple[str, str]]]] = {
    "en": {
        NoticeKind.STOCK_LOW: (
            "{sku} runs low at {depot}",
            "{free} pieces are free, the threshold is {low_at}. Since {time}.",
        ),
    },
    "zh": {NoticeKind.STOCK_LOW: ("{depot} 的 {sku} 库存不足", "可用 {free} 件，预警值 {low_at} 件，{time} 起。")},
}
"""(subject, text); ids rather than names, for names may be anything."""


def stock_messages(here: Here, rules: MessageRules, directory: Directory, notice: StockNotice) -> list[OutgoingMessage]:
    """The messages that a notice makes; `directory` has every webhook and the staff."""
    body = _body(here, notice)
    told = (*_programs(notice, directory), *staff_told(notice, rules, directory.members))
    return [message_beside(here, notice, to, body, happened=(notice.seq, "")) for to in told]


def _programs(notice: StockNotice, directory: Directory) -> Iterator[Recipient]:
    """A webhook that names no events gets those of its orders; of stock it has to ask by name (`routes_webhooks`)."""
    if Channel.WEBHOOK in TABLE[notice.kind][Audience.ACCOUNT]:
        asked = (each for each in directory.endpoints if notice.kind in each.kinds and not each.off)
        yield from (Recipient(Audience.ACCOUNT, each.id, Channel.WEBHOOK, "") for each in asked)


def _body(here: Here, notice: StockNotice) -> str:
    data = {
        "zone": here.zone_id,
        "depot_id": notice.depot_id,
        "sku": notice.sku,
        "free": notice.free,
        "low_at": notice.low_at,
        "seq": notice.seq,
    }
    told = {"type": event_type(notice.kind), "at_ms": notice.at_ms, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def stock_words(message: OutgoingMessage, lang: str, utc_offset_min: int) -> Words:
    """What somebody of the staff reads; times by a clock that is so many minutes ahead of UTC."""
    data = json.loads(message.body)["data"]
    shown = {name: str(data[name]) for name in ("sku", "free", "low_at")} | {"depot": data["depot_id"]}
    shown["time"] = clock_time(message.event_at_ms, utc_offset_min)
    subject, text = (each.format(**shown) for each in OF_STOCK_WORDS[language(lang)][message.kind])
    return Words(subject, text, shown | {"title": subject, "detail": text})
