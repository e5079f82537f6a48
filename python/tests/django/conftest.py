"""Starts Django, once for all tests of this folder."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django.settings"
django.setup()
