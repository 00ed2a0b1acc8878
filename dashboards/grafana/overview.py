"""Access by level and system: what anybody who answers for information may see; it names nobody."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable
from grafana_foundation_sdk.models.dashboard import VariableRefresh, VariableSort

from dashboards.api.endpoints import PREFIX
from dashboards.grafana.infinity import SOURCE, Column, Query
from dashboards.grafana.panels import HALF, MOST, PERIOD, answer, bars, dashboard, variable, with_panels


def build() -> Dashboard:
    """The dashboard."""
    systems = Query(f"{PREFIX}/sources?page_size={MOST}", "rows", (Column("system", "system", "string"),), "variable")
    system = (
        QueryVariable("system")
        .label("System")
        .description("Ett system i taget; de som någon källa är anmäld för.")
        .datasource(SOURCE)
        .query({"queryType": "infinity", "query": "", "infinityQuery": systems.to_json()})
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .regex("/.+/")
    )
    board = dashboard(
        "overview",
        "Spårhund: åtkomst per nivå och system",
        "Vilka nivåer av information som har lästs, ändrats och lämnats ut, av hur många. Ingen person pekas ut.",
    )
    return with_panels(
        board.with_variable(system),
        [
            answer(
                "Åtkomst per nivå",
                "Händelser i perioden per personuppgiftsansvarig, nivå (K, R, T) och åtgärd. Aktörer är olika "
                "personer, eller "
                "konton där personen inte är känd. Attempt och possible räknas för sig.",
                "access_by_level",
                "controller k r t action proves events actors",
                PERIOD,
            ),
            answer(
                "Åtkomst per nivå i valt system",
                "Samma tabell, bara för systemet som är valt överst.",
                "access_by_level",
                "controller k r t action proves events actors",
                {**PERIOD, "system": variable("system")},
            ),
            bars(
                "Åtkomster som kräver förklaring, per nivå",
                "Av dem som har bedömts sedan sjön började.",
                "sum by (k) (sparhund_detect_accesses_total)",
                "K{{k}}",
            ),
            bars(
                "Åtkomster som kräver förklaring, per system",
                "Av dem som har bedömts sedan sjön började.",
                "sum by (system) (sparhund_detect_accesses_total)",
                "{{system}}",
            ),
            answer(
                "Åtkomst till det som inte är klassat",
                "Händelser som ingen rad i informationsregistret svarar för. Klassa dem, eller anmäl systemet.",
                "unclassified_access",
                "source system object_type action proves events actors first_utc last_utc",
                PERIOD,
                width=HALF,
            ),
            answer(
                "Andel förklarad åtkomst",
                "Per månad, enhet, system och nivå: hur många åtkomster som tjänsten förklarar.",
                "explained_share",
                "month unit system k accesses explained unexplained",
                width=HALF,
            ),
        ],
    )
