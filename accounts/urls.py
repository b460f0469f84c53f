from django.urls import path

from accounts import invitation_views, people_views, second_factor_views, views

app_name = "accounts"
urlpatterns = [
    path("me/customer/", views.choose_customer, name="choose_customer"),
    path("me/settings/", views.settings_page, name="settings"),
    path("me/sessions/", views.sessions_page, name="sessions"),
    path("me/reauthenticate/", views.reauthenticate, name="reauthenticate"),
    path("me/second-factor/", second_factor_views.second_factor_page, name="second_factor"),
    path("invitation/<str:token>/", invitation_views.invitation, name="invitation"),
    path("people/", people_views.people, name="people"),
    path("people/invite/", people_views.invite, name="invite"),
    path("people/joining/", people_views.joining, name="joining"),
    path("people/<int:pk>/role/", people_views.change_role, name="change_role"),
    path("people/<int:pk>/remove/", people_views.remove, name="remove"),
    path("people/invitations/<int:pk>/resend/", people_views.resend, name="resend_invitation"),
    path("people/invitations/<int:pk>/revoke/", people_views.revoke, name="revoke_invitation"),
]
