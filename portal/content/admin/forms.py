"""The forms of links and resources: texts in every language side by side, an address for each cloud, when it is shown."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import WholeRowForm
from accounts.edited_meanwhile import NotEditedMeanwhileForm
from portal.content.addresses import Known, known_addresses, set_addresses
from portal.content.articles import complaints
from portal.content.widgets import ArticleWidget
from portal.lib.clouds import Cloud, Service
from portal.lib.links import validate_link_template
from portal.models import Picture
from requests_app.models import Confidence, Kind

PARTS = ("address", "source", "confidence", "verified_on")
"""What is kept of an address; each has an input for each cloud."""


def address_fields(cloud: Cloud) -> tuple[str, ...]:
    """Return the names of the inputs for the address in one cloud."""
    return tuple(f"{part}_{cloud}" for part in PARTS)


def _inputs(cloud: Cloud) -> dict[str, forms.Field]:
    def named(part: Any) -> Any:
        return format_lazy(_("{cloud}: {part}"), cloud=cloud.label, part=part)

    parts = {
        "address": forms.CharField(
            label=named(_("address")), required=False, max_length=300, validators=[validate_link_template]
        ),
        "source": forms.CharField(label=named(_("source")), required=False, max_length=400),
        "confidence": forms.ChoiceField(
            label=named(_("how sure")), choices=Confidence, required=False, initial=Confidence.MEDIUM
        ),
        "verified_on": forms.DateField(
            label=named(_("verified on")),
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        ),
    }
    return {f"{part}_{cloud}": field for part, field in parts.items()}


class AddressFields:
    """Four inputs for each cloud; Django's metaclass of forms collects them as if each had been written out."""

    declared_fields: Mapping[str, forms.Field] = {
        name: field for cloud in Cloud for name, field in _inputs(cloud).items()
    }


class ContentForm(AddressFields, NotEditedMeanwhileForm, WholeRowForm):  # type: ignore[misc]
    """A text with its addresses, checked and saved as one thing."""

    def __init__(self, *args: Any, instance: Any = None, initial: Mapping[str, Any] | None = None, **kwargs: Any):
        kept = known_addresses(instance) if instance else {}
        shown = {f"{part}_{cloud}": getattr(known, part) for cloud, known in kept.items() for part in PARTS}
        super().__init__(*args, instance=instance, initial=shown | dict(initial or {}), **kwargs)
        self._had = kept

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        today = timezone.localdate()
        self._check_key(cleaned)
        for cloud in Cloud:
            address, source, _confidence, verified_on = (cleaned.get(name) for name in address_fields(cloud))
            if f"address_{cloud}" in self.errors:
                continue
            if not address and (source or verified_on) and cloud not in self._had:
                self.add_error(f"address_{cloud}", gettext("Give the address that the source and the date are about."))
            had = self._had.get(cloud)
            if had and address and address != had.address and verified_on == had.verified_on != today:
                cleaned[f"verified_on_{cloud}"] = None  # the day that stood there was about the old address
            if verified_on and verified_on > today:
                self.add_error(f"verified_on_{cloud}", gettext("This day is still to come."))
        return cleaned

    def _check_key(self, cleaned: dict[str, Any]) -> None:
        """Keep a partner's keys apart from those of what is for all: its customers read both."""
        key = cleaned.get("key", self.instance.key)
        partner = cleaned.get("partner", self.instance.partner)
        same = type(self.instance)._default_manager.filter(key=key).exclude(pk=self.instance.pk)
        if same.filter(partner=None).exists() if partner else same.exists():
            self.add_error("key" if "key" in self.fields else None, gettext("There is one with this key already."))

    def wanted_addresses(self) -> dict[Cloud, Known]:
        """Return the addresses as they were typed; a cloud whose address is empty has none."""
        return {
            cloud: Known(
                address=self.cleaned_data[f"address_{cloud}"],
                source=self.cleaned_data[f"source_{cloud}"],
                confidence=self.cleaned_data[f"confidence_{cloud}"] or Confidence.MEDIUM,
                verified_on=self.cleaned_data[f"verified_on_{cloud}"],
            )
            for cloud in Cloud
            if self.cleaned_data[f"address_{cloud}"]
        }

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]  # not in the stubs
        set_addresses(self.instance, self.wanted_addresses())


class SupportResourceForm(ContentForm):
    """An article, with services and kinds of requests as boxes to tick."""

    services = forms.MultipleChoiceField(
        label=_("Services"),
        choices=Service,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What it is about. None: about all of them."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Before which requests"),
        choices=Kind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: before each."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "body" in self.fields:
            self.fields["body"].widget = ArticleWidget()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "body" not in self.errors:
            self._check_article(cleaned.get("body", self.instance.body), cleaned.get("partner", self.instance.partner))
        return cleaned

    def _check_article(self, body: Mapping[str, str], partner: Any) -> None:
        """Tell what readers would miss: HTML, addresses and pictures that are not taken, each with its line."""
        pictures = Picture.objects.of_partners({partner.pk if partner else None})
        known = (
            set(pictures.values_list("key", flat=True)) if any("image:" in text for text in body.values()) else set()
        )
        for code, language in settings.LANGUAGES:
            for problem in complaints(body.get(code, ""), known):
                text = gettext("{language}: {problem}").format(language=language, problem=problem)
                self.add_error("body" if "body" in self.fields else None, text)
