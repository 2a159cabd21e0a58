"""Responses to judge, from whatever file holds them: one reader a form, all giving rows of one kind. Reads files."""

from rvpo.harness.responses.forms import FORMS, Form, form_of
from rvpo.harness.responses.reading import read_responses

__all__ = ["FORMS", "Form", "form_of", "read_responses"]
