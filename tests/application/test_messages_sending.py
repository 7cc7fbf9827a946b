"""Sending messages: each once, though senders die at any moment; in time, and no longer when it is no news."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from dispatch.application.messaging import sending as module
from dispatch.application.messaging.ports import Contact, Endpoint, OutgoingMessage, Sent, account_key, order_key
from dispatch.application.messaging.quiet import QuietHours
from dispatch.application.messaging.table import Channel
from dispatch.application.ports import StoreUnavailable
from dispatch.application.push_notices import NoticeKind
from dispatch.application.push_ports import Receipt
from dispatch.domain import commands as c
from tests.support.messaging import FETCH, ZONE, Service, Town, in_town
from tests.support.zones import NOON_MS

C = Channel
LATER = Sent(Receipt.LATER, "http_503")
HOOK = Endpoint("wh1", ZONE, "", "https://shop.example/hook", "whsec_c2VjcmV0", NOON_MS)


def test_a_shopper_hears_of_what_they_have_to_act_on() -> None:
    """By SMS: at the door, and the end; with the order's page. The log says so, without number and without words."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        await town.give()
        await town.go(*FETCH, *FETCH)
        assert sms.told == ["at_door", "delivered"]
        to, content = sms.got[0]
        assert (to.address, content.subject) == ("+358 1", "Your courier is at the door")
        assert content.link == "https://d.example/t/o1"
        assert await town.shown() == [("at_door", "sent", ""), ("delivered", "sent", "")]
        assert "+358" not in repr(await town.log())
        assert town.counters["messages_sent"] == 2

    in_town(story)


def test_every_message_is_sent_within_a_second_of_its_event() -> None:
    """In virtual time what counts is waiting: none of forty orders' messages waits for a poll."""

    async def story(town: Town) -> None:
        await town.give(*(f"o{n}" for n in range(1, 41)))
        for _ in range(3):
            await town.go(*FETCH)
        await asyncio.sleep(1)
        found = [m for n in range(1, 41) for m in await town.log(f"o{n}")]
        late_ms = sorted(m.done_at_ms - m.event_at_ms for m in found)
        assert len(found) >= 4 and late_ms[-1] <= 100, late_ms

    in_town(story, orders=40)


def test_who_dies_before_the_sending_has_told_nobody() -> None:
    """The next sender frees what was claimed and not begun, and sends it at once; once."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        begin = town.messages.begin
        town.messages.begin = dying(town)  # type: ignore[method-assign]
        await town.give()
        await town.go(*FETCH, *FETCH[:2])
        assert sms.told == [] and await town.shown() == [("at_door", "claimed", "")]
        town.messages.begin = begin  # type: ignore[method-assign]
        await town.sender()
        await asyncio.sleep(1)
        assert sms.told == ["at_door"] and await town.shown() == [("at_door", "sent", "")]

    in_town(story, channels={C.SMS: Service(repeats_safely=False)})


def dying(town: Town) -> Any:
    async def die(*_: object) -> bool:
        town.kill()
        await asyncio.sleep(3_600)
        return False

    return die


@pytest.mark.parametrize("safe", [True, False])
def test_who_dies_between_the_sending_and_the_note(safe: bool) -> None:
    """Where repeats are known by their id it is said again with the same id; where not, the log says that it may not
    have arrived, and nobody is told twice.
    """

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        sms.on_got = town.kill
        await town.give()
        await town.go(*FETCH, *FETCH[:2])
        assert sms.told == ["at_door"] and await town.shown() == [("at_door", "claimed", "")]
        sms.on_got = lambda: None
        await town.sender()
        await asyncio.sleep(30)
        assert len(sms.told) == (2 if safe else 1)  # where repeats are not known, it may still be on its way
        await asyncio.sleep(60)
        assert sms.people == ["at_door"] and len(sms.told) == (2 if safe else 1)
        assert await town.shown() == [("at_door", *(("sent", "") if safe else ("failed", "unknown_outcome")))]

    in_town(story, channels={C.SMS: Service(repeats_safely=safe, answers_after_s=0.5)})


def test_who_dies_before_the_log_has_it_leaves_it_to_the_next() -> None:
    """Events that nobody has looked at are read again; what is in the log already is not told again."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        await town.give()
        await town.go(*FETCH, *FETCH[:2])
        town.kill()
        await town.go(FETCH[2])
        assert sms.told == ["at_door"]
        await town.sender()
        await asyncio.sleep(1)
        assert sms.told == ["at_door", "delivered"] and town.counters["messages_reread"] > 0

    in_town(story)


