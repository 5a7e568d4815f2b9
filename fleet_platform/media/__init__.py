"""Uploaded files: who sent what, where it lies, and the address that serves it.

shared/media.py judges the content; models.py has a row for each file, services.py stores and deletes, pages.py serves
`/uploads/<name>` from a folder or a bucket alike. strays.py deletes files that no row names.
"""
