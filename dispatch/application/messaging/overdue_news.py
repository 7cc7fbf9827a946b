"""Messages about cases and claims that nobody has answered in time, to whoever is responsible. Pure.

Each escalation is told once: the message's id is made of what was owed and when that was over, not of the event, for
the case may change again in the same moment. What people wrote stands at the desk only.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from dispatch.application.messaging.planning import Here, MessageRules
from dispatch.application.messaging.ports import Member, OutgoingMessage
from dispatch.application.messaging.responsible import message_beside, staff_told
from dispatch.application.messaging.table import OverdueNotice, event_type
from dispatch.application.messaging.texts import Words, plain
from dispatch.application.push_notices import NoticeKind
from dispatch.application.push_texts import clock_time, language

K = NoticeKind
OVERDUE_WORDS: Final[Mapping[str, Mapping[NoticeKind, tuple[str, str]]]] = {
    "en": {
        K.CASE_LATE: (
            "No answer in time: {what}, order {order}",
            "The customer was to have an answer by {due}. Answer the case at the desk.",
        ),
        K.CLAIM_LATE: (
            "No answer in time: {what} claim, order {order}",
            "The customer was to have an answer by {due}. Grant or refuse the claim at the desk.",
        ),
    },
    "zh": {
        K.CASE_LATE: ("工单超时未答复：{what}，订单 {order}", "应在 {due} 前答复顾客。请在调度台处理该工单。"),
        K.CLAIM_LATE: ("售后超时未答复：{what}，订单 {order}", "应在 {due} 前答复顾客。请在调度台同意或拒绝。"),
    },
}
"""(subject, text)."""
_KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "complaint": "complaint",
        "question": "question",
        "compensation": "compensation",
        "low_rating": "low rating",
        "return": "return",
        "exchange": "exchange",
        "repair": "repair",
    },
    "zh": {
        "complaint": "投诉",
        "question": "咨询",
        "compensation": "赔偿",
        "low_rating": "低评分",
        "return": "退货",
        "exchange": "换货",
        "repair": "维修",
    },
}


def overdue_messages(
    here: Here, rules: MessageRules, members: Sequence[Member], notice: OverdueNotice
) -> list[OutgoingMessage]:
    """The messages that a notice makes."""
    happened = (notice.at_ms, f"{notice.kind} {notice.thing_id}")
    body = _body(here, notice)
    return [message_beside(here, notice, to, body, happened=happened) for to in staff_told(notice, rules, members)]


def _body(here: Here, notice: OverdueNotice) -> str:
    data = {
        "zone": here.zone_id,
        "id": notice.thing_id,
        "kind": notice.what,
        "order_id": notice.order_id,
        "ref": plain(notice.ref),
        "due_at_ms": notice.due_at_ms,
        "seq": notice.seq,
    }
    told = {"type": event_type(notice.kind), "at_ms": notice.at_ms, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def overdue_words(message: OutgoingMessage, lang: str, utc_offset_min: int) -> Words:
    """What somebody of the staff reads; times by a clock that is so many minutes ahead of UTC."""
    data = json.loads(message.body)["data"]
    what = _KINDS[language(lang)].get(data["kind"], data["kind"])
    shown = {"what": what, "order": data["ref"] or data["order_id"], "case": data["id"]}
    shown["due"] = clock_time(data["due_at_ms"], utc_offset_min)
    subject, text = (each.format(**shown) for each in OVERDUE_WORDS[language(lang)][message.kind])
    return Words(subject, text, shown | {"title": subject, "detail": text})
