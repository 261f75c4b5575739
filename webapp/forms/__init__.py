"""The form's fields and pages, made from the vocabulary."""
