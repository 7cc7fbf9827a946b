"""What was at the root of cases, at the desk: bars by cause and kind, over days that one chooses, and the table."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.test_settings import by_name, fits
from tests.pages.test_staff import quiet_order

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def closed_case(demo: Demo, kind: str, cause: str) -> None:
    """A case that somebody has told and closed, with its cause where that is known."""
    order = quiet_order(demo, f"{kind}-{cause or 'open'}")
    case = demo.call("POST", "/v1/cases", {"order_id": order["id"], "kind": kind, "text": "Once more."})
    demo.call("POST", f"/v1/cases/{case['id']}/resolve", {"resolution": "Looked at.", "cause": cause or None})


def counted(demo: Demo, **of: str) -> str:
    """How many cases the server has of a kind, of a cause or of both."""
    rows = demo.call("GET", "/v1/cases/causes")["causes"]
    return str(sum(row["cases"] for row in rows if all(row[name] == value for name, value in of.items())))


def test_causes_are_bars_and_a_table(demo: Demo, open_tab: Open) -> None:
    """By key: a cause shows its kinds, other days are asked for, and the same figures are saved as CSV."""
    for kind, cause in (("complaint", "damaged"), ("compensation", "damaged"), ("question", "app"), ("question", "")):
        closed_case(demo, kind, cause)
    tab = open_tab(demo.console)
    tab.reaches("[data-link=live]")
    tab.page.keyboard.press("C")
    dialog = tab.page.get_by_role("dialog", name="Causes of cases")
    causes, kinds = dialog.get_by_role("table").nth(0), dialog.get_by_role("table").nth(1)
    expect(causes.locator("[data-bar=damaged] .bar-share")).to_have_text(counted(demo, cause="damaged"))
    expect(causes.locator("[data-bar=none]")).to_contain_text("Not known yet")
    expect(kinds.locator("[data-bar=question] .bar-share")).to_have_text(counted(demo, kind="question"))
    causes.get_by_role("button", name="Damaged").press("Enter")
    expect(kinds).to_contain_text("By kind, of: Damaged")
    complaints = counted(demo, kind="complaint", cause="damaged")
    expect(kinds.locator("[data-bar=complaint] .bar-share")).to_have_text(complaints)
    assert grave_faults(tab.page) == []
    dialog.get_by_label("7 days").check(force=True)
    expect(kinds.locator("[data-bar=question]")).to_be_visible()
    with tab.page.expect_download() as saved:
        dialog.get_by_role("button", name="Save as CSV").click()
    assert saved.value.suggested_filename == "causes-7d.csv"
    lines = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "kind,cause,cases,escalated" and any(
        f"complaint,damaged,{complaints}," in line for line in lines
    )


def test_causes_fit_a_phone(demo: Demo, open_tab: Open) -> None:
    """In Chinese and in the dark, by the palette: nothing serious for axe-core, nothing to push sideways."""
    closed_case(demo, "complaint", "late")
    tab = open_tab(demo.console, PHONE_PX, color_scheme="dark", locale="zh-CN")
    tab.reaches("[data-link=live]")
    by_name(tab.page, "个案原因")
    expect(tab.page.locator("[data-bar=late]")).to_contain_text("送迟")
    assert grave_faults(tab.page) == []
    assert fits(tab.page)
