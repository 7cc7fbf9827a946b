"""What nobody has answered in time is told by e-mail to whoever is responsible: once each time that it escalates."""

import string
from dataclasses import replace

from dispatch.adapters.memory_messages import MemoryDirectoryStore
from dispatch.adapters.memory_staff import MemoryStaffStore
from dispatch.application.access import Role
from dispatch.application.messaging.contacts import Contacts, ContactWish, Members
from dispatch.application.messaging.overdue_news import OVERDUE_WORDS
from dispatch.application.messaging.planning import staff_mark
from dispatch.application.messaging.ports import Contact, Member, account_key, staff_key
from dispatch.application.messaging.table import TABLE, Audience, Channel, event_type
from dispatch.application.push_notices import OVERDUE, NoticeKind
from dispatch.application.staff_rules import UserWish
from dispatch.application.staff_users import AT_THE_SERVER, StaffUsers
from dispatch.domain import case_commands as k
from dispatch.domain import claim_commands as cc
from dispatch.domain import commands as c
from dispatch.domain.case import CaseKind
from dispatch.domain.claim import ClaimKind, ClaimReason
from tests.support.messaging import DESK, FETCH, ZONE, Service, Town, in_town

C = Channel
HOUR_S = 3_600
STAFF = ("desk@d.example",)
COMPLAINT = k.OpenCase("k1", "o1", CaseKind.COMPLAINT, "The soup is cold.", "customer")
ANN = Member("ann", Role.DISPATCHER, Contact("en", "ann@d.example"))
SUE = Member("sue", Role.SUPPORT, Contact("zh-CN", "sue@d.example"))
TIM = Member("tim", Role.SUPPORT, Contact("en", "tim@d.example"))


async def passes(town: Town, hours: float) -> None:
    """Nobody does anything for so long."""
    await town.settle(hours * HOUR_S)
    await town.do(c.PassTime())
    await town.settle()


def addresses(mail: Service) -> list[str]:
    return [to.address for to, _ in mail.got]


def test_a_case_that_nobody_looks_after_is_told_to_support() -> None:
    """In each one's language, with the way to the desk, and without a word of what the customer wrote."""

    async def story(town: Town) -> None:
        mail = town.channels[C.EMAIL]
        town.staff.people = [ANN, SUE, TIM]
        await town.do(COMPLAINT)
        await passes(town, 1.9)
        assert mail.got == []
        await passes(town, 0.2)
        assert sorted(addresses(mail)) == ["sue@d.example", "tim@d.example"]
        (_, said) = next(each for each in mail.got if each[0].address == "tim@d.example")
        assert said.subject == "No answer in time: complaint, order o1" and said.link == DESK
        assert said.text.startswith("The customer was to have an answer by ") and "soup" not in said.text
        chinese = next(content for to, content in mail.got if to.address == "sue@d.example")
        assert chinese.subject == "工单超时未答复：投诉，订单 o1"
        log = await town.log("")
        assert {(each.recipient, each.state.value) for each in log} == {("user-sue", "sent"), ("user-tim", "sent")}
        assert all("soup" not in each.body for each in log)

    in_town(story, channels={C.EMAIL: Service()}, staff=STAFF)


def test_who_looks_after_it_is_told_alone() -> None:
    """Whatever role they have; somebody without an address is as if nobody did."""

    async def story(town: Town) -> None:
        mail = town.channels[C.EMAIL]
        town.staff.people = [ANN, SUE, Member("joe", Role.SUPPORT, Contact())]
        await town.do(COMPLAINT)
        await town.do(k.AssignCase("k1", "ann"))
        await passes(town, 2.1)
        assert addresses(mail) == ["ann@d.example"]
        await town.do(k.OpenCase("k2", "o1", CaseKind.QUESTION, "When?", "customer"))
        await town.do(k.AssignCase("k2", "joe"))
        await passes(town, 2.1)
        assert addresses(mail) == ["ann@d.example", "sue@d.example"]

    in_town(story, channels={C.EMAIL: Service()}, staff=STAFF)


def test_support_of_another_depot_is_not_told() -> None:
    """What they may not see at the desk is not sent to them either."""

    async def story(town: Town) -> None:
        here, away = replace(SUE, depots=frozenset({"d1"})), replace(TIM, depots=frozenset({"d9"}))
        town.staff.people = [here, away]
        await town.do(COMPLAINT)
        await passes(town, 2.1)
        assert addresses(town.channels[C.EMAIL]) == ["sue@d.example"]

    in_town(story, channels={C.EMAIL: Service()}, staff=STAFF)


