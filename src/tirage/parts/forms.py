"""The project-wide form renderer: ``{{ form }}`` and ``{{ field.as_field_group }}`` in our own parts."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class PartsRenderer(TemplatesSetting):
    """Labels above, help under, errors beside; a summary with links on top when something is wrong."""

    form_template_name = "parts/forms/form.html"
    field_template_name = "parts/field.html"
