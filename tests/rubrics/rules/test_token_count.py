"""Tokens by a real tokenizer made on the spot: exact, in bounded time, one line when it cannot be had."""

import sys
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from rvpo.rubrics import RubricError
from rvpo.rubrics.rules import token_count
from rvpo.rubrics.rules.text import check_length
from rvpo.rubrics.rules.token_count import count_tokens
from rvpo.rubrics.schema import LengthRule


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One token a word; adds a start token, truncates at 3 and pads to 8: none of which may count."""
    made = Tokenizer(models.WordLevel({"[UNK]": 0, "[START]": 1, "one": 2, "two": 3}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(single="[START] $A", special_tokens=[("[START]", 1)])
    made.enable_truncation(3)
    made.enable_padding(length=8)
    folder = tmp_path_factory.mktemp("words")
    made.save(str(folder / "tokenizer.json"))
    return folder


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("one two", 2), ("one two one two five", 5), ("one \ud800", 2)]
)
def test_counts(words: Path, text: str, count: int) -> None:
    assert count_tokens(text, str(words), enough=100) == (count, False)
    assert count_tokens(text, str(words / "tokenizer.json"), enough=100) == (count, False)


def test_a_long_text_is_counted_in_pieces_until_it_is_enough(
    words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_count, "WHOLE_CHARS", 30)
    text = "one two " * 100
    assert count_tokens(text, str(words), enough=1000) == (200, False)  # cut at spaces, so none is split
    tokens, more = count_tokens(text, str(words), enough=50)
    assert more
    assert 50 <= tokens < 60
    assert count_tokens("x" * 100, str(words), enough=1000) == (4, False)  # 30 + 30 + 30 + 10


def test_the_rule(words: Path) -> None:
    rule = LengthRule(unit="tokens", tokenizer=str(words), max=2)
    assert check_length(rule, "one two") == (1.0, "2 tokens, allowed 0 to 2")
    assert check_length(rule, "one two one") == (0.0, "3 tokens, allowed 0 to 2")
    assert check_length(rule, "one " * 3_000_000).reason == "50000 or more tokens, allowed 0 to 2"


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(
        RubricError, match=r"^unit tokens needs the package tokenizers: pip install 'rvpo\[train\]'$"
    ):
        count_tokens("x", "any/model", enough=1)


def test_a_tokenizer_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "tokenizer.json"
    broken.write_text("{\n")
    for name in (str(broken), str(tmp_path / "nowhere"), "no/such-model"):
        with pytest.raises(RubricError, match=r'^the tokenizer ".+" cannot be loaded: ') as caught:
            count_tokens("x", name, enough=1)
        assert str(caught.value).isprintable()
