"""The words of notices, in Chinese and English. Pure.

Times are told by the reader's own clock. Nothing is told that the shopper's page does not show.
"""

from datetime import UTC, datetime
from typing import Final

from dispatch.application.push_notices import Notice, NoticeKind
from dispatch.domain.order import Direction, Order

K = NoticeKind
MINUTE_MS: Final = 60_000
DAY_MIN: Final = 24 * 60
_COMING: Final = frozenset({K.ASSIGNED, K.ON_WAY, K.NEAR, K.DELAYED, K.SOONER})
"""Kinds that say when."""

_TITLES: Final[dict[str, dict[NoticeKind, str]]] = {
    "en": {
        K.ASSIGNED: "A courier has your order",
        K.ON_WAY: "Your order is on its way",
        K.NEAR: "One stop before you",
        K.AT_DOOR: "Your courier is at the door",
        K.DELIVERED: "Your order was delivered",
        K.DELAYED: "Your order comes later",
        K.SOONER: "Your order comes earlier",
        K.FAILED: "The delivery did not work out",
        K.RETURNING: "Your order goes back to the shop",
        K.RETURNED: "Your order is back at the shop",
        K.HELD: "Your order is on hold",
        K.ANSWERED: "Your report was answered",
        K.CANCELED: "Your order was canceled",
        K.EXPECTED: "Your order comes to the pickup point",
        K.AT_POINT: "Your order is ready to be collected",
        K.COLLECTED: "Your order was collected",
        K.UNCOLLECTED: "Your order goes back to the shop",
        K.READY_TO_COLLECT: "Your order is ready: come and fetch it",
        K.NOT_COLLECTED: "Your order was canceled: nobody fetched it",
        K.WITH_CARRIER: "Your order was handed to a carrier",
    },
    "zh": {
        K.ASSIGNED: "骑手已接单",
        K.ON_WAY: "您的订单正在配送",
        K.NEAR: "再送一单就到您",
        K.AT_DOOR: "骑手已到门口",
        K.DELIVERED: "您的订单已送达",
        K.DELAYED: "送达时间推迟了",
        K.SOONER: "会比预计更早送达",
        K.FAILED: "这次没能送达",
        K.RETURNING: "您的订单正退回商家",
        K.RETURNED: "您的订单已退回商家",
        K.HELD: "您的订单已暂停",
        K.ANSWERED: "您的反馈已有答复",
        K.CANCELED: "您的订单已取消",
        K.EXPECTED: "您的订单将送到自提点",
        K.AT_POINT: "您的订单已到自提点，请取货",
        K.COLLECTED: "您的订单已取走",
        K.UNCOLLECTED: "您的订单将退回商家",
        K.READY_TO_COLLECT: "您的订单已备好，请来自提",
        K.NOT_COLLECTED: "逾期未取，您的订单已取消",
        K.WITH_CARRIER: "您的订单已交给快递",
    },
}
_TITLES_OF_RETURNS: Final[dict[str, dict[NoticeKind, str]]] = {
    "en": {
        K.ASSIGNED: "A courier will come for your return",
        K.ON_WAY: "The courier has your return",
        K.DELIVERED: "Your return is at the shop",
        K.DELAYED: "The courier comes later",
        K.SOONER: "The courier comes earlier",
        K.HELD: "Your return is on hold",
        K.CANCELED: "Your return was canceled",
        K.FAILED: "Your return could not be handed over",
    },
    "zh": {
        K.ASSIGNED: "骑手将上门取件",
        K.ON_WAY: "骑手已取走您的退件",
        K.DELIVERED: "您的退件已送达商家",
        K.DELAYED: "骑手会晚些到",
        K.SOONER: "骑手会早些到",
        K.HELD: "您的退件已暂停",
        K.CANCELED: "您的退件已取消",
        K.FAILED: "您的退件未能交付",
    },
}
_WHY: Final = {
    "en": {
        "traffic": "because of traffic",
        "weather": "because of the weather",
        "queue": "the courier serves another stop first",
        "courier": "the courier needs a little longer",
        "depot": "the shop is still preparing",
        "address": "the address was corrected",
    },
    "zh": {
        "traffic": "因路况",
        "weather": "因天气",
        "queue": "骑手要先去另一站",
        "courier": "骑手需要多一点时间",
        "depot": "商家还在备货",
        "address": "地址有更正",
    },
}
_MORE: Final = {
    "en": {
        K.FAILED: "The shop will contact you about the next step.",
        K.RETURNING: "Please contact the shop about the next step.",
        K.ANSWERED: "Read the answer on the page of your order.",
        K.CANCELED: "If that surprises you, please contact the shop.",
        K.UNCOLLECTED: "Nobody collected it in time. You still can, until a courier has fetched it.",
        K.NOT_COLLECTED: "Please contact the shop about the next step.",
        "code": "Code {code}, kept until {until}",
        "address": "The address could not be reached. Please contact the shop.",
        "cut_off": "The way is closed just now; it goes on by itself.",
        "held": "The shop is looking into it.",
        "arrives": "Arrives {range}",
        "comes": "The courier comes {range}",
        "about": "about {time}",
        "order": "Order {ref}",
    },
    "zh": {
        K.FAILED: "商家会联系您安排下一步。",
        K.RETURNING: "请联系商家安排下一步。",
        K.ANSWERED: "请在订单页面查看答复。",
        K.CANCELED: "如有疑问，请联系商家。",
        K.UNCOLLECTED: "逾期未取。骑手取走之前仍可取货。",
        K.NOT_COLLECTED: "请联系商家安排下一步。",
        "code": "取件码 {code}，保留至 {until}",
        "address": "地址无法到达，请联系商家。",
        "cut_off": "道路暂时不通，恢复后自动继续。",
        "held": "商家正在处理。",
        "arrives": "预计 {range} 送达",
        "comes": "骑手预计 {range} 到",
        "about": "{time} 左右",
        "order": "订单 {ref}",
    },
}


