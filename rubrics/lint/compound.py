"""Several demands in one criterion, of which a reply may meet some. Pure.

Without a parser of English the checks go by a closed list of the verbs that criteria are written with, so that "X and
Y" of two nouns is never taken for two demands. Lists after "such as", "for example", "including" or "or" are
no demand for every item: HealthBench's own judge prompt reads them so.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from rvpo.rubrics.lint.finding import Hit
from rvpo.rubrics.lint.texts import judged, sentences, spoken
from rvpo.rubrics.schema import Rubric
from rvpo.rubrics.wording import clipped

_VERBS = (
    "acknowledges|adapts|addresses|advises|agrees|alerts|apologizes|apologises|applies|argues|asks|"
    "assesses|assumes|avoids|balances|begins|calculates|cautions|cites|claims|clarifies|closes|compares|"
    "computes|concludes|confirms|considers|contains|converts|counsels|covers|defines|demonstrates|"
    "derives|describes|differentiates|directs|discourages|discusses|distinguishes|educates|emphasizes|"
    "emphasises|encourages|ends|ensures|evaluates|exaggerates|expands|explains|expresses|fails|flags|"
    "gives|guides|highlights|identifies|ignores|illustrates|includes|indicates|informs|inquires|"
    "instructs|introduces|invites|justifies|keeps|lacks|leaves|maintains|makes|mentions|misstates|"
    "neglects|omits|organises|organizes|overstates|praises|prescribes|presents|preserves|prioritises|"
    "prioritizes|promotes|proposes|proves|provides|quotes|reassures|recognises|recognizes|recommends|"
    "refers|refrains|refuses|rejects|reminds|repeats|responds|returns|says|seeks|sends|specifies|states|"
    "stays|stresses|suggests|summarises|summarizes|supplies|takes|tells|translates|underlines|"
    "understates|urges|validates|verifies|warns|writes"
)
"""Third-person verbs of which a criterion's demand is made and that are no plural nouns."""
_NOUNS_TOO = (
    "adds|answers|calls|checks|details|estimates|finds|formats|links|lists|names|notes|offers|outlines|"
    "plans|points|questions|references|reports|requests|shows|starts|supports|treats|uses"
)
"""Verbs of the same use that are plural nouns as well."""
_OBJECT = (
    r"(?=\s+(?:the|an?|any|all|at|that|how|what|when|where|which|why|who|whether|to|for|its|their|his|her|it|them|this|"
    r"these|those|no|not|only|every|each|one|two|if|on|out|specific|more|further)\b)"
)
_VERB = rf"(?:(?:{_VERBS})\b|(?:{_NOUNS_TOO})\b{_OBJECT}|(?:does|do)\s+not\b|doesn['’]t\b)"
_JOIN = rf"(?:\band|\bbut|\bwhile\s+also|\bas\s+well\s+as|;)(?:\s+also|\s+then|\s+at\s+the\s+same\s+time)?,?(?:\s+[a-z]+ly)?\s+{_VERB}"
_INFINITIVES = r"\bto\s+[a-z]+\b[^.;]*?\band\s+(?:to\s+[a-z]+|not\s+to\s+[a-z]+)\b"
_AFTER_GERUND = r"(?=\s+(?:the|an?|any|their|his|her|its|your|them|it|to|with|whether|if|that|how)\b)"
_GERUNDS = rf"^(?:[A-Z][a-z]+ly\s+)?(?:{_VERBS})\s+(?:[a-z]+ly\s+)?[a-z]+ing\b[^.;]*?\band\s+(?:[a-z]+ly\s+)?[a-z]+ing\b{_AFTER_GERUND}"
_BOTH = rf"^(?:[A-Z][a-z]+ly\s+)?(?:{_VERB})\s+(?:\w+\s+){{0,2}}?both\b[^.;]*?\band\b"
_JOINS = tuple(re.compile(each, re.IGNORECASE) for each in (_JOIN, _INFINITIVES, _GERUNDS, _BOTH))
_STEPS = re.compile(r"(?:^|\n)\s*(?:step\s+\d+|[-*•]|\(?\d+[.)]|\(?[a-h]\))\s*[:.]?\s+\S", re.IGNORECASE)
_DEMAND = re.compile(
    rf"^(?:also|moreover|furthermore|in\s+addition|additionally|it\s+(?:must|should))\b|^(?:[a-z]+ly\s+)?{_VERB}|"
    rf"^(?:(?:the|this|a)\s+)?(?:reply|response|answer|completion|assistant|model)\s+(?:must|should|has\s+to|(?:also\s+)?{_VERB})",
    re.IGNORECASE,
)
_ITEM = (
    r"(?!(?:as|which|who|that|where|although|though|if|when|but|so|while|because|due|especially|particularly|not|or|"
    r"and|then|it|they|there|this)\b)[^\s,;:.]+(?:[ ]+[^\s,;:.]+){0,4}"
)
_LIST = re.compile(
    rf"[^\s,;:.]+(?:,\s+{_ITEM})*(?:,\s+{_ITEM}\s*,|,\s+(?![a-z]+ing\b)(?=\S+(?:\s+\S+)?\s+and\b){_ITEM})\s+and\s+[^\s,;:.]",
    re.IGNORECASE,
)
_EXAMPLES_ONLY = re.compile(
    r"\b(?:such\s+as|for\s+(?:example|instance)|e\.g|like|includ(?:e|es|ing)|any|one\s+of|at\s+least|or|either|"
    r"ranging|combination|mix(?:ture)?|balance|between|among|if|when|whether|unless|who|based\s+on|depend\w*)\b",
    re.IGNORECASE,
)
_OF_SOMEONE_ELSE = re.compile(r"\b(?:who|which)\b[^.;]*$", re.IGNORECASE)
_OF_SOMETHING_SAID = re.compile(r"\b(?:that|if|when|because)\b[^.;]*$", re.IGNORECASE)


