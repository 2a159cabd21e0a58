"""Rubrics, their differences and lint's findings as pages for a terminal: functions to ``rich`` renderables. Pure."""