def test_an_escalation_is_told_once() -> None:
    """Not when somebody takes the case in the same moment or later, nor by a sender that reads the events again; but
    when the customer is not content with the answer, and that is not answered in time either.
    """

    async def story(town: Town) -> None:
        mail = town.channels[C.EMAIL]
        await town.do(COMPLAINT)
        await town.settle(2.1 * HOUR_S)
        await town.do(c.PassTime())
        await town.do(k.AssignCase("k1", "ann"))
        await town.settle()
        assert town.state.cases["k1"].escalated_at_ms == town.clock.now_ms() - 1_000
        town.kill()
        await town.sender()
        await town.do(k.AssignCase("k1", "bo"))
        await passes(town, 3)
        assert addresses(mail) == [STAFF[0]]
        await town.do(k.SolveCase("k1", "Soup again.", "bo"))
        await town.do(k.ReopenCase("k1", "o1", "Cold again."))
        await passes(town, 2.1)
        assert addresses(mail) == [STAFF[0]] * 2
        assert {each.recipient for each in await town.log("")} == {staff_mark(STAFF[0])}

    in_town(story, channels={C.EMAIL: Service()}, staff=STAFF)


def test_a_case_that_is_answered_in_time_is_told_to_nobody() -> None:
    """Nor one that waits for no answer."""

    async def story(town: Town) -> None:
        await town.do(COMPLAINT)
        await town.do(k.SolveCase("k1", "Soup again.", "ann"))
        await passes(town, 5)
        assert town.channels[C.EMAIL].got == []

    in_town(story, channels={C.EMAIL: Service()}, staff=STAFF)


def test_a_claim_without_an_answer_is_told_to_support() -> None:
    """After a day, once; the shop's number of the order only if it is nothing else than a number."""

    async def story(town: Town) -> None:
        mail = town.channels[C.EMAIL]
        town.staff.people = [TIM]
        await town.give()
        await town.go(*FETCH, *FETCH)
        asked = ("q1", "o1", ClaimKind.RETURN, ClaimReason.QUALITY, ((0, 1),))
        await town.do(cc.RequestClaim(*asked))
        await passes(town, 23.9)
        assert [each for each in mail.told if each != "delivered"] == []
        for _ in range(3):
            await passes(town, 1)
        late = [content for _, content in mail.got if content.template == "staff.claim_late"]
        assert [content.subject for content in late] == ["No answer in time: return claim, order o1"]

    in_town(story, channels={C.EMAIL: Service()}, staff=STAFF)


def test_what_is_overdue_has_words_in_both_languages() -> None:
    """With the same fields, and a name that no order's event has."""
    assert set(OVERDUE_WORDS["en"]) == set(OVERDUE_WORDS["zh"]) == OVERDUE <= set(TABLE)
    assert event_type(NoticeKind.CASE_LATE) == "case.late" and set(TABLE[NoticeKind.CLAIM_LATE]) == {Audience.STAFF}
    for texts in OVERDUE_WORDS.values():
        for subject, text in texts.values():
            named = {name for _, name, _, _ in string.Formatter().parse(subject + text) if name}
            assert named == {"what", "order", "due"}


async def test_the_staff_of_a_zone_are_its_users() -> None:
    """Those who may sign in and work there, with what they have said of mail; accounts of partners are none of them."""
    users, contacts = MemoryStaffStore(lambda: 0), MemoryDirectoryStore()
    desk = StaffUsers(users, hasher=None)  # type: ignore[arg-type]
    for name, role, zones in (("ann", "support", ()), ("bo", "depot", (ZONE,)), ("cy", "support", ("other",))):
        wish = UserWish(name, Role(role), zones, depots=("d1",) if role == "depot" else ())
        await desk.put(AT_THE_SERVER, name, wish)
    await desk.put(AT_THE_SERVER, "di", UserWish("di", Role.SUPPORT, ()))
    await desk.set_active(AT_THE_SERVER, "di", active=False)
    await Contacts(contacts).put(ZONE, staff_key("ann"), ContactWish("en", email="ann@d.example"))
    await Contacts(contacts).put(ZONE, account_key("bo"), ContactWish("en", email="shop@d.example"))
    told = await Members(users, contacts).members(ZONE)
    assert [(each.id, each.role, each.contact.email, each.depots) for each in told] == [
        ("ann", Role.SUPPORT, "ann@d.example", frozenset()),
        ("bo", Role.DEPOT, "", {"d1"}),
    ]
