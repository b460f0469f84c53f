from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import path

from benchmarks.plain import admin as pages  # noqa: F401 - registers the list
from benchmarks.plain.views import ask

urlpatterns = [
    path("accounts/login/", LoginView.as_view(template_name="form.html"), name="login"),
    path("ask/", ask, name="ask"),
    path("admin/", admin.site.urls),
]
