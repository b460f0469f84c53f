"""What the demonstration and the tests need before there are settings."""

import secrets
from pathlib import Path


def secret_key(folder: Path) -> str:
    """Return this checkout's own key, made at the first call and kept in ``folder`` (created, mode 0700)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "demo-secret-key"
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    key = path.read_text()
    if len(key) < 50:  # a process that was killed between creating and writing
        key = secrets.token_urlsafe(64)
        path.write_text(key)
    return key
