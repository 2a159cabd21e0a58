"""The language described for editors (JSON Schema) and for readers (a page), both made from the records."""