def language(lang: str) -> str:
    """`zh` or `en`."""
    return "zh" if lang.startswith("zh") else "en"


def words(notice: Notice, lang: str, utc_offset_min: int) -> tuple[str, str]:
    """(title, body). The body may be empty."""
    order, lang = notice.order, language(lang)
    when = _code(notice, lang, utc_offset_min) or _when(notice, lang, utc_offset_min)
    parts = (when, _why(notice, lang), _label(order, lang))
    return _title(notice, lang), " · ".join(filter(None, parts))


def _title(notice: Notice, lang: str) -> str:
    of_returns = _TITLES_OF_RETURNS[lang] if _is_return(notice.order) else {}
    return of_returns.get(notice.kind) or _TITLES[lang][notice.kind]


def _code(notice: Notice, lang: str, utc_offset_min: int) -> str:
    order, there = notice.order, notice.order.collection
    if notice.kind is K.READY_TO_COLLECT:
        code, until_ms = order.pin, order.collect_by_ms
    elif notice.kind is K.AT_POINT and there:
        code, until_ms = there.code, there.until_ms
    else:
        return ""
    day = datetime.fromtimestamp(until_ms / 1000 + utc_offset_min * 60, UTC)
    until = f"{day.month}-{day.day} {clock_time(until_ms, utc_offset_min)}"
    return _MORE[lang]["code"].format(code=code, until=until)


def _when(notice: Notice, lang: str, utc_offset_min: int) -> str:
    order = notice.order
    fetched = _is_return(order) and notice.kind is K.ON_WAY
    if notice.kind not in _COMING or not order.eta_at_ms or fetched:
        return ""
    early = clock_time(order.eta_at_ms, utc_offset_min)
    late = clock_time(max(order.eta_late_at_ms, order.eta_at_ms), utc_offset_min)
    span = _MORE[lang]["about"].format(time=early) if early == late else f"{early}–{late}"
    return _MORE[lang]["comes" if _is_return(order) else "arrives"].format(range=span)


def _why(notice: Notice, lang: str) -> str:
    if notice.kind is K.DELAYED and notice.order.etas:
        return _WHY[lang].get(notice.order.etas[-1].cause, "")
    if notice.kind is K.HELD:
        order = notice.order
        return _MORE[lang]["cut_off" if order.cut_off else "address" if order.reason == "address" else "held"]
    if notice.kind is K.READY_TO_COLLECT:
        return notice.order.dropoff.address
    if notice.kind is K.WITH_CARRIER and (had := notice.order.shipment):
        return " ".join(filter(None, (had.carrier, had.tracking_number)))
    return _MORE[lang].get(notice.kind, "")


def _label(order: Order, lang: str) -> str:
    return _MORE[lang]["order"].format(ref=order.ref) if order.ref else ""


def _is_return(order: Order) -> bool:
    return order.direction is Direction.RETURN


def clock_time(at_ms: int, utc_offset_min: int) -> str:
    """`18:24` on a clock that is so many minutes ahead of UTC."""
    minute = (at_ms // MINUTE_MS + utc_offset_min) % DAY_MIN
    return f"{minute // 60:02d}:{minute % 60:02d}"
