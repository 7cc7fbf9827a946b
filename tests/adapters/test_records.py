"""What is written can be read again, by this version and by the next; what cannot be is refused with a clear word."""

import math
from dataclasses import replace

import msgspec
import pytest

from dispatch.application import records
from dispatch.application.ports import Recorded, Reply
from dispatch.application.records import BadRecord
from dispatch.domain import case_commands as k
from dispatch.domain import claim_commands as cc
from dispatch.domain import commands as c
from dispatch.domain import distributor_commands as d
from dispatch.domain import events as e
from dispatch.domain import mode_commands as m
from dispatch.domain import point_commands as p
from dispatch.domain import stock_commands as s
from dispatch.domain import wish_commands as w
from dispatch.domain.apply import apply
from dispatch.domain.area import Area
from dispatch.domain.case import CaseKind
from dispatch.domain.claim import Claim, ClaimedLine, ClaimKind, ClaimReason, ReceivedLine, Visit
from dispatch.domain.claim_policy import ClaimPolicy, PolicyRule
from dispatch.domain.correction import Correction
from dispatch.domain.courier import Break, Duty, Fleet
from dispatch.domain.distributor import Distributor, Licence, LicenceKind, Standing
from dispatch.domain.eta import Spread
from dispatch.domain.fee_rule import FeeRule, SetFees
from dispatch.domain.fulfilment import Mode
from dispatch.domain.geo import Point
from dispatch.domain.goals import Goals
from dispatch.domain.incident import Incident, IncidentKind, ShapeKind
from dispatch.domain.order import Hold, HoldState, Line, Lock, PreparationStep, Proof, ProofKind, Taken
from dispatch.domain.order_message import Party
from dispatch.domain.override import Effects, EtaEffect, OverrideAction, TermEffect
from dispatch.domain.payment import Payment, PaymentState
from dispatch.domain.pickup_point import PickupPoint
from dispatch.domain.place_correction import Pattern
from dispatch.domain.route import StopKind
from dispatch.domain.shelf import Lot, Shelf, Sku
from dispatch.domain.vehicle import Load, Profile
from dispatch.domain.zone import evolve
from tests.support.zones import NOON_MS, courier, depot, given, order, plan, planned, zone

