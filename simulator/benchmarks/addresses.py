"""Addresses as people write them, found in the city's book: how many are right, and how long one takes.

Needs `maps/sf-downtown.osm.pbf`. Right is only what a courier could be sent to unasked: the verdict is exact or likely,
and the address is the one that was meant. For a number that does not exist it is the nearest one that the street has,
said to be a guess. What is accepted and wrong is counted apart: it sends a courier astray.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import click
import numpy as np

from dispatch.domain.geo import distance_m
from dispatch.roads.address_index import house_keys, street_key
from dispatch.roads.address_match import SAME_ADDRESS_M, AddressMatch, AddressMatcher, Candidate, Guessed
from dispatch.roads.city import Address
from dispatch.roads.library import ensure_imported
from simulator.benchmarks.address_slips import Written, written
from simulator.benchmarks.results import NotRun, Results, data_folder
from simulator.chance import stream

MAP = "sf-downtown.osm.pbf"
COUNT = 1_000
REPEATS = 3
GOALS = {"right_pct": ">= 97", "ms_each_p95": "<= 5"}
OPTIONS = (
    click.option("--seed", default=1, show_default=True, help="Of the slips."),
    click.option("--wrong", is_flag=True, help="Print the texts that were not found right."),
)


def run(data: Path | None, seed: int = 1, *, wrong: bool = False) -> Results:
    """Raises `NotRun` without the map."""
    extract = data_folder(data, "maps") / MAP
    if not extract.is_file():
        raise NotRun(f"the data folder has no maps/{MAP}.")
    with TemporaryDirectory() as folder:
        city = ensure_imported(Path(folder), extract)
        addresses, matcher = city.addresses, AddressMatcher(city.addresses, city.network.names)
    texts = written(addresses, COUNT, stream(seed, "addresses"))
    began = perf_counter()
    matcher.match(addresses[0].text)
    index_ms = 1000 * (perf_counter() - began)
    matches = [matcher.match(each.text) for each in texts]
    took_ms = [_fastest_ms(matcher, each.text) for each in texts]
    if wrong:
        show_wrong(texts, matches, addresses)
    figures = judged(texts, matches, addresses)
    times = {
        "ms_each_p50": round(float(np.percentile(took_ms, 50)), 2),
        "ms_each_p95": round(float(np.percentile(took_ms, 95)), 2),
        "index_ms": round(index_ms),
    }
    return Results(figures | times, GOALS)


def _fastest_ms(matcher: AddressMatcher, text: str) -> float:
    """Of a few runs: on a shared machine the others measure who else was at work."""

    def took_s() -> float:
        began = perf_counter()
        matcher.match(text)
        return perf_counter() - began

    return 1000 * min(took_s() for _ in range(REPEATS))


def judged(texts: Sequence[Written], matches: Sequence[AddressMatch], addresses: Sequence[Address]) -> dict[str, float]:
    """The shares in percent: right, of missing numbers right, accepted but wrong, and left to a person."""
    by_text = {address.text: address for address in addresses}
    right = [is_right(each, match, by_text) for each, match in zip(texts, matches, strict=True)]
    missing = [ok for ok, each in zip(right, texts, strict=True) if not each.is_known]
    astray = [not ok and match.accepted is not None for ok, match in zip(right, matches, strict=True)]
    asked = [match.accepted is None for match in matches]
    named = {"right": right, "missing_number_right": missing, "accepted_wrong": astray, "left_to_people": asked}
    return {f"{name}_pct": round(100 * float(np.mean(each)), 1) for name, each in named.items()}


def is_right(each: Written, match: AddressMatch, by_text: dict[str, Address]) -> bool:
    """Whether the match is what was meant, as the module says."""
    if not each.is_known:
        return bool(match.candidates) and _is_nearest(each, match.candidates[0], by_text)
    return match.accepted is not None and _is_same(each, by_text[match.accepted.text])


def _is_same(each: Written, found: Address) -> bool:
    """The address that was meant; or the book's other entry of that number and street, for it has some twice."""
    if found == each.truth:
        return True
    same_street = street_key(found.street) == street_key(each.truth.street)
    is_near = distance_m(found.place, each.truth.place) <= SAME_ADDRESS_M
    return same_street and each.number in house_keys(found.house_number) and is_near


def _is_nearest(each: Written, best: Candidate, by_text: dict[str, Address]) -> bool:
    street = street_key(each.truth.street)
    if Guessed.NUMBER not in best.guessed or street_key(by_text[best.text].street) != street:
        return False
    own = [address for address in by_text.values() if street_key(address.street) == street]
    return _off(by_text[best.text], each.number) == min(_off(address, each.number) for address in own)


def _off(address: Address, number: str) -> int:
    return min(
        (abs(int(key) - int(number)) for key in house_keys(address.house_number) if key.isdigit()), default=10**6
    )


def show_wrong(texts: Sequence[Written], matches: Sequence[AddressMatch], addresses: Sequence[Address]) -> None:
    """The texts that were not found right, with what was meant and what was found."""
    by_text = {address.text: address for address in addresses}
    for each, match in zip(texts, matches, strict=True):
        if not is_right(each, match, by_text):
            found = "; ".join(f"{c.text} {c.confidence:g}" for c in match.candidates[:2])
            click.echo(f"{each.text!r} for {each.truth.text!r}: {match.verdict}: {found}")
