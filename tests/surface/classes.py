"""The one place where every address and every model is given its class, a line each.

A route or a model that is in no line fails the build, and so does a line whose route or model is gone
(``test_classes.py``). What a line says is checked in ``test_matrix.py``: a page opens for exactly the people it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Model

from tests.surface.routes import Route, admin_routes

# --- Who ---------------------------------------------------------------------------------------------------------

HOME = {
    "": "customer", "alice": "customer", "bob": "customer", "carol": "customer", "charlie": "sibling",
    "frank": "foreign", "dana": "customer", "max": "customer", "erin": "foreign", "sam": "customer", "root": "customer",
}  # fmt: skip
"""Each role, the stranger first, and the customer whose rows are its own (of those without one: any)."""

ROLES = tuple(HOME)
ANYBODY = frozenset(ROLES)
STRANGER = frozenset({""})
SIGNED_IN = ANYBODY - STRANGER
CUSTOMERS = frozenset({"alice", "bob", "carol", "charlie", "frank"})
ASKERS = CUSTOMERS - {"carol"}
ADMINS = frozenset({"alice", "charlie", "frank"})
PARTNERS = frozenset({"dana", "max", "erin"})
MANAGERS = PARTNERS - {"dana"}
STAFF = frozenset({"sam", "root"})
ROOT = frozenset({"root"})
DESK = PARTNERS | STAFF
NOBODY: frozenset[str] = frozenset()

# --- What everybody may see ----------------------------------------------------------------------------------------
# Owners are customers, partners, people and the site. "owner" is all of its rows, "owner/Model" one kind of them,
# "owner/Model.field" one column.

PEOPLE = {
    "customer": ("alice", "bob", "carol"), "sibling": ("charlie", "sid"), "foreign": ("frank", "fay"),
    "partner": ("dana", "max"), "other_partner": ("erin", "ed"), "site": ("sam", "root"),
}  # fmt: skip
EVERYBODY = tuple(person for people in PEOPLE.values() for person in people)
CUSTOMERS_OF = {"partner": ("customer", "sibling"), "other_partner": ("foreign",)}


READ_BY_CUSTOMERS = (
    "Picture.key", "Picture.alt", "Picture.digest", "Picture.content",
    "SelfServiceLink.key", "SelfServiceLink.title", "SelfServiceLink.description", "ContentAddress.address",
    "SupportResource.key", "SupportResource.title", "SupportResource.summary", "SupportResource.body",
    "Announcement.key", "Announcement.title", "Announcement.body", "Announcement.address",
)  # fmt: skip
"""What customers are shown of what their partner keeps for them: not who keeps it, nor what is noted about it."""


def _of_customer(customer: str, partner: str) -> set[str]:
    """Customer's people: their customer, their colleagues, what their partner shows, who of it answers them."""
    return {
        customer, f"{partner}/Partner", f"{partner}/Offer", *(f"{partner}/{one}" for one in READ_BY_CUSTOMERS),
        *(f"{person}/User" for person in PEOPLE[customer]),
        *(f"{person}/User.name" for person in (*PEOPLE[partner], "root")),
    }  # fmt: skip


def _of_partner(partner: str) -> set[str]:
    """Partner's people: the partner, its customers, everybody who belongs to one of them, and the staff as authors."""
    places = (partner, *CUSTOMERS_OF[partner])
    return {*places, *(f"{person}/User" for place in (*places, "site") for person in PEOPLE[place])}


