"""The console as a browser sees it."""

from django.test import Client
from django.urls import reverse


def url(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def inside(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser
