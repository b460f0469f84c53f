"""The house's own rules, read from the source."""

import ast
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.translation import to_locale

ROOT = Path(__file__).resolve().parent.parent
RANK = {"portal.lib": 0, "accounts": 1, "requests_app": 2, "portal": 3}
"""An import leads from a room to one of the same rank or a lower one, never upwards."""


def room(module: str) -> str | None:
    if module == "portal.lib" or module.startswith("portal.lib."):
        return "portal.lib"
    top = module.split(".", 1)[0]
    return top if top in RANK else None


def sources():
    for top in ("portal", "accounts", "requests_app"):
        yield from sorted((ROOT / top).rglob("*.py"))


def imported_modules(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_point_one_way():
    wrong = []
    for path in sources():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        own = room(module)
        for name in imported_modules(path):
            other = room(name)
            if other is not None and RANK[other] > RANK[own]:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_portal_lib_has_no_models():
    assert [path.name for path in (ROOT / "portal/lib").rglob("models.py")] == []


ACTS_AS_THE_SITE = {
    "accounts/delivery.py": "jobs that no person is behind",
    "accounts/mail.py": "a mail on its way is read by nobody, its author included",
    "accounts/invitations.py": "who is invited has no place yet that would show them the organisation",
    "accounts/memberships.py": "managers hear of a new one, whoever invited",
    "accounts/microsoft/admission.py": "who comes from a tenant is nobody here yet",
    "accounts/passwords.py": "a password must not be made of its owner's organisations, also in a reset",
    "accounts/management/commands/remove_second_factor.py": "a command that no person is behind",
    "portal/demo_data/__init__.py": "fills an empty database",
    "portal/management/commands/createsuperuser.py": "the first person",
    "portal/management/commands/demo.py": "asks whether the database is empty",
    "portal/management/commands/load_content.py": "a command that no person is behind",
    "portal/management/commands/load_demo_data.py": "asks whether the database is empty",
    "portal/content/checker/rows.py": "a check is asked for by somebody, or by the clock, and finds the same for all",
    "portal/tasks.py": "jobs that no person is behind",
    "requests_app/tasks.py": "jobs that no person is behind",
}
"""Every module that may see all rows, and why."""


def test_only_these_modules_act_as_the_site():
    found = {
        str(path.relative_to(ROOT)) for path in sources() if "portal.lib.acting.SITE" in set(imported_modules(path))
    }
    assert found == set(ACTS_AS_THE_SITE)


def test_only_migrations_and_the_roles_work_as_the_owner():
    found = {
        str(path.relative_to(ROOT))
        for path in sources()
        if "portal.lib.database_roles.database_owner" in set(imported_modules(path))
    }
    assert found == {"portal/management/commands/flush.py", "portal/management/commands/migrate.py"}


def test_jobs_are_enqueued_in_the_transaction_that_causes_them():
    """Procrastinate's own ``defer`` commits at once where a worker calls it: ``portal.lib.jobs.enqueue`` does not."""
    wrong = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("defer_async", "batch_defer", "batch_defer_async"):
                wrong.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "defer":
                wrong += [f"{path}:{node.lineno}"] * (not node.args)  # a queryset's takes names of columns
    assert wrong == []


def test_status_of_a_request_is_written_by_the_workflow_alone():
    """No ``update(status=…)`` and no assignment to ``.status`` of a request outside requests_app/workflow."""
    wrong = []
    for path in sources():
        if "workflow" in path.parts or "migrations" in path.parts or "demo_data" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign):
                targets = [target for target in node.targets if isinstance(target, ast.Attribute)]
                wrong += [f"{path}:{node.lineno}" for target in targets if target.attr == "status"]
    assert wrong == []


@pytest.mark.django_db(databases=["default", "cache"])
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def catalogs():
    return sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))


def test_every_language_but_english_has_a_catalog():
    catalogued = {path.parent.parent.name for path in catalogs()}
    assert {to_locale(code) for code, _name in settings.LANGUAGES} - {"en"} <= catalogued
    assert "zh_Hant" in catalogued


@pytest.mark.parametrize("path", catalogs(), ids=lambda path: path.parent.parent.name)
def test_catalog_is_complete(path):
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parent.parent.name)
    messages = [message for message in catalog if message.id]
    texts = {str(message.id): message.string for message in messages}
    missing = [key for key, text in texts.items() if not (all(text) if isinstance(text, tuple) else text)]
    assert [str(message.id) for message in messages if message.fuzzy] == []
    assert missing == []
    assert len(messages) > 300


def test_there_is_no_debug_mode():
    assert settings.DEBUG is False


def test_templates_compile_without_inline_style_or_script():
    call_command("check_templates")


@pytest.mark.parametrize(
    "flaw", ["<p style='color: red'>", "<a onclick=x()>", "<script>1</script>", "{% if %}", "{% nothing %}"]
)
def test_template_with_a_flaw_is_found(tmp_path, settings, flaw):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "flawed.html").write_text(flaw)
    settings.BASE_DIR = tmp_path
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path / "templates"]}]
    with pytest.raises(CommandError, match=r"flawed\.html"):
        call_command("check_templates")