SEES: dict[str, set[str]] = {
    "": set(),
    **{name: _of_customer("customer", "partner") for name in ("alice", "bob", "carol")},
    "charlie": _of_customer("sibling", "partner"),
    "sid": _of_customer("sibling", "partner"),
    "frank": _of_customer("foreign", "other_partner"),
    "fay": _of_customer("foreign", "other_partner"),
    **{name: _of_partner("partner") for name in ("dana", "max")},
    **{name: _of_partner("other_partner") for name in ("erin", "ed")},
    # Staff look after partners and accounts; customers, their requests and partners' prices are not their business.
    "sam": {
        f"{partner}/{model}"
        for partner in CUSTOMERS_OF
        for model in (
            "Partner",
            "PartnerHoliday",
            "PartnerMembership",
            "Invitation",
            "LogEntry",
            "SelfServiceLink",
            "SupportResource",
            "ContentAddress",
            "Picture",
            "Announcement",
        )
    }
    | {f"{person}/{model}" for person in EVERYBODY for model in ("User", "LogEntry")},
    "root": {*CUSTOMERS_OF, *(one for many in CUSTOMERS_OF.values() for one in many)}
    | {f"{person}/{model}" for person in EVERYBODY for model in ("User", "LogEntry")},
}
# Of mails staff see what became of them, never what they say.
ABOUT_A_MAIL = {
    f"{person}/OutgoingMail.{one}" for person in EVERYBODY for one in ("key", "kind", "message_id", "last_error")
}
for _name in ("sam", "root"):
    SEES[_name] |= ABOUT_A_MAIL
for _name in SEES:
    SEES[_name] |= {"site", _name}  # the site's own texts, and everything of one's own

# --- Models --------------------------------------------------------------------------------------------------------

TENANT_OWNED = {
    "accounts.Partner", "accounts.PartnerHoliday", "accounts.PartnerMembership", "accounts.Customer", "accounts.CustomerMembership",
    "requests_app.Offer", "requests_app.Subscription", "requests_app.SubscriptionRequest", "requests_app.RequestLine",
    "requests_app.RequestEvent", "requests_app.Attachment", "requests_app.SeatBatch", "admin.LogEntry", "accounts.Invitation", "portal.HelpAnswer", "portal.ContentOpening",
    "requests_app.ImportRun", "requests_app.ImportMapping", "requests_app.ImportLine",
    "portal.SelfServiceLink", "portal.SupportResource", "portal.ContentAddress", "portal.Announcement", "portal.Picture",
    "portal.ArticleVerdict",
}  # fmt: skip
PERSONAL = {
    "accounts.User", "accounts.OutgoingMail", "accounts.Delivery", "account.EmailAddress", "account.EmailConfirmation",
    "mfa.Authenticator", "usersessions.UserSession", "socialaccount.SocialAccount",
    "requests_app.BulkRun", "requests_app.BulkItem", "portal.AnnouncementRead",
}  # fmt: skip
SHARED = {
    "requests_app.Product", "requests_app.CancellationPolicy",
}  # fmt: skip
MACHINERY = {
    "auth.Permission", "auth.Group", "contenttypes.ContentType", "sessions.Session", "procrastinate.ProcrastinateWorker",
    "accounts.Affiliation", "accounts.FormerMember", "socialaccount.SocialApp", "socialaccount.SocialToken",
    "requests_app.CancellationPolicyEvent", "portal.SelfServiceLinkEvent", "portal.SupportResourceEvent",
    "portal.ContentAddressEvent", "portal.AnnouncementEvent", "pghistory.Context", "pghistory.Events", "pghistory.MiddlewareEvents",
    "procrastinate.ProcrastinateJob", "procrastinate.ProcrastinateEvent", "procrastinate.ProcrastinatePeriodicDefer",
}  # fmt: skip
"""Holds nobody's texts, or (sessions) none that a page shows to anybody else; searched by ``visitor.py`` all the same."""

PARTNER_LEVEL = {
    "Partner", "PartnerHoliday", "PartnerMembership", "Offer", "Invitation", "ImportRun", "ImportMapping", "ImportLine",
    "SelfServiceLink", "SupportResource", "ContentAddress", "Announcement", "Picture",
}  # fmt: skip
"""Tenant-owned models whose rows belong to a partner rather than to one of its customers."""

