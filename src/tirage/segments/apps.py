from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "tirage.segments"
    label = "segments"
