"""Who is in the demonstration."""

DEMO_PASSWORD = "portal-demo-2026"  # noqa: S105 - printed by `make demo`, for invented people on loopback only

DEMO_PEOPLE: list[tuple[str, str]] = [
    ("customer@demo.example", "administrator of a commercial customer"),
    ("member@demo.example", "requester at the same customer"),
    ("viewer@demo.example", "viewer at the same customer: sees, cannot ask"),
    ("other@demo.example", "another customer of the same partner"),
    ("gov@demo.example", "a GCC High customer of the second partner"),
    ("agent@demo.example", "agent of the first partner: works the queue"),
    ("manager@demo.example", "manager of the first partner"),
    ("foreign@demo.example", "agent of the second partner"),
    ("staff@demo.example", "staff: content, partners, people"),
    ("admin@demo.example", "superuser"),
]
"""E-mail address and what that person is, in the order of a tour."""