WITHOUT_CANARY = {
    "User.last_language": "a language code",
    "User.time_zone": "the name of a zone",
    "Partner.time_zone": "the name of a zone",
    "SubscriptionRequest.facts": "codes, numbers and dates",
    "SubscriptionRequest.preview": "codes, numbers and dates",
    "RequestEvent.changes": "codes, numbers and dates",
    "ImportRun.columns": "names of ours and numbers",
    "ImportRun.digest": "a digest",
    "ImportMapping.how": "codes",
    "Attachment.content_type": "one of the types that are taken",
    "Picture.content_type": "one of the types that are taken",
    "BulkRun.language": "a language code",
    "Invitation.role": "one of the roles there are",
    "Authenticator.data": "its name is a canary, the rest must be a key",
    "SocialAccount.provider": "one of the authorities",
    "Offer.currency": "three capital letters",
    "RequestLine.currency": "three capital letters",
    "SubscriptionRequest.number": "is a canary as it stands",
    "EmailAddress.email": "the person's own address, which is a canary",
    "Delivery.recipient": "the person's own address, which is a canary",
    "Delivery.kind": "a column of OutgoingMail",
    "Delivery.message_id": "a column of OutgoingMail",
    "Delivery.last_error": "a column of OutgoingMail",
    "OutgoingMail.recipient": "the person's own address, which is a canary",
    "LogEntry.object_id": "the key of a row, which is a canary",
}

# --- Routes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opens:
    """What a GET of a route answers, each person asking for an object of their own.

    ``to``: for exactly these it answers 200, or leads to ``leads_to``. ``of``: the kind of row that the address names;
    ``query``: parameters that name one instead, in the query and in the form; ``posts``: those of the form alone.
    ``prefilled``: what else stands in the query, so that the page's form is whole.
    ``arguments``: what else the address is made of. ``form``: what a POST sends beyond what the page's own form holds.
    ``writes``: the POST of somebody changes rows.
    """

    to: frozenset[str]
    of: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    prefilled: Mapping[str, str] = field(default_factory=dict)
    posts: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    leads_to: str = ""
    writes: bool = False


