"""Goods that run low are told to the staff and to programs that asked: once until there are enough again."""

import json
from dataclasses import replace

from dispatch.application.access import Role
from dispatch.application.messaging.planning import staff_mark
from dispatch.application.messaging.ports import Contact, Endpoint, Member, Sent, Why
from dispatch.application.messaging.stock_news import OF_STOCK_WORDS
from dispatch.application.messaging.table import TABLE, Audience, Channel, event_type, template_of
from dispatch.application.push_notices import OF_STOCK, NoticeKind
from dispatch.application.push_ports import Receipt
from dispatch.domain import stock_commands as s
from dispatch.domain.shelf import Sku
from tests.support.messaging import DESK, ZONE, Service, Town, in_town
from tests.support.zones import NOON_MS

C = Channel
HOOK = Endpoint("wh1", ZONE, "erp", "https://erp.example/hook", "whsec_c2VjcmV0", NOON_MS, (NoticeKind.STOCK_LOW,))
STAFF = ("depot@d.example",)


def line(pieces: int) -> tuple[s.StockLine, ...]:
    return (s.StockLine("tea", pieces),)


async def tea(town: Town) -> None:
    """Ten packets, low below four."""
    await town.do(s.RegisterSkus((Sku("tea", "Tea", low_at=4),)))
    await town.do(s.ReceiveStock("d1", line(10)))


def test_a_shelf_that_goes_low_is_told_once_until_it_recovers() -> None:
    """Further losses are no news; the next time after a delivery is. The log names who was told, and how."""

    async def story(town: Town) -> None:
        mail, hook = town.channels[C.EMAIL], town.channels[C.WEBHOOK]
        await town.directory.put_endpoint(HOOK)
        await tea(town)
        for pieces in (7, 1, 1):
            await town.do(s.WriteOffStock("d1", line(pieces), "wet"))
        await town.settle()
        assert mail.told == ["stock_low"] == hook.told
        (to, content), (_, told) = mail.got[0], hook.got[0]
        assert to.address == STAFF[0]
        assert content.subject == "tea runs low at d1" and content.text.startswith(
            "3 pieces are free, the threshold is 4."
        )
        body = json.loads(told.body)
        assert body["type"] == "stock.low"
        assert body["data"] | {"seq": 0} == {
            "zone": ZONE,
            "depot_id": "d1",
            "sku": "tea",
            "free": 3,
            "low_at": 4,
            "seq": 0,
        }
        await town.do(s.ReceiveStock("d1", line(20)))
        await town.do(s.WriteOffStock("d1", line(18), "wet"))
        await town.settle()
        assert mail.told == ["stock_low"] * 2 == hook.told
        log = await town.log("")
        assert {(each.recipient, each.state.value) for each in log} == {("wh1", "sent"), (staff_mark(STAFF[0]), "sent")}

    in_town(story, channels={C.EMAIL: Service(), C.WEBHOOK: Service()}, staff=STAFF)


def test_depot_staff_is_told_instead_of_everybody() -> None:
    """Whoever works at this depot and has an address; without one of them, or by somebody who wants no mail, everybody
    whom the operator has named.
    """

    async def story(town: Town) -> None:
        mail, here = town.channels[C.EMAIL], Contact("zh-CN", "bo@d.example")
        elsewhere = Member("cy", Role.DEPOT, Contact("", "cy@d.example"), frozenset({"d2"}))
        others = [
            elsewhere,
            Member("di", Role.SUPPORT, Contact("", "di@d.example")),
            Member("ed", Role.DEPOT, Contact()),
        ]
        off = Member("fi", Role.DEPOT, Contact("", "fi@d.example", "", (C.EMAIL,)))
        told = list[tuple[str, ...]]()
        await tea(town)
        for people in ([*others, Member("bo", Role.DEPOT, here, frozenset({"d1"}))], [*others, off]):
            town.staff.people = people
            await town.do(s.WriteOffStock("d1", line(8), "wet"))
            await town.settle()
            told.append(tuple(to.address for to, _ in mail.got[sum(map(len, told)) :]))
            await town.do(s.ReceiveStock("d1", line(8)))
        assert told == [("bo@d.example",), STAFF]
        assert mail.got[0][1].subject == "d1 的 tea 库存不足" and mail.got[0][1].link == DESK
        assert {each.recipient for each in await town.log("")} == {"user-bo", staff_mark(STAFF[0])}

    in_town(story, channels={C.EMAIL: Service()}, staff=STAFF)


