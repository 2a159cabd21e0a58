"""results: how sure we are. Records of runs, their store, paired statistics, reports. Knows nobody else."""

from rvpo.results.errors import DifferentExams, ResultsError, RunFolderError
from rvpo.results.identity import make_run_id
from rvpo.results.manifest import new_manifest
from rvpo.results.reader import Run, open_run
from rvpo.results.records import Comparison, Effect, ItemRow, RunManifest, VerdictRow
from rvpo.results.report import CurvePanel, ReportContent, TablePanel, write_report
from rvpo.results.stats.compare import compare
from rvpo.results.store import RunWriter

__all__ = [
    "Comparison",
    "CurvePanel",
    "DifferentExams",
    "Effect",
    "ItemRow",
    "ReportContent",
    "ResultsError",
    "Run",
    "RunFolderError",
    "RunManifest",
    "RunWriter",
    "TablePanel",
    "VerdictRow",
    "compare",
    "make_run_id",
    "new_manifest",
    "open_run",
    "write_report",
]
