from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Content of the site")

    def ready(self) -> None:
        from portal import checks  # noqa: F401, PLC0415 - registers the checks


class PortalAdminConfig(AdminConfig):
    """The admin without what other packages register: every page of it has our scope and our permissions."""

    default_site = "portal.admin_site.PortalAdminSite"

    def ready(self) -> None:
        super().ready()
        from django.contrib.admin import site  # noqa: PLC0415

        from accounts.admin_base import ScopedModelAdmin  # noqa: PLC0415 - models must be loaded

        site.unregister([model for model, page in site._registry.items() if not isinstance(page, ScopedModelAdmin)])
