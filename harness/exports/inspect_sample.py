"""A draw as inspect-ai's sample: conversation, scores, and the two events that its viewer makes a transcript of. Pure.

Rows keep no times of their own, so events bear the run's. Numbers of the judge (points, statuses) are shown in any case,
its words only with the text.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rvpo.harness.exports.texts import model_of, shown
from rvpo.results import ItemRow, Run, VerdictRow

_MET: Final = {0.0: "not met", 1.0: "met"}


def sample_of(row: ItemRow, run: Run, numbers: Mapping[str, float], *, with_text: bool) -> dict[str, Any]:
    """The sample.

    Args:
        row: The draw.
        run: Its run.
        numbers: Its measures, ``score`` first.
        with_text: Whether prompt, answer, reference and the judge's words are written, else their hashes.
    """
    words, model = shown(row, with_text=with_text), model_of(run)
    usage = _usage(row)
    sample: dict[str, Any] = {
        "id": row.item_id,
        "epoch": row.draw + 1,
        "input": words.turns[0]["content"] if len(words.turns) == 1 else words.turns,
        "target": words.target,
        "metadata": {"prompt_hash": row.prompt_hash, "status": row.status, "coverage": row.coverage},
        "messages": [*words.turns],
        "output": {"model": model, "choices": []},
        "model_usage": {model: usage} if usage else {},
    }
    if row.status == "failed":
        why = row.meta.get("error") if with_text else None
        error = {"message": str(why or "the model gave no answer"), "traceback": "", "traceback_ansi": ""}
        return sample | {"error": error, "events": [_event(run, "error", error=error)]}
    said = {"role": "assistant", "content": words.response, "source": "generate", "model": model}
    reason = "max_tokens" if row.status == "truncated" else "stop"
    output: dict[str, Any] = {"model": model, "choices": [{"message": said, "stop_reason": reason}]}
    output |= {"completion": words.response} | ({"usage": usage} if usage else {})
    scores = _scores(row, numbers, run.verdicts_of.get((row.item_id, row.draw), ()), with_text)
    asked = {"model": model, "input": words.turns, "tools": [], "tool_choice": "none", "config": {}}
    events = [
        _event(run, "model", **asked, output=output),
        *(
            _event(run, "score", score=score, target=words.target, scorer=name)
            for name, score in scores.items()
        ),
    ]
    return sample | {
        "messages": [*words.turns, said],
        "output": output,
        "scores": scores,
        "events": events,
    }


def _event(run: Run, kind: str, **fields: Any) -> dict[str, Any]:
    return {"event": kind, "timestamp": run.manifest.created, "working_start": 0.0, **fields}


def _usage(row: ItemRow) -> dict[str, int]:
    asked, said = (int(row.meta.get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
    if not asked + said:
        return {}
    return {"input_tokens": asked, "output_tokens": said, "total_tokens": asked + said}


def _scores(
    row: ItemRow,
    numbers: Mapping[str, float],
    verdicts: Sequence[VerdictRow],
    with_text: bool,
) -> dict[str, Any]:
    scores: dict[str, Any] = {name: {"value": value} for name, value in numbers.items()}
    if "score" in scores:
        told = {"explanation": _explained(verdicts, with_text)} if verdicts else {}
        scores["score"] |= told | {"metadata": {"values": dict(row.values)}}
    return scores


def _explained(verdicts: Sequence[VerdictRow], with_text: bool) -> str:
    """The verdicts as a list in Markdown, which inspect's viewer draws."""
    lines = []
    for verdict in verdicts:
        lines.append(f"- {_said(verdict)}: **{verdict.criterion_id}** ({verdict.points:g} points)")
        if with_text:
            lines[-1] += f" {_one_line(verdict.criterion)}" if verdict.criterion else ""
            lines += [f"  Judge: {_one_line(verdict.explanation)}"] if verdict.explanation else []
    return "\n".join(lines)


def _said(verdict: VerdictRow) -> str:
    if verdict.value is None or verdict.score is None:
        return verdict.status.replace("_", " ")
    return f"{'✓' if verdict.value >= 0.5 else '✗'} {_MET.get(verdict.score, f'{verdict.score:.3g}')}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
