"""Names that differ only in case, accents, punctuation or order have one key; others do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.common.errors import InvalidInputError
from custody.compliance.normalise import explain, name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("SCHEINFALL, Waldemar", "scheinfall waldemar"),
        ("Waldemar  Scheinfall", "scheinfall waldemar"),
        ("Eva-Marie D'Exemple", "dexemple eva marie"),
        ("Eva Marie D\u2019EXEMPLE", "dexemple eva marie"),
        ("Straße der Söhne", "der sohne strasse"),
        ("Łukasz Ørsted Æon", "aeon lukasz orsted"),
        ("MUSTER CO., LTD.", "co ltd muster"),
        ("ＦＵＬＬ Width", "full width"),
        ("Шайнфаль Вальдемар", "вальдемар шаинфаль"),
        ("견본 전자", "견본 전자"),
        ("样本电子科技", "样本电子科技"),
        ("\u200fفارس المثال", "المثال فارس"),
    ],
)
def test_a_name_has_this_key(name: str, key: str) -> None:
    assert name_key(name) == key


def test_different_names_keep_different_keys() -> None:
    assert name_key("Waldemar Scheinfall") != name_key("Waldemar Scheinfalls")


def test_the_explanation_shows_each_step() -> None:
    steps = explain("SCHEINFALL, Østen")
    assert (steps.written, steps.folded, steps.words) == (
        "SCHEINFALL, Østen",
        "scheinfall, osten",
        ("osten", "scheinfall"),
    )


@pytest.mark.parametrize("name", ["", "  ", "--- '", "\u200f"])
def test_a_name_without_letters_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        name_key(name)
    assert (error.value.code, error.value.field) == ("bad_name", "name")


def test_a_name_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="longer than 1000"):
        name_key("a" * 1001)


@given(
    st.lists(st.text(alphabet="abcäöüßéШи김", min_size=1, max_size=8), min_size=1, max_size=5), st.randoms()
)
def test_word_order_and_case_never_matter(words: list[str], random: object) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert name_key(" ".join(shuffled).upper()) == name_key(", ".join(words))


@given(st.text(min_size=1, max_size=40))
def test_a_key_is_its_own_key(text: str) -> None:
    try:
        key = name_key(text)
    except InvalidInputError:
        return
    assert name_key(key) == key
