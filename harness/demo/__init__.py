"""The main job, end to end, on the embedded model: train, examine, compare, report. ``rvpo demo`` runs it.

``items`` makes the data, ``plan`` holds every setting, ``stages`` does the work, ``judging`` shows a judged rubric,
``report`` puts it on one page. A second run with the same settings reuses whatever is finished.
"""
