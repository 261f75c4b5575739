"""Whole registries matched on the pages: a file in, its columns understood, rows checked, findings out."""
