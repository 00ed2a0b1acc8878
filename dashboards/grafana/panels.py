"""Panels from our questions and metrics: their columns, headings and words are the glossary's."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement, VizOrientation
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DynamicConfigValue,
    Panel,
    ValueMap,
    ValueMappingResult,
)

from analytics.question import columns, question
from dashboards.api.endpoints import NUMBERS, PREFIX
from dashboards.cells import heading
from dashboards.grafana.infinity import SOURCE, Column, Query
from schemas.terms import terms

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="sparhund-prometheus")
PERIOD = {"start": "${__from:date:iso}", "stop": "${__to:date:iso}"}
MOST = NUMBERS["page_size"][1]  # rows of a page
WIDE, HALF, THIRD = 24, 12, 8
_KINDS = {"BIGINT": "number", "INTEGER": "number", "DOUBLE": "number", "TIMESTAMPTZ": "timestamp", "BOOLEAN": "boolean"}


def dashboard(name: str, title: str, description: str) -> Dashboard:
    """An empty dashboard of the last 30 days, in Sweden's time."""
    return (
        Dashboard(title)
        .uid(f"sparhund-{name}")
        .description(description)
        .tags(["sparhund"])
        .timezone("Europe/Stockholm")
        .time("now-30d", "now")
        .refresh("5m")
        .readonly()
    )


def answer(
    title: str, description: str, name: str, shown: str, params: Mapping[str, str] | None = None, *, width: int = WIDE
) -> Builder[Panel]:
    """A table of the question NAME with PARAMS, whose values may be variables of the dashboard.

    SHOWN: its columns, in order.
    """
    kinds = columns(question(name))
    of = {column: _KINDS.get(kinds[column], "string") for column in shown.split()}
    return listed(title, description, f"/questions/{name}", of, params, width=width)


def listed(
    title: str,
    description: str,
    path: str,
    of: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    *,
    width: int = WIDE,
) -> Builder[Panel]:
    """A table of what the API lists at PATH, by the columns OF and their kinds."""
    query = "&".join(f"{key}={value}" for key, value in {**(params or {}), "page_size": MOST}.items())
    found = [Column(column, heading(column, "sv"), kind) for column, kind in of.items()]
    panel = table.Panel().title(title).description(description).datasource(SOURCE).span(width).height(9)
    panel = panel.with_target(Query(f"{PREFIX}{path}?{query}", "rows", tuple(found))).show_header(show_header=True)
    for column in found:
        if words := _words(column.selector):
            panel = panel.override_by_name(column.text, [DynamicConfigValue("mappings", [ValueMap(words)])])
    return panel


def variable(name: str) -> str:
    """The dashboard's variable NAME, as it stands in an address."""
    return "${" + name + ":percentencode}"


def line(
    title: str, description: str, queries: Mapping[str, str], unit: str = "short", *, width: int = HALF
) -> Builder[Panel]:
    """Curves of QUERIES, PromQL by the legend of its series."""
    panel = timeseries.Panel().title(title).description(description).datasource(PROMETHEUS).span(width).height(8)
    for number, (name, expr) in enumerate(queries.items()):
        panel = panel.with_target(_metric(expr, name, number).range())
    legend = common.VizLegendOptions().show_legend(show_legend=True).placement(LegendPlacement.BOTTOM)
    return panel.unit(unit).min(0).line_width(1).legend(legend.display_mode(LegendDisplayMode.LIST))


def number(
    title: str, description: str, expr: str, unit: str = "short", legend: str = "", *, width: int = THIRD
) -> Builder[Panel]:
    """What EXPR is now, a figure a series."""
    panel = stat.Panel().title(title).description(description).datasource(PROMETHEUS).span(width).height(5)
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    return panel.with_target(_metric(expr, legend or title, 0).instant()).unit(unit).reduce_options(last)


def bars(
    title: str, description: str, expr: str, legend: str, unit: str = "short", *, width: int = HALF
) -> Builder[Panel]:
    """What EXPR is now, a bar a series."""
    panel = bargauge.Panel().title(title).description(description).datasource(PROMETHEUS).span(width).height(8)
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    panel = panel.with_target(_metric(expr, legend, 0).instant()).unit(unit).min(0)
    return panel.reduce_options(last).orientation(VizOrientation.HORIZONTAL)


def with_panels(board: Dashboard, panels: Sequence[Builder[Panel]]) -> Dashboard:
    """BOARD with PANELS, in order."""
    for panel in panels:
        board = board.with_panel(panel)
    return board


def _metric(expr: str, legend: str, number: int) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(chr(ord("A") + number))
    return query.datasource(PROMETHEUS)


def _words(column: str) -> dict[str, ValueMappingResult]:
    """The glossary's words for the codes of COLUMN."""
    codes = ((key.partition("."), word["sv"]) for key, word in terms().items())
    return {code: ValueMappingResult(text=word) for (group, _, code), word in codes if group == column}
