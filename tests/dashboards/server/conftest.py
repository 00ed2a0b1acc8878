from tests.dashboards.api.conftest import other as other  # noqa: PLC0414 - fixtures, shared
from tests.dashboards.api.conftest import person as person  # noqa: PLC0414
from tests.dashboards.api.conftest import reader as reader  # noqa: PLC0414
