"""What an editor is shown of an article while writing it: how it reads in each language, and what is wrong with it."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import person
from accounts.permissions import Capability, partners_where
from portal.content import articles
from portal.content.articles import Article, complaints, pictures_in
from portal.models import Picture


@require_http_methods(["GET", "HEAD", "POST"])
def show_article(request: HttpRequest) -> HttpResponse:
    """Show the texts of a form as articles; nothing is saved. Raises PermissionDenied for who keeps no content.

    Its address leads on to the articles: the page that it answers with can be reloaded, and read in another language.
    """
    user = person(request)
    if partners_where(user, Capability.MANAGE_CONTENT, Capability.MANAGE_OWN_CONTENT) == []:
        raise PermissionDenied
    if request.method != "POST":
        return redirect("admin:portal_supportresource_changelist")
    texts = {code: request.POST.get(f"body_{code}", "")[:20_000] for code, _name in settings.LANGUAGES}
    keys = {key for text in texts.values() for key in pictures_in(text)}
    found = Picture.objects.visible_to(user).defer("content").named(keys).order_by("partner") if keys else []
    pictures = {one.key: one for one in found}  # what is for all comes last, and counts
    context: dict[str, Any] = {
        "languages": [
            (code, name, _in_language(code, texts[code], pictures), complaints(texts[code], pictures.keys()))
            for code, name in settings.LANGUAGES
        ]
    }
    if "live" in request.POST:
        return render(request, "admin/portal/article_shown.html", context)
    whole = {**admin.site.each_context(request), "title": _("As customers read it"), **context}
    return render(request, "admin/portal/article.html", whole)


def _in_language(code: str, text: str, pictures: dict[str, Picture]) -> Article:
    """Return an article as it reads in a language; its ids tell the languages apart."""
    with translation.override(code):
        return articles.render(text, pictures, prefix=f"section-{code}")
