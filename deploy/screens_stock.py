"""The states of the desk's stock: what depots have, a shelf with its ledger, a count, and a table that was imported."""

import time

from playwright.sync_api import Page

from deploy.screens import DAY_MS, Stage, at_desk, quiet_order, scene


def stocked(stage: Stage) -> str:
    """A depot with goods, one of them low and with a lot that has expired; the shelf of that one."""
    depot_id, now_ms = stage.call("GET", "/v1/depots")["depots"][0]["id"], int(time.time() * 1000)
    goods = {"milk-1l": ("Fresh milk 1 l", 12), "rice-5kg": ("五常大米 5 kg", 4), "beer-6": ("Lager 6 × 0.33 l", 0)}

    def make() -> None:
        for n, (sku, (name, low_at)) in enumerate(goods.items()):
            stage.call("PUT", f"/v1/skus/{sku}", {"name": name, "low_at": low_at, "age_restricted": sku == "beer-6"})
            lots = [{"sku": sku, "quantity": 8, "lot": f"L{n}-30", "expires_at_ms": now_ms + (2 + 9 * n) * DAY_MS}]
            old = [{"sku": sku, "quantity": 2, "lot": "L0-12", "expires_at_ms": now_ms - DAY_MS}] if n == 0 else []
            stage.call("POST", "/v1/stock:receive", {"depot_id": depot_id, "lines": lots + old, "note": "van 7"})
        quiet_order(stage, "A-1061", depot_id=depot_id, lines=[{"name": "Milk", "sku": "milk-1l", "quantity": 3}])

    stage.once("stocked", make)
    return f"{depot_id}/milk-1l"


@scene("console-stock")
def console_stock(stage: Stage, page: Page) -> None:
    """What the depots have."""
    shelf = stocked(stage)
    at_desk(stage, page)
    page.keyboard.press("S")
    page.locator(f"[data-shelf='{shelf}']").wait_for()


@scene("console-stock-shelf")
def console_stock_shelf(stage: Stage, page: Page) -> None:
    """A good at a depot: its lots, and what happened to it."""
    shelf = stocked(stage)
    console_stock(stage, page)
    page.locator(f"[data-shelf='{shelf}'] button").click()
    page.locator("[data-move=reserved]").wait_for()


@scene("console-stock-count")
def console_stock_count(stage: Stage, page: Page) -> None:
    """The difference to the books, before it is sent."""
    console_stock_shelf(stage, page)
    page.locator("[data-act=count]").click()
    page.locator("dialog input").first.fill("1")


@scene("console-stock-import")
def console_stock_import(stage: Stage, page: Page) -> None:
    """A table that was taken but for one row."""
    console_stock(stage, page)
    page.locator("[data-action=import]").click()
    table = b"id,name,weight_g\nsalt,Sea salt,500\ntea,Green tea,much\n"
    page.locator("input[type=file]").set_input_files({"name": "goods.csv", "mimeType": "text/csv", "buffer": table})
    page.locator("dialog [type=submit]").click()
    page.locator("[data-action=save-report]").wait_for()
