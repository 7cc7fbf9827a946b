"""Orders from a table at the desk: taken in, told row by row, and the same table again changes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import Demo, Tab, grave_faults

pytestmark = pytest.mark.browser
Open = Callable[..., Tab]
SOON_MS = 15_000
SHARES_A_DEMO = True


def test_orders_are_imported_at_the_desk(demo: Demo, open_tab: Open, tmp_path: Path) -> None:
    """One is taken, one has a quantity that is none; the second time nothing changes, and the order is at the desk with
    what its courier takes at the door.
    """
    place = demo.call("GET", "/v1/depots")["depots"][0]
    where = f"{place['lat']},{place['lon']}"
    table = tmp_path / "orders.csv"
    table.write_text(
        "id,address,lat,lon,phone,item,quantity,payment,amount\n"
        f"T-1,12 Table Street,{where},138 0013 8000,Tea,2,cash,12.50\n"
        f"T-2,13 Table Street,{where},,Tea,none,,\n",
        encoding="utf-8",
    )
    tab = open_tab(f"{demo.console}")
    page: Page = tab.page
    tab.reaches("[data-link=live]")
    page.evaluate("location.hash = '#/stock'")
    page.locator("[data-action=import]").click()
    dialog = page.get_by_role("dialog")

    def import_() -> None:
        dialog.get_by_role("radio", name="Orders").check()
        dialog.get_by_label("CSV file").set_input_files(table)
        dialog.get_by_role("button", name="Import", exact=True).click()

    with page.expect_download() as template:
        dialog.get_by_role("radio", name="Orders").check()
        dialog.locator("[data-action=template]").click()
    assert template.value.suggested_filename == "orders.csv"
    import_()
    status = dialog.get_by_role("status")
    expect(status).to_contain_text("1", timeout=SOON_MS)
    expect(dialog.get_by_role("row").nth(1)).to_contain_text("quantity")
    assert grave_faults(page) == []
    dialog.get_by_role("button", name="Import another file").click()
    import_()
    expect(status).to_contain_text("1 rows are there already, unchanged.", timeout=SOON_MS)

    page.keyboard.press("Escape")
    (order,) = [each for each in demo.call("GET", "/v1/orders?limit=500")["orders"] if each.get("ref") == "T-1"]
    page.evaluate(f"location.hash = '#/orders/{order['id']}'")
    expect(page.locator("[data-drawer]")).to_contain_text("Cash at the door: ¥12.50", timeout=SOON_MS)
