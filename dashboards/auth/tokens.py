"""Tokens made and revoked by somebody at the server: an act of their own."""

from datetime import UTC, datetime

from analytics.acts import Act
from analytics.answer import hold_purpose, hold_texts
from analytics.caller import caller
from analytics.installation import Installation
from dashboards.auth.store import Store


def add(home: Installation, name: str, scope: str, days: int, purpose: str | None) -> str:
    """The secret of a new token.

    Errors:  SettingsError or QuestionError for what isn't as asked; LakeError if it can't be recorded.
    """
    hold_texts("token", {"name": name})
    hold_purpose(home.settings, "token", purpose, needed=scope == "read")  # what it shows persons for
    now, who = datetime.now(UTC), caller()
    secret = Store(home.root).add_token(name, scope, days, made_by=who.name, now=now, purpose=purpose)
    params = {"token": name, "scope": scope, "days": days}
    Act(home=home, who=who, question="token add", params=params, purpose=purpose).write("decided", now)
    return secret


def revoke(home: Installation, name: str) -> None:
    """End the token NAME. Errors: as above."""
    now, who = datetime.now(UTC), caller()
    Store(home.root).revoke_token(name, now)
    Act(home=home, who=who, question="token revoke", params={"token": name}, purpose=None).write("decided", now)
