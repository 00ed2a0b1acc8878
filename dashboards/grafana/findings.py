"""What is to be looked at: findings by risk, and what stands out beside them. It names persons."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.grafana.panels import HALF, PERIOD, THIRD, answer, bars, dashboard, number, with_panels


def build() -> Dashboard:
    """The dashboard."""
    board = dashboard(
        "findings",
        "Spårhund: fynd",
        "Det som ska granskas, efter risk. Ett fynd säger vad som märktes, inte vad som har hänt; en människa avgör.",
    )
    return with_panels(
        board,
        [
            number(
                "Öppna fynd",
                "Fynd som ingen har avgjort.",
                'sum(sparhund_findings{verdict="open"}) or vector(0)',
                width=THIRD,
            ),
            bars(
                "Öppna fynd per allvar",
                "Hur allvarlig regeln är, inte vad som har hänt.",
                'sum by (severity) (sparhund_findings{verdict="open"})',
                "{{severity}}",
                width=THIRD,
            ),
            bars(
                "Fynd per regel",
                "Alla fynd som står kvar, avgjorda eller inte.",
                "sum by (detection) (sparhund_findings)",
                "{{detection}}",
                width=THIRD,
            ),
            answer(
                "Fynd efter risk",
                "Risk av 1 000. Förklarade är händelser som tjänsten förklarar.",
                "findings",
                "risk severity handling detection actor_person actor_account actor_unit about system asset k events "
                "explained first_utc "
                "last_utc verdict finding",
                PERIOD,
            ),
            answer(
                "Att granska den här månaden",
                "Fynd om samma person och månad är en post. Inom budget är så många som kommunen hinner granska, "
                "inom enhetens så många som enheten får sig utdelade.",
                "review",
                "month place within_budget within_unit actor_unit actor_person actor_account risk handling k findings "
                "events explained open",
            ),
            answer(
                "Utskrifter och exporter",
                "Det som har lämnat systemen, per konto.",
                "exports_and_prints",
                "system asset k actor_account actor_person actor_unit action outcome events objects subjects "
                "first_utc last_utc",
                PERIOD,
                width=HALF,
            ),
            answer(
                "Åtkomst utanför arbetstid",
                "Nivå 2 och högre, på kvällar, nätter, helger och helgdagar. Vad som är arbetstid avgörs av "
                "schemat, inte här.",
                "access_outside_hours",
                "why holiday actor_account actor_person actor_unit system asset k proves events days first_utc "
                "last_utc",
                PERIOD,
                width=HALF,
            ),
            answer(
                "Konton som ingen känns vid",
                "Konton i loggarna som personalkatalogen saknar.",
                "unknown_actors",
                "source system actor_account events successes failures first_utc last_utc",
                PERIOD,
                width=HALF,
            ),
            answer(
                "Första gången",
                "Den som tog del av en informationstillgång för första gången i perioden.",
                "first_time_access",
                "actor_person actor_account system asset k first_utc events content",
                PERIOD,
                width=HALF,
            ),
        ],
    )
