"""Pipeline health: does every record come through, and how long does it take."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.grafana.panels import THIRD, bars, dashboard, line, listed, number, with_panels

_RATE = "[$__rate_interval]"


def build() -> Dashboard:
    """The dashboard."""
    board = dashboard(
        "pipeline",
        "Spårhund: flödets hälsa",
        "Kommer varje loggpost fram, hur lång tid tar det, och vad väntar. Åtgärder: docs/operations.md.",
    ).time("now-6h", "now")
    return with_panels(
        board,
        [
            number(
                "Kör",
                "1 för varje process som svarar Prometheus.",
                'up{job="sparhund"}',
                legend="{{instance}}",
                width=THIRD,
            ),
            number(
                "Redo",
                "1 för varje kommando som kan göra sitt arbete; /readyz säger varför det inte kan.",
                "sparhund_ready",
                legend="{{command}}",
                width=THIRD,
            ),
            number(
                "Obalans i poster",
                "Poster som finns före men inte efter ett steg. Ska vara 0: annars är något förlorat eller påhittat.",
                "sum by (hop) (abs(sparhund:imbalance_records))",
                legend="{{hop}}",
                width=THIRD,
            ),
            line(
                "Poster per sekund",
                "Mottagna av insamlarna, och inlästa i sjön.",
                {
                    "mottagna": f"sum(rate(sparhund_collect_records_total{_RATE}))",
                    "inlästa": f"sum(rate(sparhund_lake_evidence_records_total{_RATE}))",
                    "händelser": f"sum(rate(sparhund_lake_events_total{_RATE}))",
                },
            ),
            line(
                "Eftersläpning",
                "Hur gammal den första väntande posten är, per källa. Larmar över en minut.",
                {
                    "{{source}}": "max by (source) (sparhund_spool_lag_seconds or sparhund_kafka_lag_seconds "
                    "or sparhund_files_lag_seconds)"
                },
                "s",
            ),
            line(
                "Det som väntar",
                "Poster i mellanlagret som ännu inte är i sjön, per källa.",
                {"{{source}}": "max by (source) (sparhund_spool_waiting_records)"},
            ),
            line(
                "Tid till beständig",
                "Från mottagen till inläst, 95:e percentilen.",
                {
                    "{{table}}": "histogram_quantile(0.95, sum by (le, table) "
                    f"(rate(sparhund_lake_freshness_seconds_bucket{_RATE})))"
                },
                "s",
            ),
            line(
                "Skrivning i sjön",
                "Hur lång tid en skrivning tar, 95:e percentilen.",
                {
                    "{{table}}": "histogram_quantile(0.95, sum by (le, table) "
                    f"(rate(sparhund_lake_commit_seconds_bucket{_RATE})))"
                },
                "s",
            ),
            line(
                "Ledigt på disk",
                "Andel som är ledig. Larmar under en tiondel: när mellanlagret är fullt kvitteras inget mer.",
                {
                    "mellanlagret": "min(sparhund_spool_disk_free_bytes / sparhund_spool_disk_size_bytes)",
                    "sjön": "min(sparhund_lake_disk_free_bytes / sparhund_lake_disk_size_bytes)",
                },
                "percentunit",
            ),
            line(
                "Förfrågningar per sekund",
                "Till sidorna och gränssnittet, per svarskod. 500 är ett fel hos oss; 429 och 503 är avvisade "
                "för trängsel.",
                {"{{status}}": f"sum by (status) (rate(sparhund_serve_requests_total{_RATE}))"},
            ),
            line(
                "Svarstid",
                "Från en förfrågan till att svaret är sänt, 95:e percentilen.",
                {
                    "svarstid": "histogram_quantile(0.95, sum by (le) "
                    f"(rate(sparhund_serve_seconds_bucket{_RATE})))"
                },
                "s",
            ),
            bars(
                "Väntar på bedömning",
                "Skrivningar som ingen körning har bedömt.",
                "sparhund_detect_waiting_batches",
                "skrivningar",
                width=THIRD,
            ),
            number(
                "Senaste bedömning",
                "När den senaste körningen började.",
                "sparhund_detect_last_run_timestamp_seconds * 1000",
                "dateTimeFromNow",
                width=THIRD,
            ),
            number(
                "Förlorade poster",
                "Poster som insamlarna vet att de har förlorat, sedan de startade.",
                "sum(sparhund_collect_lost_records_total) or vector(0)",
                width=THIRD,
            ),
            number(
                "Skadade poster i Kafka",
                "Poster som mäklaren har skadade, sedan ingest startade. De hoppas över och blir luckor.",
                "sum(sparhund_kafka_damaged_records_total) or vector(0)",
                width=THIRD,
            ),
            number(
                "Bortgallrade ur Kafka",
                "Poster som mäklaren tog bort innan de lästes, sedan ingest startade. De blir luckor.",
                "sum(sparhund_kafka_gone_records_total) or vector(0)",
                width=THIRD,
            ),
            number(
                "Inga loggposter i Kafka",
                "Meddelanden som inte är loggposter, sedan ingest startade. De sparas som avvisade.",
                "sum(sparhund_kafka_poisoned_records_total) or vector(0)",
                width=THIRD,
            ),
            listed(
                "Källornas balans",
                "Poster ska vara lika många som händelser, avvisade och upprepade tillsammans. Balans 0 betyder "
                "att det stämmer.",
                "/status",
                {
                    "source": "string", "records": "number", "events": "number", "rejects": "number",
                    "repeats": "number", "balance": "number", "gaps": "number", "waiting": "number",
                },
            ),
        ],
    )  # fmt: skip