INCIDENT = Incident(
    "i1", IncidentKind.SLOWDOWN, ShapeKind.LINE, (Point(60.1, 24.9), Point(60.1, 25.0)), NOON_MS, "works",
    (), NOON_MS + 1, 2.5, False, (Profile.CAR,), "staff:ann",
)  # fmt: skip
AREA = Area("a1", "Centre", (Point(60.1, 24.9), Point(60.1, 25.0), Point(60.2, 25.0)))
HERE, THERE = Point(31.2, 121.4), Point(31.2, 121.41)
CORRECTION = Correction(
    "door", "Street 1", HERE, THERE, Pattern.MOVED, 3, 950.0, 8.5, 0.67, "Moved.", "移动。", (THERE, THERE), NOON_MS
)
EFFECTS = Effects(3, (EtaEffect("o1", 4, 3, 2),), (TermEffect("late", 1.5, 0.0),), ("too heavy",))
SKU = Sku("milk", "鲜牛奶", "dairy", "6901234567892", Load(1_030, 1_000, 1), True, True, 10)
LINE = s.StockLine("milk", 12, "L1", NOON_MS)
SHELF = Shelf("d1", "milk", (Lot("L1", 12, NOON_MS), Lot("L2", 3)), 2, 5)
CASH = Payment(PaymentState.CASH, 1_250, "CNY")
HOLD = Hold("d1", HoldState.OUT, (Taken("milk", "L1", 2, NOON_MS),))
POINT = PickupPoint("gate", "East gate", Point(60.1, 24.9), "Lane 8", "li", "+8613800138000", 3600, "hash", 2, True)
LI = Distributor("li", "Li & Sons", licences=(Licence(LicenceKind.LIQUOR, "L-77", 7),), standing=Standing.APPROVED)
ABOUT_POINTS: tuple[c.Command, ...] = (
    p.RegisterPoint(POINT),
    p.ConfirmAtPoint("gate", ("o1", "o2")),
    p.CollectOrder("gate", "o1", "123456"),
    p.CollectOrder("gate", "o1", None),
    p.RefuseAtPoint("gate", "o1", p.Refusal.DAMAGED),
)
ABOUT_MODES: tuple[c.Command, ...] = (
    m.ChangeMode("o1", Mode.SELF_PICKUP, "顾客自提", "4711", NOON_MS, "dispatcher:ann", 7),
    m.ChangeMode("o1", Mode.DELIVERY),
    m.HandOut("o1", "4711", age_checked=True),
    m.HandOut("o1"),
    m.HandToCarrier("o1", "顺丰", "SF-1", "https://carrier.example/SF-1"),
    m.ReportCarrier("o1", m.CarrierSays.NOT_TAKEN, NOON_MS, "left behind"),
)
ABOUT_STOCK: tuple[c.Command, ...] = (
    s.RegisterSkus((SKU,)),
    s.ReceiveStock("d1", (LINE,), "from the farm"),
    s.AnnounceStock("d1", (s.ComingLine("milk", 12, NOON_MS),), "from the farm"),
    s.CountStock("d1", (LINE,), "monthly"),
    s.WriteOffStock("d1", (LINE,), "broken"),
    s.TransferStock("d1", "d2", (LINE,), "for the weekend"),
    s.SetLowAt("d1", "milk", 10),
    s.AllocateStock("milk", (s.Part("d1", 4), s.Part("d2", 8)), "L1", NOON_MS, "truck 7"),
)
ABOUT_CASES: tuple[c.Command, ...] = (
    k.OpenCase("k1", "o1", CaseKind.COMPENSATION, "汤是凉的", "customer", 1_200),
    k.AssignCase("k1", "ann"),
    k.SolveCase("k1", "We pay the soup.", "ann", 1_200),
    k.FollowUpCase("k1", NOON_MS, "paid?"),
    k.ReopenCase("k1", "o1", "not yet"),
)
ABOUT_DISTRIBUTORS: tuple[c.Command, ...] = (
    d.ApplyAsDistributor("li", "Li & Sons", "Li Wei", "+8613800138000", LI.licences),
    d.JudgeDistributor("li", Standing.REFUSED, 1, 250, "papers"),
)
LINKED = cc.LinkedOrder(replace(order("o7"), claim_id="k1"), "exchange")
POLICY = ClaimPolicy(3, (PolicyRule(), PolicyRule("生鲜", 0, 1, 0)))
CAME = ReceivedLine(0, 1, 1, "B", NOON_MS)
VISIT = Visit(NOON_MS, NOON_MS + 1)
CLAIM = Claim(
    "k1", "o1", ClaimKind.EXCHANGE, ClaimReason.DAMAGED, (ClaimedLine(0, 2, "鲜牛奶", "milk"),), NOON_MS, NOON_MS + 1,
    "d1", NOON_MS, "漏了", VISIT, received=(CAME,),
)  # fmt: skip
ABOUT_CLAIMS: tuple[c.Command, ...] = (
    cc.RequestClaim("k1", "o1", ClaimKind.REPAIR, ClaimReason.QUALITY, ((0, 2),), "坏了", VISIT, "support:ann"),
    cc.WithdrawClaim("k1"),
    cc.ApproveClaim("k1", LINKED, LINKED, "Sorry.", "ann"),
    cc.RefuseClaim("k1", "It was used.", "ann"),
    cc.ReceiveClaim("k1", (CAME,), NOON_MS, "wet"),
    cc.SendForClaim("k1", LINKED),
    cc.SetClaimPolicy(POLICY, 2, "new season"),
)
AROUND_THE_DRIVE = (*ABOUT_STOCK, *ABOUT_POINTS, *ABOUT_MODES, *ABOUT_DISTRIBUTORS, *ABOUT_CASES, *ABOUT_CLAIMS)
PHOTO = Proof(ProofKind.PHOTO, "o1", upload_id="u-1", at_ms=NOON_MS)


