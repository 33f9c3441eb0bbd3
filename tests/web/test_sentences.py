"""Errors that name a number or a place are said in the language of the page, with what they name."""

import pytest
from django.utils import translation

from custody.common.errors import CustodyError
from custody.common.parts import PartError
from custody.statements.answer import AnswerError
from custody.statements.codecs import placed
from custody.statements.proof import ProofError
from custody.web.sentences import sentence


@pytest.mark.parametrize(
    ("error", "german", "english"),
    [
        (
            PartError("missing of %(count)s parts: %(numbers)s", values={"count": 3, "numbers": "1, 2"}),
            "Von 3 Teilen fehlen: 1, 2",
            "missing of 3 parts: 1, 2",
        ),
        (
            AnswerError("entry %(seq)s does not fit the chain", values={"seq": 7}),
            "Der Eintrag 7 passt nicht in die Kette.",
            "entry 7 does not fit the chain",
        ),
        (
            ProofError("%(name)s is not set", values={"name": "user verified"}),
            "user verified ist nicht gesetzt.",
            "user verified is not set",
        ),
        (ProofError("100 % no template"), "Die Signatur beweist diese Aussage nicht.", "100 % no template"),
    ],
)
def test_a_detail_with_values_is_translated(error: CustodyError, german: str, english: str) -> None:
    for language, said in (("de", german), ("en", english)):
        with translation.override(language):
            assert sentence(error) == said
    assert str(error) == error.detail == english


def test_an_error_keeps_its_values_at_another_field() -> None:
    error = PartError(
        "missing of %(count)s parts: %(numbers)s", values={"count": 2, "numbers": "2"}, field="/1"
    )
    moved = placed(error, "/answer")
    assert (type(moved), moved.field, moved.detail) == (PartError, "/answer/1", "missing of 2 parts: 2")
    assert moved.at("text").field == "text"
    assert moved.at("text").code == error.code == "bad_part"
    with translation.override("de"):
        assert sentence(moved.at("text")) == "Von 2 Teilen fehlen: 2"
