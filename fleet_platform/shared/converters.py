"""Parts of urls."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class IdConverter(IntConverter):
    """A row's id: a number that a database column can hold, so that longer ones are unknown addresses."""

    regex = "[0-9]{1,18}"


register_converter(IdConverter, "id")