def some_commands() -> list[c.Command]:
    state = zone(couriers=1, orders=1)
    route = planned(state, "c1", ("o1",))
    return [
        c.RegisterDepot(depot("d1")),
        c.RegisterArea(AREA),
        c.RemoveArea(AREA.id),
        c.ReportIncident(INCIDENT),
        c.EndIncident("i1"),
        c.CutOff((("o1", "flooded underpass"),)),
        c.Reconnect(("o1",)),
        c.LearnSpread(Spread(((0, 60_000), (600_000, 120_000)), NOON_MS, 100)),
        c.WarnCouriers(("c1",), "works"),
        c.RegisterCourier(courier("c1")),
        c.RegisterCourier(replace(courier("c1"), skills=("wine",), breaks=(Break(1, 2),), fleet=Fleet.FREELANCE)),
        c.CreateOrder(replace(order("o9"), lines=(Line("Milk", 2, sku="milk"),), stock=HOLD, payment=CASH), "x", True),
        c.CreateOrder(replace(order("o9"), declined_by=("c1",), dropoff=replace(order("o9").dropoff, note="雨\u0000"))),
        c.CancelOrder("o1", "changed my mind"),
        c.ReleaseHold("o1"),
        c.ReportPreparation("o1", PreparationStep.PACKED, NOON_MS),
        c.RateOrder("o1", 2, ("late", "rude"), "雨"),
        c.ReplaceLink("o1", 1, "0" * 64),
        c.SetDuty("c1", Duty.ON_BREAK),
        plan(state, route, ttl_ms=15_000),
        c.OfferToMany(4, ("o1",), (route,), 60_000, ("insertion",), "new orders", 2.5),
        c.NoteWaiting((("o1", "no courier"),)),
        c.AdviseCourier("c1", "d1"),
        c.UpdateEtas((c.RetimedRoute("c1", 3, (("pu-o1-1", NOON_MS, NOON_MS + 1),)),), "traffic"),
        c.AcceptOffer("c1", "of-1"),
        c.DeclineOffer("c1", "of-1", "far"),
        c.ReportProgress("c1", "pu-o1-1", c.StopAction.ARRIVED, NOON_MS),
        c.ReportProgress("c1", "do-o1-1", c.StopAction.COMPLETED, NOON_MS, "", ("o1",), StopKind.DROPOFF, (PHOTO,)),
        c.UndoStop("c1", "do-o1-1", NOON_MS, 30_000),
        c.PostMessage("m-1", "o1", Party.COURIER, Party.CUSTOMER, "在楼下", "c1", NOON_MS),
        w.WriteInstructions("o1", "按门铃", True, 3),
        w.ChangeAddress("o1", Point(60.1, 24.9), "Street 2", "c1", route, 4, NOON_MS, 3, "support:ann", "called"),
        w.ChooseWindow("o1", NOON_MS, NOON_MS + 1, 5, 3),
        w.ChooseWindow("o1", NOON_MS, NOON_MS + 1, 5, 3, "support:ann", "顾客要求改期"),
        w.CancelAsCustomer("o1", 3),
        w.AcceptDelay("o1"),
        k.ResolveCase("delivered_twice-o1-c1", "called both", "ann", "late"),
        c.Overrule(
            OverrideAction.MERGE, ("o1", "o2"), "one door", "c1", (route,), Lock.COURIER, 4, EFFECTS, True, "a", "ov"
        ),
        c.UndoOverride("ov", "mistake", (route,), "a"),
        c.AssignByHand("o1", route, 4, "asked for"),
        c.UnassignByHand("o1", "ill"),
        c.LockOrder("o1", Lock.COURIER, "vip"),
        c.ResolveAttempt("o1", "retry", "back home"),
        c.HandOver(("o1",), "c2", "flat tyre", Point(60.1, 24.9), "at the corner"),
        c.SettleHandOver("o1", True, "both called"),
        c.ProposeCorrection(CORRECTION),
        c.JudgeCorrection("door", True, "ann"),
        c.SetDuty("c1", Duty.ENDING, reason="flat tyre"),
        c.SetGoals(Goals(on_time_pct=97.5), 3, "a new month"),
        SetFees(FeeRule(base_minor=700), 3, "rain"),
        c.ErasePeople(("o1", "o2"), ("c1",), "they asked for it"),
        *AROUND_THE_DRIVE,
        c.PassTime(),
    ]


@pytest.mark.parametrize("command", some_commands(), ids=lambda command: type(command).__name__)
def test_every_command_comes_back(command: c.Command) -> None:
    """Enums, tuples, optional fields and nested values survive the way through the inbox."""
    assert records.decode_command(records.encode_command(command)) == command


def test_the_commands_here_are_all_there_are() -> None:
    """A new command has to be added to the list above."""
    assert {type(command) for command in some_commands()} == set(c.Command.__args__)


