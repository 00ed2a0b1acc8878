"""Data quality and coverage: what the logs can't show. It names nobody."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.grafana.panels import HALF, PERIOD, answer, bars, dashboard, line, listed, with_panels


def build() -> Dashboard:
    """The dashboard."""
    board = dashboard(
        "quality",
        "Spårhund: datakvalitet och täckning",
        "Vad loggarna inte kan visa: tillgångar utan läsloggning, tysta källor, luckor, poster som inte kunde tolkas.",
    )
    return with_panels(
        board,
        [
            answer(
                "Loggning per informationstillgång",
                "Om läsningar av tillgången loggas. Nivå 2 och högre; sämst först.",
                "coverage_by_asset",
                "state asset name controller k system sources reading_sources reads last_read_utc",
            ),
            answer(
                "Loggad läsning i delade mappar",
                "Om läsningar i mappen syns, under den tid som är vald; sämst först.",
                "coverage_by_share",
                "state system share k reading_sources events reads content last_read_utc",
                PERIOD,
            ),
            answer(
                "Tysta källor",
                "Källor som inte har hörts av på så länge som de får vara tysta.",
                "silent_sources",
                "state source system silent_after_s last_utc last_received_utc events",
                width=HALF,
            ),
            listed(
                "Poster som inte kunde tolkas",
                "Per källa och skäl. De finns kvar, och tolkas om när mappningen är rättad (sparhund rederive).",
                "/rejects",
                {"source": "string", "reason": "string", "records": "number"},
                width=HALF,
            ),
            bars(
                "Timmar sedan källan hördes",
                "Från senast mottagna post.",
                "(time() - max by (source) (sparhund_source_last_received_timestamp_seconds)) / 3600",
                "{{source}}",
                "h",
            ),
            line(
                "Luckor",
                "Luckor som sjön vet om, per källa. Varje svar som rör en lucka säger det.",
                {"{{source}}": "max by (source) (sparhund_lake_gaps_total)"},
            ),
            line(
                "Avvisade poster",
                "Poster som inte kunde tolkas, per källa, sedan ingest startade.",
                {"{{source}}": "max by (source) (sparhund_lake_rejects_total)"},
            ),
            line(
                "Poster utan händelse",
                "Poster som är sparade men inte kan frågas efter: mappningen är fel.",
                {"{{source}}": "max by (source) (sparhund_lake_unnormalised_records)"},
            ),
            listed(
                "Informationstillgångar",
                "Registret, en rad per period, med nivå för konfidentialitet, riktighet och tillgänglighet.",
                "/assets",
                {
                    "asset": "string", "name": "string", "controller": "string", "k": "number", "r": "number",
                    "t": "number", "information_owner": "string",
                },
                width=HALF,
            ),
            listed(
                "Källor",
                "Som de är anmälda: mappning, system och vad de är inställda att logga.",
                "/sources",
                {"source": "string", "mapping": "string", "system": "string", "logs": "string", "keep": "string"},
                width=HALF,
            ),
        ],
    )  # fmt: skip
