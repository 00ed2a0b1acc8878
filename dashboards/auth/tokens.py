"""Tokens made and revoked by somebody at the server: an act of their own."""

from datetime import UTC, datetime

from analytics.acts import Act
from analytics.answer import hold_texts
from analytics.caller import caller
from analytics.installation import Installation
from dashboards.auth.store import Store
from schemas.errors import SettingsError


def add(home: Installation, name: str, scope: str, days: int, purpose: str | None) -> str:
    """The secret of a new token. Errors: SettingsError for what isn't as asked; LakeError if it can't be recorded."""
    hold_texts("token", {"name": name, "purpose": purpose})
    if scope == "read" and not (purpose or "").strip() and home.settings.questions.purpose_required:
        raise SettingsError("token", "--purpose", "missing: persons are shown only when it is stated why")
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
