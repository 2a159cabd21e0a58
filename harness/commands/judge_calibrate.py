"""``rvpo judge calibrate``: what a judge's probabilities are worth by people's labels, as a file for the judge."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rvpo.harness.calibrating import CalibrationReport


@click.command("judge calibrate")
@click.argument("verdicts", type=click.Path(path_type=Path))
@click.argument("labels", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; left out, only look."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, verdicts: Path, labels: Path, out: Path | None, as_json: bool) -> int:
    """Fit a calibration to VERDICTS, a run folder whose judge gave probabilities, by LABELS: JSON lines {"id",
    "criterion", "met"} of people.

    What it is worth is measured by cross-validation. One that does not lower the Brier score is not written.

    Exit status: 0 done; 1 it does not help; 2 bad input or too few labels.
    """
    from rvpo.harness.calibrating import fit_from_run
    from rvpo.judges.calibration import save_calibration

    calibration, report = fit_from_run(verdicts, labels)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode({**msgspec.structs.asdict(report), "better": report.better}).decode())
    else:
        click.echo("\n".join(_page(report)))
    if not report.better:
        return 1
    if out is not None:
        save_calibration(calibration, out)
        if not as_json:
            click.echo(f"{out}: name it in the judge file as calibration")
    return 0


def _page(report: "CalibrationReport") -> Iterator[str]:
    from rvpo.harness.calibrating import ENOUGH

    yield f"{report.labels} labels on {report.items} responses, {report.met} of them met"
    if report.left_out:
        yield "left out: " + ", ".join(f"{count} {why}" for why, count in sorted(report.left_out.items()))
    yield f"{'':14}{'Brier':>8}{'ECE':>8}{'log loss':>10}"
    for name, error in (("as said", report.before), ("calibrated", report.after)):
        yield f"{name:14}{error.brier:8.4f}{error.ece:8.4f}{error.log_loss:10.4f}"
    for name, table in (("as said", report.table), ("calibrated", report.table_after)):
        yield f"{name:14}{'labels':>8}{'mean p':>8}{'met':>10}"
        yield from (
            f"  {row.low:.1f} to {row.high:.1f}  {row.count:8}{row.said:8.3f}{row.met:10.3f}" for row in table
        )
    yield "calibrated: each response by the labels of others"
    if report.labels < ENOUGH:
        yield f"with fewer than {ENOUGH} labels such a fit is rough: more would help"
    if not report.better:
        yield "the calibration does not lower the Brier score: it is not written"
