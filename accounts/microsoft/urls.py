from django.urls import path

from accounts.microsoft import views

# Without a namespace, as allauth's own addresses beside which they stand.
urlpatterns = [
    path("", views.accounts, name="microsoft_accounts"),
    path("disconnect/", views.disconnect, name="microsoft_disconnect"),
    path("<slug:slug>/login/", views.login, name="microsoft_login"),
    path("<slug:slug>/connect/", views.connect, name="microsoft_connect"),
    path("<slug:slug>/callback/", views.callback, name="microsoft_callback"),
]