def test_every_entity_comes_back() -> None:
    """Orders, couriers, depots, offers and routes, as a busy zone has them."""
    state = zone(couriers=2, orders=3)
    given(state, "c1", "o1", "o2")
    for event in apply(state, plan(state, planned(state, "c2", ("o3",)), ttl_ms=15_000), NOON_MS):
        records.decode_event(records.encode_event(event))
    by_hand = c.Overrule(OverrideAction.UNASSIGN, ("o1",), "why", effects=EFFECTS)
    for event in apply(state, by_hand, NOON_MS):
        evolve(state, records.decode_event(records.encode_event(event)))
    routes = (planned(state, "c1", ("o1",)), planned(state, "c2", ("o1",)))
    asked = c.OfferToMany(state.plan_version, ("o1",), routes, 15_000, ("test",))
    for event in apply(state, asked, NOON_MS):
        evolve(state, records.decode_event(records.encode_event(event)))
    assert state.overrides and any(offer.stops for offer in state.offers.values())
    for entity in (
        *state.take_dirty(),
        AREA,
        INCIDENT,
        Spread(((0, 60_000),)),
        Goals(3),
        FeeRule(3),
        CORRECTION,
        SKU,
        SHELF,
        POINT,
        CLAIM,
        POLICY,
    ):
        assert records.decode_entity(records.encode_entity(entity)) == entity


def test_what_an_older_version_wrote_is_read() -> None:
    """A courier and an order from before skills, shifts and tiers have none of them."""
    new = {"skills", "shift_end_at_ms", "breaks", "speed_factor", "max_orders", "home_areas", "fleet"}
    new |= {"fragile", "max_ride_s", "tier", "depot_options", "claim_id"}
    for entity in (courier("c1"), order("o1")):
        data = msgspec.json.decode(records.encode_entity(entity))
        data["body"] = {name: value for name, value in data["body"].items() if name not in new}
        assert records.decode_entity(msgspec.json.encode(data)) == entity


def test_an_event_keeps_its_place() -> None:
    """Sequence, time, actor and request travel with the event on the stream."""
    recorded = Recorded(7, NOON_MS, "request-1", "staff:ann", e.Overridden("assign", "o1", "c1", "asked for"))
    assert records.decode_recorded(records.encode_recorded(recorded)) == recorded


def test_a_reply_comes_back() -> None:
    """With its plain data."""
    reply = Reply(False, "stale_plan", "Look again.", "conflict", {"plan_version": 8, "orders": ["o1"]})
    assert records.decode_reply(records.encode_reply(reply)) == reply


def test_fields_of_a_newer_version_are_ignored() -> None:
    """A newer writer may add a field; an older reader goes on."""
    data = msgspec.json.decode(records.encode_entity(depot("d1")))
    data["body"]["opening_hours"] = "always"
    assert records.decode_entity(msgspec.json.encode(data)) == depot("d1")


def test_fields_of_an_older_version_are_filled() -> None:
    """A record from before a field existed gets the field's default."""
    data = msgspec.json.decode(records.encode_entity(order("o1")))
    del data["body"]["declined_by"]
    assert records.decode_entity(msgspec.json.encode(data)) == order("o1")


def test_an_unknown_type_is_an_error_that_says_what_to_do() -> None:
    """Nobody can evolve a state by an event that they do not understand."""
    with pytest.raises(BadRecord, match=r"'DroneLaunched' is unknown; .* upgrade this process"):
        records.decode_event(records.Packed("DroneLaunched", "{}"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1",
        records.encode_entity(order("o1")).replace(b'"name":"Ada"', b'"name":17'),
        records.encode_entity(order("o1")).replace(b'"dispatchable"', b'"Ada"'),
        records.encode_entity(order("o1")).replace(b"60.17", b"360.17"),
    ],
)
def test_a_broken_record_is_refused_without_its_values(data: bytes) -> None:
    """The message names type and field; values may be personal data."""
    with pytest.raises(BadRecord) as refusal:
        records.decode_entity(data)
    assert "Ada" not in str(refusal.value)
    assert "360.17" not in str(refusal.value)


@pytest.mark.parametrize("gain", [math.nan, math.inf])
def test_a_number_that_json_does_not_have_is_refused_at_writing(gain: float) -> None:
    """It would become null, and every reader would stop there for ever."""
    with pytest.raises(BadRecord, match=r"PlanAdopted .* `\$\.gain`"):
        records.encode_event(e.PlanAdopted(1, ("test",), "", 0, gain))


def test_the_word_null_in_a_text_is_no_such_number() -> None:
    """Only a real null is refused."""
    there = replace(depot("d1"), name="null", place=Point(0, 0))
    assert records.decode_entity(records.encode_entity(there)) == there
