"""A query of the Infinity data source: an address of our API, where its rows stand, and which columns are shown.

The SDK has no model of it. Source: the plug-in's own query model (grafana-infinity-datasource, `InfinityQuery`), of
which only what stands here is used, so that a test can do what Grafana does.
"""

from dataclasses import dataclass
from typing import Any, Self

from grafana_foundation_sdk.cog import builder, runtime, variants
from grafana_foundation_sdk.models.dashboard import DataSourceRef

KIND = "yesoreyeram-infinity-datasource"
SOURCE = DataSourceRef(type_val=KIND, uid="sparhund-api")


@dataclass(frozen=True, slots=True)
class Column:
    """The value of a row under SELECTOR, shown as TEXT. KIND: string, number, timestamp or boolean."""

    selector: str
    text: str
    kind: str

    def to_json(self) -> dict[str, object]:
        """As the plug-in has it."""
        return {"selector": self.selector, "text": self.text, "type": self.kind}


@dataclass(frozen=True, slots=True)
class Query(variants.Dataquery, builder.Builder[variants.Dataquery]):
    """GET URL, and take the COLUMNS of the list under ROOT."""

    url: str
    root: str
    columns: tuple[Column, ...]
    ref: str = "A"

    def build(self) -> variants.Dataquery:
        """It is complete as it is."""
        return self

    def to_json(self) -> dict[str, object]:
        """As the plug-in has it."""
        return {
            "refId": self.ref,
            "datasource": SOURCE,
            "type": "json",
            "source": "url",
            "format": "table",
            "parser": "backend",
            "url": self.url,
            "url_options": {"method": "GET"},
            "root_selector": self.root,
            "columns": list(self.columns),
            "filters": [],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """What `to_json` gave."""
        columns = tuple(Column(each["selector"], each["text"], each["type"]) for each in data["columns"])
        return cls(data["url"], data["root_selector"], columns, data["refId"])


def register() -> None:
    """Let the SDK read such queries."""
    runtime.register_dataquery_variant(runtime.DataqueryConfig(identifier=KIND, from_json_hook=Query.from_json))
