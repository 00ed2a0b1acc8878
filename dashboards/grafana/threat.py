"""The threat picture (hotbild): the latest month that was judged, by nämnd. It names nobody."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.grafana.panels import HALF, THIRD, answer, bars, dashboard, listed, number, with_panels


def build() -> Dashboard:
    """The dashboard."""
    board = dashboard(
        "threat",
        "Spårhund: hotbild",
        "Den senaste bedömda månaden per nämnd: vad som har upptäckts, vad som har gjorts åt det och vad som är "
        "exponerat.",
    )
    explained = "sum(sparhund_detect_explained_total) / sum(sparhund_detect_accesses_total)"
    return with_panels(
        board,
        [
            number("Förklarad andel", "Av åtkomster som kräver förklaring.", explained, "percentunit", width=THIRD),
            number(
                "Öppna fynd",
                "Fynd som ingen har avgjort.",
                'sum(sparhund_findings{verdict="open"}) or vector(0)',
                width=THIRD,
            ),
            number(
                "Öppna fynd av högsta allvar",
                "Regler vars fynd ska granskas först.",
                'sum(sparhund_findings{verdict="open", severity=~"high|critical"}) or vector(0)',
                width=THIRD,
            ),
            answer(
                "Hotbilden per nämnd",
                "Fynd per händelsetyp, taktik, nivå och beslut, och det som var exponerat vid månadens slut (just nu "
                "medan den pågår). Exponering: 0 är kontrollerat, tomt kunde inte kontrolleras. Före är månaden innan, "
                "där den finns.",
                "threat_picture",
                "controller measure name number before month before_month at_utc",
            ),
            bars(
                "Fynd per regel",
                "Alla fynd som står kvar, avgjorda eller inte.",
                "sum by (detection) (sparhund_findings)",
                "{{detection}}",
            ),
            bars(
                "Oförklarad andel per enhet",
                "Andelen åtkomster som tjänsten inte förklarar.",
                "1 - sum by (unit) (sparhund_detect_explained_total) / sum by (unit) (sparhund_detect_accesses_total)",
                "{{unit}}",
                "percentunit",
            ),
            answer(
                "Förklarad åtkomst",
                "Per månad, enhet, system och nivå.",
                "explained_share",
                "month unit system k accesses explained unexplained",
                width=HALF,
            ),
            listed(
                "Vad som söks",
                "Reglerna, med vad som ofta är oskyldigt och vad den som granskar gör härnäst.",
                "/detections",
                {"name": "string", "severity": "string", "sv": "string", "sv_benign": "string", "sv_triage": "string"},
                width=HALF,
            ),
        ],
    )
