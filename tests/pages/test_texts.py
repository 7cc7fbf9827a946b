"""What the domain can say and the pages must have words for."""

import pytest

from dispatch.domain.case import CaseKind
from dispatch.domain.order import ProofKind
from tests.support.sources import ROOT

TEXTS = ROOT / "dispatch/pages/src/shared/i18n"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_kind_of_case_and_proof_has_its_words(lang: str) -> None:
    """A kind that the domain gains is a red test here until people can read it."""
    written = "".join((TEXTS / f"{name}_{lang}.ts").read_text(encoding="utf-8") for name in ("desk", "papers"))
    wanted = [f"case.{part}.{kind}" for part in ("name", "told", "act", "advice") for kind in CaseKind]
    wanted += [f"proof.kind.{kind}" for kind in ProofKind]
    assert [key for key in wanted if f'"{key}":' not in written] == []
