"""Delivery notes and labels as PDF: what stands on them can be read and printed."""

from typing import Any

import pypdfium2
import pytest

from tests.support.web import House, order_body

LINES = [
    {"name": "五粮液 52度 500ml", "quantity": 6, "code": "6901234567892"},
    {"name": "Rice & beans <5 kg>", "quantity": 1},
]


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


async def placed(h: House, ref: str, **more: Any) -> str:
    to = {"name": "王芳", "phone": "+86 138 0013 8000"}
    body = order_body(ref=ref, lines=LINES, **more)
    body["dropoff"] |= to
    answer = await h.http.post("/v1/orders", json=body, headers=h.headers("integrator", "li"))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_delivery_note_has_what_is_signed_for(h: House) -> None:
    """In either language; every line of the goods, both ends, and where to sign."""
    await h.depot()
    order_id = await placed(h, "D-7", fragile=True, requires=["age"])
    for lang, words in (
        ("en", ["Delivery note", "D-7", "FRAGILE", "ADULTS ONLY: CHECK AGE", "Signature", "7 pieces", "Page 1"]),
        ("zh", ["送货单", "D-7", "易碎", "仅限成年人：核验年龄", "签字", "共 7 件", "第 1 页"]),
    ):
        answer = await h.http.get(
            f"/v1/orders/{order_id}/delivery-note?lang={lang}", headers=h.headers("integrator", "li")
        )
        assert answer.headers["content-type"] == "application/pdf" and answer.headers["cache-control"] == "no-store"
        (text,) = pages_of(answer.content)
        for word in (*words, "王芳", "+86 138 0013 8000", "五粮液 52度 500ml", "6901234567892", "Rice & beans <5 kg>"):
            assert word in text, word


async def test_a_long_note_goes_on_over_pages(h: House) -> None:
    """Its headings stand on each; several notes in one document count their own pages."""
    await h.depot()
    lines = [{"name": f"goods {n}", "quantity": 1} for n in range(120)]
    body = order_body(ref="LONG", lines=lines)
    first = (await h.http.post("/v1/orders", json=body, headers=h.headers("integrator", "li"))).json()["id"]
    second = await placed(h, "SHORT")
    asked = {"kind": "delivery_notes", "order_ids": [first, second]}
    answer = await h.http.post("/v1/papers?lang=en", json=asked, headers=h.headers("integrator", "li"))
    texts = pages_of(answer.content)
    assert len(texts) > 2 and all("Quantity" in text for text in texts[:-2])
    assert "goods 119" in "".join(texts) and "LONG · Page 2" in texts[1] and "SHORT · Page 1" in texts[-1]


async def test_labels_are_one_a_page(h: House) -> None:
    """100 mm by 150 mm; a number's last digits only, and what the scanner has to read."""
    await h.depot()
    ids = [await placed(h, f"D-{n}", requires=["pin"], pin="4711") for n in range(3)]
    asked = {"kind": "labels", "order_ids": ids}
    answer = await h.http.post("/v1/papers?lang=zh", json=asked, headers=h.headers("integrator", "li"))
    document = pypdfium2.PdfDocument(answer.content)
    assert [tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in document] == [(100, 150)] * 3
    texts = pages_of(answer.content)
    assert all("王芳 8000" in text and "138 0013" not in text and "4711" not in text for text in texts)
    assert [f"D-{n}" in text for n, text in enumerate(texts)] == [True] * 3
    one = await h.http.get(f"/v1/orders/{ids[0]}/label?lang=en", headers=h.headers("depot", "ann"))
    assert "PIN" in pages_of(one.content)[0]


async def test_a_long_address_leaves_the_barcode_alone(h: House) -> None:
    """What does not fit on a label is left out at its end."""
    await h.depot()
    order_id = await placed(h, "D-9", dropoff={"lat": 60.17, "lon": 24.94, "address": "Very long lane " * 30})
    label = await h.http.get(f"/v1/orders/{order_id}/label?lang=en", headers=h.headers("integrator", "li"))
    (text,) = pages_of(label.content)
    assert "D-9" in text and "Very long lane" in text


async def test_others_get_no_papers(h: House) -> None:
    """Somebody else's order is as unknown as one that is not."""
    await h.depot()
    order_id = await placed(h, "D-1")
    for path in ("delivery-note", "label"):
        answer = await h.http.get(f"/v1/orders/{order_id}/{path}", headers=h.headers("integrator", "other"))
        assert answer.status_code == 404
    asked = {"kind": "labels", "order_ids": [order_id]}
    answer = await h.http.post("/v1/papers", json=asked, headers=h.headers("integrator", "other"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_order")


@pytest.mark.parametrize("lang", ["de", "", "zh-CN"])
async def test_the_language_is_checked(h: House, lang: str) -> None:
    """A region does no harm."""
    await h.depot()
    order_id = await placed(h, "D-1")
    answer = await h.http.get(f"/v1/orders/{order_id}/label?lang={lang}", headers=h.headers("integrator", "li"))
    assert answer.status_code == (200 if lang == "zh-CN" else 422)


async def test_too_many_at_once_are_refused(h: House) -> None:
    """By number, before any is looked for."""
    asked = {"kind": "labels", "order_ids": [f"o{n}" for n in range(201)]}
    answer = await h.http.post("/v1/papers", json=asked, headers=h.headers("integrator", "li"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/order_ids")