ROUTES: dict[str, Opens] = {
    # The site's own
    "home": Opens(STRANGER | CUSTOMERS),
    "set_language": Opens(NOBODY, form={"language": "zh-hant"}, writes=True),
    "set_theme": Opens(NOBODY, form={"theme": "dark"}),
    "health": Opens(ANYBODY),
    # A person's own
    "accounts:choose_customer": Opens(NOBODY, posts={"customer": "customer"}),
    "accounts:settings": Opens(SIGNED_IN, form={"name": "Another name"}, writes=True),
    # Signing in and out
    "account_login": Opens(STRANGER, form={"login": "{alice}"}),
    "account_logout": Opens(SIGNED_IN),
    "account_inactive": Opens(ANYBODY),
    "account_signup": Opens(STRANGER),
    "account_reauthenticate": Opens(SIGNED_IN),
    "account_email": Opens(SIGNED_IN, form={"action_add": ""}, writes=True),
    "account_email_verification_sent": Opens(ANYBODY),
    "account_change_password": Opens(SIGNED_IN, form={"password1": "another-horse-battery", "password2": "another-horse-battery"}, writes=True),
    "account_set_password": Opens(SIGNED_IN, leads_to="/accounts/password/change/"),
    "account_reset_password": Opens(ANYBODY, form={"email": "{alice}"}, writes=True),
    "account_reset_password_done": Opens(ANYBODY),
    "account_reset_password_from_key": Opens(ANYBODY, arguments={"uidb36": "1", "key": "no-such-key"}),
    "account_reset_password_from_key_done": Opens(ANYBODY),
    "account_confirm_email": Opens(ANYBODY, arguments={"key": "no-such-key"}),
    "account_request_login_code": Opens(STRANGER, form={"email": "{alice}"}, writes=True),
    "account_confirm_login_code": Opens(NOBODY),
    "accounts:reauthenticate": Opens(NOBODY),
    "accounts:second_factor": Opens(ANYBODY, leads_to="/"),
    "accounts:sessions": Opens(SIGNED_IN, writes=True),
    "mfa_index": Opens(SIGNED_IN),
    "mfa_authenticate": Opens(NOBODY),
    "mfa_reauthenticate": Opens(NOBODY),
    "mfa_activate_totp": Opens(SIGNED_IN),
    "mfa_deactivate_totp": Opens(NOBODY),
    "mfa_view_recovery_codes": Opens(NOBODY),
    "mfa_download_recovery_codes": Opens(NOBODY),
    "mfa_generate_recovery_codes": Opens(SIGNED_IN, writes=True),
    "mfa_list_webauthn": Opens(SIGNED_IN),
    "mfa_add_webauthn": Opens(SIGNED_IN),
    "mfa_edit_webauthn": Opens(frozenset({"carol"}), of="authenticator", form={"name": "Another name"}, writes=True),
    "mfa_remove_webauthn": Opens(frozenset({"carol"}), of="authenticator", writes=True),
    "mfa_login_webauthn": Opens(NOBODY),
    "mfa_reauthenticate_webauthn": Opens(SIGNED_IN),
    "microsoft_accounts": Opens(SIGNED_IN),
    "microsoft_disconnect": Opens(NOBODY),
    "microsoft_login": Opens(NOBODY, arguments={"slug": "global"}),
    "microsoft_connect": Opens(NOBODY, arguments={"slug": "global"}),
    "microsoft_callback": Opens(NOBODY, arguments={"slug": "global"}),
    # Coming in, and who belongs
    "accounts:invitation": Opens(NOBODY, arguments={"token": "no-such-token"}),
    "accounts:people": Opens(CUSTOMERS),
    "accounts:invite": Opens(ADMINS, posts={"customer": "customer"}, form={"email": "new@example.com", "role": "viewer"}, writes=True),
    "accounts:joining": Opens(NOBODY, posts={"customer": "customer"}, form={"allowed": "yes"}, writes=True),
    "accounts:change_role": Opens(ADMINS, of="customermembership", form={"role": "requester"}, writes=True),
    "accounts:remove": Opens(ADMINS, of="customermembership", writes=True),
    "accounts:resend_invitation": Opens(NOBODY, of="invitation.customer", writes=True),
    "accounts:revoke_invitation": Opens(NOBODY, of="invitation.customer", writes=True),
    "admin:accounts_invitation_resend": Opens(MANAGERS | STAFF, of="invitation", writes=True),
    "admin:accounts_invitation_revoke": Opens(MANAGERS | STAFF, of="invitation", writes=True),
    "admin:accounts_delivery_send_again": Opens(STAFF, of="delivery", writes=True),
    # The customer's pages
    "requests_app:subscription_list": Opens(CUSTOMERS),
    "requests_app:subscription_detail": Opens(CUSTOMERS, of="subscription"),
    "requests_app:renewals": Opens(CUSTOMERS),
    "requests_app:request_list": Opens(CUSTOMERS),
    "requests_app:request_detail": Opens(CUSTOMERS, of="subscriptionrequest"),
    "requests_app:answer_request": Opens(CUSTOMERS, of="subscriptionrequest.waiting", form={"text": "An answer", "submission_key": "5ea7ed00-0000-4000-8000-000000000000"}, leads_to="/requests/", writes=True),
    "requests_app:write_message": Opens(CUSTOMERS, of="subscriptionrequest", leads_to="/requests/", writes=True),
    "requests_app:withdraw_request": Opens(CUSTOMERS, of="subscriptionrequest", leads_to="/requests/", writes=True),
    "requests_app:attachment": Opens(CUSTOMERS | PARTNERS | ROOT, of="attachment"),
    "requests_app:new_purchase": Opens(ASKERS, query={"lines-0-offer": "offer", "customer": "customer"}, prefilled={"lines-0-quantity": "3"}, writes=True),
    "requests_app:new_cancellation": Opens(ASKERS, query={"subscription": "subscription"}, prefilled={"when": "now"}, writes=True),
    "requests_app:new_more_seats": Opens(ASKERS, query={"subscription": "subscription"}, prefilled={"seats": "3"}, writes=True),
    "requests_app:new_fewer_seats": Opens(ASKERS, query={"subscription": "subscription"}, prefilled={"seats": "3"}, writes=True),
    "requests_app:new_end_of_term": Opens(ASKERS, query={"subscription": "subscription"}, prefilled={"choice": "renew"}, writes=True),
    "requests_app:preview_purchase": Opens(ASKERS, query={"lines-0-offer": "offer", "customer": "customer"}, prefilled={"lines-0-quantity": "3"}),
    "requests_app:preview_cancellation": Opens(ASKERS, query={"subscription": "subscription"}, prefilled={"when": "now"}),
    "requests_app:preview_more_seats": Opens(ASKERS, query={"subscription": "subscription"}, prefilled={"seats": "3"}),
    "requests_app:preview_fewer_seats": Opens(ASKERS, query={"subscription": "subscription"}, prefilled={"seats": "3"}),
    "requests_app:preview_end_of_term": Opens(ASKERS, query={"subscription": "subscription"}, prefilled={"choice": "renew"}),
    "help_first": Opens(ASKERS, arguments={"kind": "cancellation"}, query={"subscription": "subscription"}, writes=True),
    "content_opened": Opens(NOBODY, posts={"link": "selfservicelink", "customer": "customer"}, writes=True),
    "help_page": Opens(SIGNED_IN, of="supportresource"),
    "say_verdict": Opens(NOBODY, of="supportresource", form={"helped": "no"}, writes=True),
    "self_service": Opens(CUSTOMERS),
    "support": Opens(CUSTOMERS),
    "search": Opens(CUSTOMERS, prefilled={"q": "q"}),
    "picture": Opens(SIGNED_IN, of="picture"),
    "messages": Opens(CUSTOMERS),
    "message": Opens(CUSTOMERS, of="announcement"),
    "read_message": Opens(NOBODY, of="announcement", writes=True),
    "dismiss_message": Opens(NOBODY, of="announcement", writes=True),
    "read_messages": Opens(NOBODY, writes=True),
    # The desk
    "admin:index": Opens(DESK),
    "admin:login": Opens(DESK, leads_to="/admin/"),
    "admin:logout": Opens(DESK, leads_to="/accounts/logout/"),
    "admin:password_change": Opens(DESK, leads_to="/accounts/password/change/"),
    "admin:password_change_done": Opens(DESK),
    "admin:jsi18n": Opens(DESK),
    "admin:figures": Opens(MANAGERS | ROOT, query={"partner": "partner"}),
    "admin:app_list": Opens(DESK, arguments={"app_label": "accounts"}),
    "/admin/(?P<url>.*)": Opens(NOBODY, arguments={"url": "nowhere/"}),
    "admin:requests_app_subscriptionrequest_next": Opens(PARTNERS | ROOT, leads_to="/admin/requests_app/subscriptionrequest/", writes=True),
    "admin:requests_app_subscriptionrequest_claim": Opens(PARTNERS | ROOT, of="subscriptionrequest", writes=True),
    "admin:requests_app_subscriptionrequest_release": Opens(PARTNERS | ROOT, of="subscriptionrequest.in_review", writes=True),
    "admin:requests_app_subscriptionrequest_approve": Opens(PARTNERS | ROOT, of="subscriptionrequest.in_review", writes=True),
    "admin:requests_app_subscriptionrequest_decline": Opens(PARTNERS | ROOT, of="subscriptionrequest.in_review", writes=True),
    "admin:requests_app_subscriptionrequest_complete": Opens(PARTNERS | ROOT, of="subscriptionrequest.approved", writes=True),
    "admin:requests_app_subscriptionrequest_ask_customer": Opens(PARTNERS | ROOT, of="subscriptionrequest.in_review", writes=True),
    "admin:requests_app_subscriptionrequest_resume": Opens(PARTNERS | ROOT, of="subscriptionrequest.waiting", writes=True),
    "admin:requests_app_subscriptionrequest_reassign": Opens(PARTNERS | ROOT, of="subscriptionrequest.in_review", writes=True),
    "admin:requests_app_subscriptionrequest_fail": Opens(PARTNERS | ROOT, of="subscriptionrequest.approved", writes=True),
    "admin:requests_app_subscriptionrequest_retry": Opens(PARTNERS | ROOT, of="subscriptionrequest.failed", writes=True),
    "admin:requests_app_subscriptionrequest_message": Opens(PARTNERS | ROOT, of="subscriptionrequest", writes=True),
    "admin:requests_app_importrun_add": Opens(MANAGERS | ROOT),  # without a file nothing is written
    "admin:requests_app_importrun_columns": Opens(MANAGERS | ROOT, of="importrun", writes=True),
    "admin:requests_app_importrun_reading": Opens(MANAGERS | ROOT, of="importrun", form={"encoding": "cp950", "delimiter": ","}, leads_to="/admin/requests_app/importrun/", writes=True),
    "admin:requests_app_importrun_confirm": Opens(MANAGERS | ROOT, of="importrun", form={"digest": "0123456789abcdef" * 4}, leads_to="/admin/requests_app/importrun/", writes=True),
    "admin:requests_app_importrun_remove": Opens(MANAGERS | ROOT, of="importrun", writes=True),
    "admin:requests_app_importrun_export": Opens(MANAGERS | ROOT, arguments={"kind": "customers"}),
    "admin:requests_app_subscriptionrequest_note": Opens(PARTNERS | ROOT, of="subscriptionrequest", writes=True),
    "admin:requests_app_subscriptionrequest_bulk": Opens(PARTNERS | ROOT, posts={"selected": "subscriptionrequest"}, form={"step": "claim", "confirmed": "1"}, writes=True),
    "admin:requests_app_subscriptionrequest_bulk_run": Opens(frozenset({"dana", "erin"}), of="bulkrun"),
    "admin:requests_app_subscriptionrequest_export": Opens(PARTNERS | ROOT, prefilled={"format": "csv"}),
    "admin:content_preview": Opens(MANAGERS | STAFF),
    "admin:portal_picture_add": Opens(MANAGERS | STAFF),  # without a file nothing is written
    "admin:content_article": Opens(MANAGERS | STAFF, form={"body_en": "# A heading"}, leads_to="/admin/portal/supportresource/"),
    "admin:content_addresses": Opens(MANAGERS | STAFF, posts={"selected": "contentaddress"}, form={"verify": "selected"}, writes=True),
    "admin:portal_selfservicelink_import": Opens(MANAGERS | STAFF),  # without a file nothing is written
    "admin:portal_selfservicelink_export": Opens(MANAGERS | STAFF, prefilled={"format": "csv"}),
    "admin:content_effects": Opens(MANAGERS | STAFF, query={"partner": "partner"}),
    "admin:content_effects_export": Opens(MANAGERS | STAFF, query={"partner": "partner"}),
    "admin:portal_selfservicelink_order": Opens(MANAGERS | STAFF, writes=True),
    "admin:portal_supportresource_order": Opens(MANAGERS | STAFF, writes=True),
    "admin:portal_selfservicelink_restore": Opens(MANAGERS | ROOT, of="selfservicelink", form={"version": "1", "newest": "1"}, leads_to="/admin/portal/selfservicelink/", writes=True),
    "admin:portal_supportresource_restore": Opens(MANAGERS | ROOT, of="supportresource", form={"version": "1", "newest": "1"}, leads_to="/admin/portal/supportresource/", writes=True),
    "admin:portal_announcement_restore": Opens(MANAGERS | ROOT, of="announcement", form={"version": "1", "newest": "1"}, leads_to="/admin/portal/announcement/", writes=True),
    "admin:requests_app_subscriptionrequest_hand_over": Opens(MANAGERS | ROOT),
}  # fmt: skip
if settings.DEMO:
    ROUTES["demo_mail"] = Opens(ANYBODY)


