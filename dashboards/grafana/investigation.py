"""One person, object, subject or address at a time: for who investigates. Its token must be let to see persons."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, TextBoxVariable

from dashboards.grafana.panels import HALF, PERIOD, answer, dashboard, variable, with_panels

# Text boxes; a lone hyphen finds nothing, where an empty one would be refused.
VARIABLES = {
    "person": ("Person eller konto", "Personens id i personalkatalogen, eller ett av kontona."),
    "object": ("Objekt", "Objektets id i sitt system, eller hela sökvägen."),
    "subject": (
        "Den uppgifterna rör",
        "Personens token (p_…). Skriv aldrig ett personnummer här: det hamnar i adressen.",
    ),
    "address": ("IP-adress", "En IP-adress; vem som hade den vid periodens slut."),
}
_WHO = "actor_account actor_person actor_unit"
_WHAT = "action outcome proves"


def build() -> Dashboard:
    """The dashboard."""
    board = dashboard(
        "investigation",
        "Spårhund: utredning",
        "Vad en person gjorde, vem som tog del av ett objekt eller av uppgifter om någon, och vem som hade en "
        "adress. Varje fråga "
        "loggas med tokenets ändamål.",
    )
    for name, (label, description) in VARIABLES.items():
        board = board.with_variable(TextBoxVariable(name).label(label).description(description).default_value("?"))
    return with_panels(
        board,
        [
            answer(
                "Vad personen gjorde",
                "Alla händelser i perioden, även från innehavarens andra konton. De första 1 000.",
                "what_did_person_do",
                f"time_utc {_WHAT} system asset k object_type object_id object_path subject src_ip event_id",
                {"person": variable("person"), **PERIOD},
            ),
            answer(
                "Personens inloggningar",
                "Varifrån och hur ofta, även misslyckade.",
                "logins",
                "system actor_account src_ip src_host outcome events first_utc last_utc",
                {"person": variable("person"), **PERIOD},
                width=HALF,
            ),
            answer(
                "Fynd om personen",
                "Det som ska granskas, med risk av 1 000. Ett fynd är en fråga, inte ett svar.",
                "findings",
                "risk severity detection system k events explained first_utc last_utc verdict finding",
                {"person": variable("person")},
                width=HALF,
            ),
            answer(
                "Vem som tog del av objektet",
                "Per konto och åtgärd. Ingen rad betyder ingen händelse i sjön, inte ingen åtkomst.",
                "who_accessed_object",
                f"{_WHO} {_WHAT} system object_type object_id events first_utc last_utc",
                {"object_id": variable("object"), **PERIOD},
                width=HALF,
            ),
            answer(
                "Vem som tog del av uppgifter om personen",
                "Per konto och åtgärd, också genom objekt som rör personen.",
                "who_accessed_subject",
                f"found_by {_WHO} {_WHAT} system asset events first_utc last_utc",
                {"subject": variable("subject"), **PERIOD},
                width=HALF,
            ),
            answer(
                "Ändringar av objektet",
                "Vem som ändrade vad, före och efter där loggen säger det.",
                "changes_to_object",
                f"time_utc {_WHO} action outcome field before after event_id",
                {"object_id": variable("object"), **PERIOD},
                width=HALF,
            ),
            answer(
                "Vem som hade adressen vid periodens slut",
                "Konton som sågs på adressen tolv timmar före och efter. Säkerheten står i tabellen.",
                "who_had_address",
                "certainty actor_account actor_person device src_host session_from_utc session_to_utc last_before_utc"
                " first_after_utc events accounts",
                {"address": variable("address"), "at": PERIOD["stop"]},
                width=HALF,
            ),
        ],
    )