def test_two_senders_at_once_tell_it_once() -> None:
    """A sender that was frozen, say, and does not know that it lost the zone: both see every event."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        await town.sender()
        await town.give()
        await town.go(*FETCH, *FETCH)
        await asyncio.sleep(2)
        assert sms.told == ["at_door", "delivered"]
        assert sum(sender.counters["messages_sent"] for sender, _ in town.senders) == 2
        for task in town.senders[0][1]:
            task.cancel()

    in_town(story)


def test_a_channel_that_fails_is_asked_again_later_each_time() -> None:
    """When it said, or as the delays are; what is refused is not asked again, nor what was overtaken meanwhile."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        sms.answers = [LATER, replace(LATER, wait_s=40.0), Sent(Receipt.REFUSED, "http_400")]
        await town.give()
        await town.go(*FETCH, *FETCH)
        await asyncio.sleep(39)
        assert sms.told == ["at_door", "delivered"] and town.counters["messages_retried"] == 2
        await asyncio.sleep(3)
        assert sms.told == ["at_door", "delivered", "delivered"]
        assert await town.shown() == [("at_door", "skipped", "overtaken"), ("delivered", "failed", "http_400")]

    in_town(story)


def test_a_try_too_many_is_none() -> None:
    """Six in half an hour for what a person reads, which would be old by then."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        sms.answers = [LATER] * 9
        await town.give()
        await town.go(*FETCH, *FETCH)
        await asyncio.sleep(3_600)
        assert sms.told.count("delivered") == 6
        assert ("delivered", "failed", "http_503") in await town.shown()
        assert [m.tries for m in await town.log() if m.kind is NoticeKind.DELIVERED] == [6]

    in_town(story)


def test_what_is_too_old_is_not_told() -> None:
    """Nobody is at the door any more when the gateway is back after an hour; nor is it told from a new sender."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        sms.answers = [replace(LATER, wait_s=3_000.0)]
        await town.give()
        await town.go(*FETCH, *FETCH[:2])
        await asyncio.sleep(3_100)
        assert len(sms.told) == 1 and await town.shown() == [("at_door", "skipped", "expired")]

    in_town(story)


def test_a_night_waits_for_the_morning_and_is_looked_at_anew() -> None:
    """Noon in UTC is evening in Shanghai: with quiet hours from 19:00 a hold is told at eight, unless it is over."""

    async def story(town: Town) -> None:
        mail = town.channels[C.EMAIL]
        await town.directory.put_contact(ZONE, order_key("o1"), Contact("en", "ada@example.com"))
        await town.directory.put_contact(ZONE, order_key("o2"), Contact("zh", "bo@example.com"))
        await town.do(c.CutOff((("o1", "flood"), ("o2", "flood"))))
        await asyncio.sleep(3_600)
        assert mail.told == [] and await town.shown() == [("held", "queued", "quiet_hours")]
        await town.do(c.CancelOrder("o2", "changed my mind"))
        await asyncio.sleep(10 * 3_600)
        assert mail.told == []
        await asyncio.sleep(1.1 * 3_600)
        assert [(to.address, content.template) for to, content in mail.got] == [
            ("ada@example.com", "shopper.held"),
            ("bo@example.com", "shopper.canceled"),
        ]
        assert await town.shown("o2") == [("held", "skipped", "overtaken"), ("canceled", "sent", "")]

    in_town(story, channels={C.EMAIL: Service()}, orders=2, quiet=QuietHours.read("19:00-08:00", "Asia/Shanghai"))


