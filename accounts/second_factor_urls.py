"""Below accounts/2fa/: ours first, then allauth's, under allauth's names."""

from django.urls import include, path

from accounts import second_factor_views as views
from portal.lib.acting import looks_people_up

urlpatterns = [
    path("authenticate/", looks_people_up(views.AuthenticateView.as_view()), name="mfa_authenticate"),
    path("reauthenticate/", views.ReauthenticateView.as_view(), name="mfa_reauthenticate"),
    path("totp/activate/", views.ActivateTOTPView.as_view(), name="mfa_activate_totp"),
    path("webauthn/add/", views.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("webauthn/keys/<int:pk>/remove/", views.RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
    path("recovery-codes/", views.ViewRecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path("", include("allauth.mfa.urls")),
]