def compound(rubric: Rubric) -> Iterable[Hit]:
    """Two demands joined by "and", ";", steps, list marks or sentences."""
    for criterion in judged(rubric):
        if joint := joined_at(criterion.criterion):
            yield Hit(f"asks for several things at once: {joint}", criterion.id)


def enumeration(rubric: Rubric) -> Iterable[Hit]:
    """Three things or more of which a reply may give some."""
    for criterion in judged(rubric):
        if not joined_at(criterion.criterion) and (listed := list_in(criterion.criterion)):
            yield Hit(f'asks for all of a list: "…{clipped(listed, 70)}"', criterion.id)


@lru_cache(maxsize=4096)
def joined_at(text: str) -> str | None:
    """Where a text joins two demands, in words; ``None`` where it makes but one."""
    if (steps := len(_STEPS.findall(text))) > 1:
        return f"{steps} numbered or listed steps"
    said = sentences(spoken(text))
    for sentence in said:
        if found := _join(sentence):
            start = max(found.end() - 40, 0)
            end = min(found.end() + 25, len(sentence))
            return f'"{"…" if start else ""}{sentence[start:end]}{"…" if end < len(sentence) else ""}"'
    demands = 1 + sum(_DEMAND.search(sentence) is not None for sentence in said[1:])
    return f"{demands} sentences, each a demand of its own" if demands > 1 else None


def _join(sentence: str) -> re.Match[str] | None:
    """The first place that joins two demands; not what a sentence says of somebody, or tells the reply to say."""
    for pattern in _JOINS:
        for found in pattern.finditer(sentence):
            before = sentence[: found.start()]
            is_denial = found.group().endswith(("not", "n't", "n’t"))
            if _OF_SOMEONE_ELSE.search(before) or (is_denial and _OF_SOMETHING_SAID.search(before)):
                continue
            return found
    return None


@lru_cache(maxsize=4096)
def list_in(text: str) -> str | None:
    """The first list of three or more things that all have to be there, if the text has one."""
    for sentence in sentences(spoken(text)):
        found = _LIST.search(sentence)
        if found and not _EXAMPLES_ONLY.search(sentence[: found.end()]):
            return sentence[found.start() :]
    return None
