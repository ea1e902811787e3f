"""The engine ``tirage.core.postgresql``: Django's own, with an option ``silence``, seconds a server may say nothing."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from tirage.core.postgresql.moments import reading_all_moments
from tirage.core.postgresql.silence import impatient


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        params.pop("silence", None)
        params["context"] = reading_all_moments(params["context"])
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.settings_dict["OPTIONS"].get("pool"):
            # The pool was told which connections to make (config/database.py).
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        silence = float(self.settings_dict["OPTIONS"].get("silence", 0))
        return impatient(silence).connect(**conn_params)
