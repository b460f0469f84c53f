"""Sending a form that asks, as somebody without JavaScript does: continue, look at what will happen, send."""


def send(browser, address, form, **extra):
    """Post ``form`` until it is filed or refused: once to be shown what will happen, once to send it."""
    shown = browser.post(address, form, **extra)
    if shown.status_code != 200 or not shown.context.get("seen"):
        return shown
    return browser.post(address, form | seen_on(shown), **extra)


def seen_on(page):
    """Return what a form carries to prove that it has shown what will happen."""
    return {name: page.context[name] for name in ("seen", "seen_for")}