def test_an_opt_out_holds_for_what_waits() -> None:
    """Who opts out between the event and the sending hears nothing; the log says why."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        sms.answers = [LATER]
        await town.give()
        await town.go(*FETCH, *FETCH[:2])
        await town.directory.put_contact(ZONE, order_key("o1"), Contact(off=(C.SMS,)))
        await asyncio.sleep(10)
        assert len(sms.told) == 1 and await town.shown() == [("at_door", "skipped", "opted_out")]

    in_town(story)


def test_a_webhook_hears_everything_in_the_body_of_the_event() -> None:
    """In each try the same; also what a person would not be told any more. 410 ends it, and what waits for it."""

    async def story(town: Town) -> None:
        hook = town.channels[C.WEBHOOK]
        await town.directory.put_endpoint(HOOK)
        hook.answers = [LATER]
        await town.give()
        await town.go(*FETCH, *FETCH)
        await asyncio.sleep(60)
        told = [json.loads(content.body)["type"] for _, content in hook.got]
        assert sorted(set(told)) == ["order.assigned", "order.at_door", "order.delivered", "order.on_way"]
        assert told.count("order.assigned") == 2 and hook.people.count("assigned") == 1
        assert hook.got[0][1] == next(content for _, content in hook.got[1:] if "assigned" in content.template)
        assert hook.got[0][0].secrets == ("whsec_c2VjcmV0",)
        assert json.loads(hook.got[0][1].body)["data"]["status"] == "assigned"

    in_town(story, channels={C.WEBHOOK: Service()})


def test_a_webhook_that_is_gone_is_left_alone() -> None:
    """From then on nothing is written for it."""

    async def story(town: Town) -> None:
        hook = town.channels[C.WEBHOOK]
        await town.directory.put_endpoint(HOOK)
        hook.answers = [Sent(Receipt.GONE, "http_410")]
        await town.give()
        await asyncio.sleep(1)
        await town.go(*FETCH, *FETCH)
        assert len(hook.got) == 1 and await town.shown() == [("assigned", "failed", "http_410")]
        ended = await town.directory.endpoint("wh1")
        assert ended and ended.off == "gone"

    in_town(story, channels={C.WEBHOOK: Service()})


def test_a_slow_webhook_holds_up_nobody() -> None:
    """Thirty events wait for it eight by eight; an SMS of the same moment is sent at once."""

    async def story(town: Town) -> None:
        sms, hook = town.channels[C.SMS], town.channels[C.WEBHOOK]
        await town.directory.put_endpoint(HOOK)
        await town.give(*(f"o{n}" for n in range(1, 31)))
        await asyncio.sleep(1)
        assert len(hook.got) == 0
        await town.go(*FETCH, *FETCH[:2])
        assert sms.told == ["at_door"]
        await asyncio.sleep(600)
        assert hook.people.count("assigned") == 30

    in_town(story, channels={C.SMS: Service(), C.WEBHOOK: Service(takes_s=10.0)}, orders=30)


def test_an_account_and_the_staff_hear_of_trouble() -> None:
    """A group leader by e-mail in their language, the staff in the zone's; neither gets the shopper's page."""

    async def story(town: Town) -> None:
        mail = town.channels[C.EMAIL]
        await town.directory.put_contact(ZONE, account_key(""), Contact("zh", "leader@example.com"))
        await town.do(c.CutOff((("o1", "flood"),)))
        await asyncio.sleep(1)
        told = {to.address: (content.subject, content.link) for to, content in mail.got}
        assert told == {
            "leader@example.com": ("订单 o1 已暂停", ""),
            "desk@example.com": ("Order o1 is on hold", ""),
        }

    in_town(story, channels={C.EMAIL: Service()}, staff=("desk@example.com",))


def test_a_store_that_is_away_costs_nothing_but_time() -> None:
    """What was heard meanwhile is written when it is back, and sent once."""

    async def story(town: Town) -> None:
        sms, enqueue = town.channels[C.SMS], town.messages.enqueue

        async def away(*_: object) -> int:
            raise StoreUnavailable("away")

        town.messages.enqueue = away  # type: ignore[method-assign]
        await town.give()
        await town.go(*FETCH, *FETCH[:2])
        assert sms.told == [] and town.counters["messages_rounds_lost"] > 0
        town.messages.enqueue = enqueue  # type: ignore[method-assign]
        await asyncio.sleep(1)
        assert sms.told == ["at_door"]

    in_town(story)


def test_what_does_not_fit_into_memory_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is dropped: the events are in the log."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    monkeypatch.setattr(module, "PAGE", 2)

    async def story(town: Town) -> None:
        hook = town.channels[C.WEBHOOK]
        await town.directory.put_endpoint(HOOK)
        await town.give(*(f"o{n}" for n in range(1, 11)))
        await asyncio.sleep(30)
        assert hook.people.count("assigned") == 10 and town.counters["messages_reread"] > 0

    in_town(story, channels={C.WEBHOOK: Service()}, orders=10)


def test_old_ends_are_forgotten_and_progress_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """After their time; and up to where events were looked at though they meant nothing."""
    monkeypatch.setattr(module, "KEPT_MS", 600_000)

    async def story(town: Town) -> None:
        await town.give()
        await town.go(*FETCH, *FETCH)
        await asyncio.sleep(20)
        head = await town.zones.stream_head(ZONE)
        assert await town.messages.progress(ZONE) == head
        await asyncio.sleep(module.KEPT_MS / 1000 + module.TIDY_EVERY_S + 20)
        assert await town.log() == []

    in_town(story)


@pytest.mark.parametrize("safe", [True, False])
def test_a_claim_that_a_frozen_sender_lost_is_not_used(safe: bool) -> None:
    """Its lease is over and another has it: what wakes up late sends nothing."""

    async def story(town: Town) -> None:
        sms = town.channels[C.SMS]
        frozen: list[OutgoingMessage] = []
        claim = town.messages.claim

        async def slow(*args: Any) -> Any:
            found = await claim(*args)
            if found and not frozen:
                frozen.extend(found)
                await asyncio.sleep(70)
            return found

        town.messages.claim = slow  # type: ignore[method-assign]
        await town.give()
        await town.go(*FETCH, *FETCH[:2])
        await town.sender()
        await asyncio.sleep(120)
        assert len(frozen) == 1 and sms.told == ["at_door"]
        for task in town.senders[0][1]:
            task.cancel()

    in_town(story, channels={C.SMS: Service(repeats_safely=safe)})


def test_a_channel_with_a_bug_is_not_asked_for_ever() -> None:
    """It costs its own message some tries, and nobody else anything."""

    async def story(town: Town) -> None:
        def break_down() -> None:
            raise RuntimeError("a bug")

        town.channels[C.SMS].on_got = break_down
        await town.give()
        await town.go(*FETCH, *FETCH)
        await asyncio.sleep(3_600)
        assert ("delivered", "failed", "internal_error") in await town.shown()

    in_town(story)
