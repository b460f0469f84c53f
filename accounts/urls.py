from django.urls import path

from accounts import second_factor_views, views

app_name = "accounts"
urlpatterns = [
    path("customer/", views.choose_customer, name="choose_customer"),
    path("settings/", views.settings_page, name="settings"),
    path("sessions/", views.sessions_page, name="sessions"),
    path("reauthenticate/", views.reauthenticate, name="reauthenticate"),
    path("second-factor/", second_factor_views.second_factor_page, name="second_factor"),
]
