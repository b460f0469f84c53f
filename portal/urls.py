"""Every address of the site."""

from allauth.account.views import password_set
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.reauthentication import reauthentication_required
from portal import help_views, message_views, opening_views, reading_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("language/", views.set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("health/", views.health, name="health"),
    path("ask/<str:kind>/", help_views.help_first, name="help_first"),
    path("opened/", opening_views.content_opened, name="content_opened"),
    path("help/<slug:key>/", help_views.help_page, name="help_page"),
    path("help/<slug:key>/helped/", reading_views.say_verdict, name="say_verdict"),
    path("self-service/", reading_views.self_service, name="self_service"),
    path("support/", reading_views.support_page, name="support"),
    path("search/", reading_views.find, name="search"),
    path("pictures/<slug:digest>", reading_views.picture, name="picture"),
    path("messages/", message_views.message_list, name="messages"),
    path("messages/read/", message_views.read_messages, name="read_messages"),
    path("messages/<int:pk>/", message_views.message, name="message"),
    path("messages/<int:pk>/read/", message_views.read_message, name="read_message"),
    path("messages/<int:pk>/dismiss/", message_views.dismiss_message, name="dismiss_message"),
    path("accounts/password/set/", reauthentication_required(password_set), name="account_set_password"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("accounts.second_factor_urls")),
    path("accounts/microsoft/", include("accounts.microsoft.urls")),
    path("", include("accounts.urls")),
    path("", include("requests_app.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns += [path("demo/mail/", views.demo_mail, name="demo_mail")]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.permission_denied"
handler404 = "portal.views.page_not_found"
handler429 = "portal.views.too_many_requests"  # allauth's own, for its limits
handler500 = "portal.views.server_error"
