"""How forms look."""

from django.forms.renderers import TemplatesSetting


class PortalFormRenderer(TemplatesSetting):
    """Renders each field as the site's own component: label, help, error, input, in the order they are read."""

    field_template_name = "components/field.html"
    form_template_name = "components/form.html"
