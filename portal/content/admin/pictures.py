"""Pictures of articles: uploaded once, shown by the text that an editor copies."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, TextField, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import WholeRowForm
from accounts.permissions import Capability, can_anywhere
from portal.content.admin.base import in_every_language
from portal.content.admin.whose import KeptForReaders
from portal.content.pictures import Made, key_from, made_anew
from portal.models import Picture, SupportResource


class PictureForm(WholeRowForm):
    """A picture with what it shows, in every language."""

    file = forms.FileField(
        label=_("Picture"),
        help_text=_("PNG, JPEG or WebP, up to 5 MB. It is made anew: what a camera has noted in it is left out."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    made: Made | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            self.fields["key"].required = False
            self.fields["key"].help_text = gettext("By which articles name it. Empty: made from the file's name.")
        if self.instance.pk and "file" in self.fields:
            self.fields["file"].required = False
            self.fields["file"].label = gettext("Another picture in its place")

    def clean_alt(self) -> Any:
        alt = self.cleaned_data["alt"]
        names = dict(settings.LANGUAGES)
        if missing := [names[code] for code in alt.missing()]:
            raise ValidationError(
                gettext("Say what it shows in every language; missing: %(languages)s.")
                % {"languages": ", ".join(missing)}
            )
        return alt

    def clean_file(self) -> Any:
        file = self.cleaned_data.get("file")
        if file:
            self.made = made_anew(file)
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "key" in self.fields and "key" not in self.errors:
            name = getattr(cleaned.get("file"), "name", "") or ""
            cleaned["key"] = cleaned.get("key") or key_from(name)
            if not cleaned["key"]:
                self.add_error("key", gettext("Give it a key: letters from a to z, digits and hyphens."))
            elif self._is_taken(cleaned["key"], cleaned.get("partner", self.instance.partner)):
                self.add_error("key", gettext("There is one with this key already."))
        return cleaned

    def _is_taken(self, key: str, partner: Any) -> bool:
        """Whether an article could not tell this picture from another: a partner's may show those for all, too."""
        same = Picture.objects.filter(key=key).exclude(pk=self.instance.pk)
        return (same.filter(models.Q(partner=None) | models.Q(partner=partner)) if partner else same).exists()


@admin.register(Picture)
class PictureAdmin(KeptForReaders):
    """What articles may show."""

    form = PictureForm
    may_be_deleted = True
    list_display = ["shown", "shown_key", "written", "said", "how_large", "in_use"]
    list_display_links = ["shown_key"]
    search_fields = ["key", "alt"]
    search_help_text = _("Key, or what it shows")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Leave out the content, and say whether an article shows the picture."""
        written = Concat(Value("image:"), OuterRef("key"), output_field=TextField())
        texts = SupportResource.objects.annotate(text=Cast("body", TextField())).filter(text__contains=written)
        return super().get_queryset(request).defer("content").annotate(is_used=Exists(texts))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        whose = (
            ["partner"]
            if (obj.partner_id if obj else can_anywhere(request.user, Capability.MANAGE_OWN_CONTENT))
            else []
        )
        if obj is None:
            return [*whose, "file", "alt", "key"]
        kept = ["file", "alt"] if self.has_change_permission(request, obj) else ["shown_alt"]
        return ["shown", "written", *whose, *kept, "in_use"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A key stays as articles have it, and a picture stays whose it is."""
        return ["shown", "written", "partner", "shown_alt", "in_use"] if obj else []

    def save_model(self, request: HttpRequest, obj: Picture, form: Any, change: bool) -> None:
        made: Made | None = form.made
        if made is not None:
            obj.content, obj.content_type, obj.digest = made.content, made.content_type, made.digest
            obj.width, obj.height, obj.size = made.width, made.height, len(made.content)
            obj.added_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What an article shows stays: take it out there first."""
        return super().has_delete_permission(request, obj) and not getattr(obj, "is_used", False)

    @admin.display(description=_("picture"))
    def shown(self, obj: Picture) -> SafeString:
        return format_html(
            '<img class="thumbnail" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
            obj.address, str(obj.alt), obj.width, obj.height,
        )  # fmt: skip

    @admin.display(description=_("key"), ordering="key")
    def shown_key(self, obj: Picture) -> str:
        return obj.key

    @admin.display(description=_("what it shows"))
    def said(self, obj: Picture) -> str:
        return str(obj.alt)

    @admin.display(description=_("what it shows"))
    def shown_alt(self, obj: Picture) -> SafeString:
        return in_every_language(obj.alt)

    @admin.display(description=_("in an article"))
    def written(self, obj: Picture) -> SafeString:
        return format_html('<code class="code nowrap">{}</code>', obj.snippet)

    @admin.display(description=_("size"), ordering="size")
    def how_large(self, obj: Picture) -> str:
        return f"{obj.width} × {obj.height}, {filesizeformat(obj.size)}"

    @admin.display(description=_("used"))
    def in_use(self, obj: Any) -> str:
        return gettext("Yes") if obj.is_used else gettext("No")
