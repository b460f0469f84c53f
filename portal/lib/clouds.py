"""Microsoft's four clouds and the services in them: plain words that content and catalogue share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Cloud(models.TextChoices):
    """The cloud in which a customer's tenant lives."""

    COMMERCIAL = "commercial", _("Commercial")
    GCC = "gcc", "GCC"
    GCC_HIGH = "gcc_high", "GCC High"
    DOD = "dod", "DoD"


class Service(models.TextChoices):
    """A Microsoft service that a product contains and that customers configure themselves."""

    EXCHANGE = "exchange", "Exchange Online"
    SHAREPOINT = "sharepoint", "SharePoint Online"
    TEAMS = "teams", "Microsoft Teams"
    ENTRA = "entra", "Microsoft Entra ID"
    INTUNE = "intune", "Microsoft Intune"
    DEFENDER = "defender", "Microsoft Defender"
    OFFICE_APPS = "office_apps", _("Microsoft 365 apps")
    POWER_PLATFORM = "power_platform", "Power Platform"
    DYNAMICS = "dynamics", "Dynamics 365"
    AZURE = "azure", "Azure"
    WINDOWS = "windows", "Windows"
