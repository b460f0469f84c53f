from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("customer/", views.choose_customer, name="choose_customer"),
    path("settings/", views.settings_page, name="settings"),
]
