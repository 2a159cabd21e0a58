"""Other people's rubric files: importers and exporters, one module a format. Pure: text and plain data in and out."""
