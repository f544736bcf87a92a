"""What dbt imports by its name when it has read a project's settings.

dbt looks in every environment for modules called ``dbt_*``. It is the only
place from which a plain ``dbt build`` can be changed before it reads models
and macros: `linksignal.dbt_guard` is asked when the database is opened.
"""

from __future__ import annotations

from dbt.plugins import dbtPlugin


class Savings(dbtPlugin):
    """Leaves out of a run of linksignal's own project what nobody sees."""

    def initialize(self) -> None:
        """Change nothing of another project in the same environment."""
        if self.project_name == "linksignal":
            from linksignal.dbt_process import collect_rarely
            from linksignal.dbt_savings import save_work

            collect_rarely()
            save_work()


plugins = [Savings]
