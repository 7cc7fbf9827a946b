"""`docs/refusals.md` has every refusal of the domain, word for word."""

from tests.support.refusals import PAGE, ROW, is_told, written


def test_the_page_has_every_refusal() -> None:
    """Print `written()` to see what the page should have."""
    rows = [(row["code"], row["sentence"]) for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    assert rows == sorted(written()), "the rows are those of the sources, in order"


def test_what_is_not_on_the_page_is_found() -> None:
    """Another code, another word, or none."""
    assert is_told("wrong_pin", "The PIN is wrong; ask the customer again.")
    assert is_told("changed_since", "Order o1 is canceled now. The route of courier c1 is another one now: with o3.")
    for code, sentence in (
        ("WRONG_PIN", "The PIN is wrong; ask the customer again."),
        ("wrong_pin", "The PIN was wrong."),
        ("wrong_pin", None),
        ("changed_since", "Order o1 is canceled now. Who knows."),
    ):
        assert not is_told(code, sentence)