def test_who_has_left_meanwhile_is_told_nothing() -> None:
    """The address is looked up when the mail is sent: of a mail that has to be tried again, too."""

    async def story(town: Town) -> None:
        town.staff.people = [Member("bo", Role.DEPOT, Contact("", "bo@d.example"))]
        town.channels[C.EMAIL].on_got = town.staff.people.clear
        await tea(town)
        await town.do(s.WriteOffStock("d1", line(8), "wet"))
        await town.settle(30)
        (log,) = await town.log("")
        assert (log.tries, log.state.value, log.reason) == (1, "skipped", Why.NO_ADDRESS)

    later = Sent(Receipt.LATER, "busy")
    in_town(story, channels={C.EMAIL: Service(answers=[later])}, staff=STAFF)


def test_only_programs_that_asked_by_name_hear_of_stock() -> None:
    """A webhook without named events, one that is off and one of other events hear nothing."""

    async def story(town: Town) -> None:
        for n, more in enumerate(({"kinds": ()}, {"off": "paused"}, {"kinds": (NoticeKind.DELIVERED,)})):
            await town.directory.put_endpoint(replace(HOOK, id=f"wh{n}", **more))
        await tea(town)
        await town.do(s.WriteOffStock("d1", line(8), "wet"))
        await town.settle()
        assert await town.log("") == [] and town.channels[C.WEBHOOK].got == []

    in_town(story, channels={C.WEBHOOK: Service()})


def test_shelves_do_not_overtake_each_other() -> None:
    """A mail that has to be tried again is, although another good went low meanwhile."""

    async def story(town: Town) -> None:
        mail = town.channels[C.EMAIL]
        await tea(town)
        await town.do(s.RegisterSkus((Sku("rice", "Rice", low_at=4),)))
        await town.do(s.ReceiveStock("d1", (s.StockLine("rice", 10),)))
        await town.do(s.WriteOffStock("d1", line(8), "wet"))
        await town.do(s.WriteOffStock("d1", (s.StockLine("rice", 8),), "wet"))
        await town.settle(30)
        assert sorted(content.fields["sku"] for _, content in mail.got) == ["rice", "tea", "tea"]
        assert {each.state.value for each in await town.log("")} == {"sent"}

    later = Sent(Receipt.LATER, "busy")
    in_town(story, channels={C.EMAIL: Service(repeats_safely=False, answers=[later])}, staff=STAFF)


def test_a_threshold_that_rises_makes_shelves_low() -> None:
    """Of the good as of the depot; the ledger says by what."""

    async def story(town: Town) -> None:
        await tea(town)
        await town.do(s.RegisterSkus((Sku("tea", "Tea", low_at=11),)))
        assert town.state.shelves["d1/tea"].low_since_ms
        await town.do(s.SetLowAt("d1", "tea", 0))
        assert not town.state.shelves["d1/tea"].low_since_ms
        await town.do(s.SetLowAt("d1", "tea", 12))
        await town.settle()
        assert len(town.channels[C.EMAIL].got) == 2

    in_town(story, channels={C.EMAIL: Service()}, staff=STAFF)


def test_news_of_stock_has_words_in_both_languages() -> None:
    """With the same fields, and names that programs and gateways know."""
    assert set(OF_STOCK_WORDS["en"]) == set(OF_STOCK_WORDS["zh"]) == OF_STOCK <= set(TABLE)
    assert event_type(NoticeKind.STOCK_LOW) == "stock.low"
    assert template_of(Audience.STAFF, NoticeKind.STOCK_LOW) == "staff.stock_low"
    shown = {"sku": "tea", "depot": "d1", "free": 3, "low_at": 4, "time": "12:00"}
    for texts in OF_STOCK_WORDS.values():
        for subject, text in texts.values():
            assert "tea" in subject.format(**shown) and "12:00" in text.format(**shown)
