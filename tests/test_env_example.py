import re

from django.conf import settings


def test_env_example_names_every_variable_that_the_settings_read_and_no_other():
    read = re.findall(r'env\.\w+\(\s*"(\w+)"', (settings.BASE_DIR / "portal/settings.py").read_text())
    named = re.findall(r"^#?([A-Z_]+)=", (settings.BASE_DIR / ".env.example").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(set(read))
