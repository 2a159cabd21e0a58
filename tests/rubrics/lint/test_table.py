"""The table of checks as the docs show it."""

from rvpo.rubrics.lint import CHECKS, checks_table


def test_a_row_a_check() -> None:
    head, rule, *rows = checks_table().splitlines()
    assert head == "| code | severity | finds | why it matters | what to write instead |"
    assert rule.count("---") == 5
    assert len(rows) == len(CHECKS)
    for row, check in zip(rows, CHECKS, strict=True):
        assert row.startswith(f"| `{check.code}` | {check.severity} | ")
        assert row.replace("\\|", "").count("|") == 6
