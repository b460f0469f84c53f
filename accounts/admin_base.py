"""What every page of the admin has in common: rows, choices and permissions follow from roles."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.http import person
from accounts.models import Customer, Partner, User
from accounts.permissions import Capability, can, can_anywhere, partners_where


class BoundedPaginator(Paginator):
    """Counts no further than ``LIMIT`` rows: the cost of a page does not grow with the table."""

    LIMIT = 1000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[: self.LIMIT].count()


class WholeRowForm(forms.ModelForm):
    """Checks the constraints of the whole row: a field that is only shown takes part in what must be unique."""

    def _get_validation_exclusions(self) -> set[str]:
        shown = set(self.fields)
        relations = {field.name for field in self._meta.model._meta.fields if field.is_relation}
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return excluded - (relations - shown if self.instance.pk else set())


class ScopedModelAdmin(admin.ModelAdmin):
    """A page of the admin whose rows belong to a partner, or (``partner_path`` None) to the whole site.

    Permissions are capabilities of ``accounts.permissions``; Django's own permission tables are not used. A row
    outside the person's scope answers as one that does not exist: 404.
    """

    view_capabilities: tuple[Capability, ...] = ()
    edit_capabilities: tuple[Capability, ...] = ()
    form: type[forms.ModelForm] = WholeRowForm
    partner_path: str | None = None
    may_be_added = True
    may_be_deleted = False
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    list_per_page = 25
    list_max_show_all = 0

    # --- Rows ---

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows of the list, and of a page about one: what they name is read along with them."""
        rows = self.scoped(self.model, person(request), *self.view_capabilities).order_by(*self.get_ordering(request))
        joined = self.list_select_related
        named = {*(joined if isinstance(joined, (list, tuple)) else ())}
        if self._shows_partners(request):
            named.add("partner")
        return rows.select_related(*sorted(named)) if named else rows

    def get_list_display(self, request: HttpRequest) -> Any:
        """Name the partner of each row to those who see the rows of several."""
        columns = [*super().get_list_display(request)]
        return [*columns, "partner"] if self._shows_partners(request) else columns

    def _shows_partners(self, request: HttpRequest) -> bool:
        if self.partner_path != "partner":
            return False
        partners = partners_where(person(request), *self.view_capabilities)
        return partners is None or len(partners) > 1

    def scoped(self, model: type[models.Model], user: User, *capabilities: Capability) -> models.QuerySet[Any]:
        """Return the rows of ``model`` where ``user`` has one of ``capabilities``; none where they have it nowhere."""
        manager = model._default_manager
        visible: Any = manager.visible_to(user) if hasattr(manager, "visible_to") else manager.all()
        path = self.partner_path if model is self.model else PARTNER_PATHS.get(model)
        if path is None:
            return visible if any(can_anywhere(user, capability) for capability in capabilities) else visible.none()
        partners = partners_where(user, *capabilities)
        return visible if partners is None else visible.filter(**{f"{path}__in": partners})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if "\0" in object_id:
            raise Http404
        return super().get_object(request, object_id, from_field or None)  # ?_to_field= names no field

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        raise Http404

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only what the person may edit: a foreign key from the form is checked against the same rows."""
        if "queryset" not in kwargs:
            kwargs["queryset"] = self.scoped(db_field.remote_field.model, person(request), *self.edit_capabilities)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "partner" and field is not None:
            field.initial = self._only_partner(person(request))
        if field is not None and hasattr(field.widget, "can_add_related"):
            for option in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{option}_related", False)
        return field

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filter by what the filters offer, and by nothing else."""
        filters = self.get_list_filter(request)
        own = {getattr(entry, "parameter_name", None) for entry in filters}
        return lookup in own or lookup in {
            f"{entry}__{kind}" for entry in filters if isinstance(entry, str) for kind in ("exact", "isnull")
        }

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list. Characters and numbers that no row can have lead back to it instead of to the database."""
        chosen = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        if any("\0" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            return redirect(request.path)
        if any(not (one.isascii() and one.isdecimal() and len(one) < 19) for one in chosen):
            messages.warning(request, _("What you selected is no longer in this list. Select again."))
            return redirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def _only_partner(self, user: User) -> int | None:
        """Return the partner that somebody edits for, where it is the only one: then nobody has to choose it."""
        partners = partners_where(user, *self.edit_capabilities)
        return partners[0] if partners is not None and len(partners) == 1 else None

    # --- Permissions ---

    def place_of(self, obj: Any) -> Customer | Partner | None:
        """Return where the capabilities for ``obj`` are looked up."""
        if self.partner_path is None:
            return None
        return obj.customer if hasattr(obj, "customer") else obj.partner

    def _may(self, request: HttpRequest, capabilities: tuple[Capability, ...], obj: Any = None) -> bool:
        if obj is None:
            return any(can_anywhere(request.user, capability) for capability in capabilities)
        place = self.place_of(obj)
        return any(can(request.user, one, place) or can(request.user, one) for one in capabilities)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.view_capabilities)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.view_capabilities, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_be_added and self._may(request, self.edit_capabilities)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.edit_capabilities, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_be_deleted and self._may(request, self.edit_capabilities, obj)


PARTNER_PATHS: dict[type[models.Model], str] = {Customer: "partner", Partner: "pk"}
"""Where models that forms refer to name their partner."""