@dataclass(frozen=True)
class Pages:
    """Who opens which of a model's pages in the admin; who may change a row opens its page to write, others to read.

    ``action``: an action of its list that changes rows. ``form``: what a row that is added must have of its own.
    """

    view: frozenset[str]
    change: frozenset[str] = NOBODY
    add: frozenset[str] = NOBODY
    delete: frozenset[str] = NOBODY
    action: str = ""
    form: Mapping[str, str] = field(default_factory=dict)


ADMIN: dict[str, Pages] = {
    # Of what is for all customers staff keep every row; these are a partner's own.
    "portal.SelfServiceLink": Pages(MANAGERS | STAFF, change=MANAGERS | ROOT, add=MANAGERS | STAFF, delete=MANAGERS | ROOT, action="delete_selected", form={"title_en": "Link"}),
    "portal.SupportResource": Pages(MANAGERS | STAFF, change=MANAGERS | ROOT, add=MANAGERS | STAFF, delete=MANAGERS | ROOT, action="delete_selected", form={"title_en": "Help", "summary_en": "Help"}),
    "portal.Picture": Pages(MANAGERS | STAFF, change=MANAGERS | ROOT, add=MANAGERS | STAFF, delete=MANAGERS | ROOT, action="delete_selected"),
    "portal.Announcement": Pages(MANAGERS | STAFF, change=MANAGERS | ROOT, add=MANAGERS | STAFF, delete=MANAGERS | ROOT, action="unpublish", form={"title_en": "Message"}),
    "requests_app.Product": Pages(DESK, change=STAFF, add=STAFF, form={"name_en": "Product"}),
    "requests_app.CancellationPolicy": Pages(DESK, change=STAFF, add=STAFF, delete=STAFF, action="delete_selected", form={"product_type": "license_based", "in_force_from": "2031-01-01", "window_hours": "24", "source": "A page"}),
    "requests_app.Offer": Pages(PARTNERS | ROOT, change=MANAGERS | ROOT, add=MANAGERS | ROOT, form={"currency": "USD"}),
    "requests_app.Subscription": Pages(PARTNERS | ROOT, change=MANAGERS | ROOT, add=MANAGERS | ROOT),
    "requests_app.ImportRun": Pages(MANAGERS | ROOT, add=MANAGERS | ROOT),
    "requests_app.SubscriptionRequest": Pages(PARTNERS | ROOT),
    "accounts.User": Pages(STAFF, change=STAFF),
    "accounts.Partner": Pages(DESK, change=MANAGERS | STAFF, add=STAFF),
    "accounts.PartnerHoliday": Pages(DESK, change=MANAGERS | STAFF, add=MANAGERS | STAFF, delete=MANAGERS | STAFF, action="delete_selected", form={"date": "2031-01-01"}),
    "accounts.Customer": Pages(PARTNERS | ROOT, change=MANAGERS | ROOT, add=MANAGERS | ROOT),
    "accounts.Invitation": Pages(MANAGERS | STAFF, add=MANAGERS | STAFF, form={"email": "new@example.com"}),
    "accounts.CustomerMembership": Pages(MANAGERS | ROOT, change=MANAGERS | ROOT, delete=MANAGERS | ROOT, action="delete_selected"),
    "accounts.Delivery": Pages(STAFF, action="send_again"),
    "accounts.PartnerMembership": Pages(MANAGERS | STAFF, change=MANAGERS | STAFF, delete=MANAGERS | STAFF, action="delete_selected"),
}  # fmt: skip


def _of_admin(model: type[Model], kind: str) -> Opens | None:
    pages = ADMIN.get(model._meta.label)
    if pages is None:
        return None
    of = str(model._meta.model_name)
    return {
        "changelist": Opens(
            pages.view,
            posts={"_selected_action": of} if pages.action else {},
            form={"action": pages.action, "post": "yes"} if pages.action else {},
            writes=bool(pages.action),
        ),
        "add": Opens(pages.add, form=pages.form, writes=bool(pages.add)),
        "history": Opens(pages.view, of=of),
        "delete": Opens(pages.delete, of=of, writes=bool(pages.delete)),
        "change": Opens(pages.view, of=of, writes=bool(pages.change)),
        "old address": Opens(DESK, of=of, leads_to=f"/admin/{model._meta.app_label}/{of}/"),
    }[kind]


def class_of(route: Route) -> Opens:
    """Return the class of a route. Raises AssertionError, with what to do, where it has none."""
    known = ROUTES.get(route.name)
    if known is None and route.name in admin_routes():
        known = _of_admin(*admin_routes()[route.name])
    assert known is not None, (
        f"{route.name} ({route.template}) is in no class: say in tests/surface/classes.py for whom it opens."
    )
    return known
