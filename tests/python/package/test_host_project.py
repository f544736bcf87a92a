"""As a package of another dbt project, which has its own names and models."""

from __future__ import annotations

import duckdb
import pytest
from exports import DAY, DOMAINS, write_exports

FILES = {
    "dbt_project.yml": """
name: shop
version: "1.0"
profile: shop
flags:
  send_anonymous_usage_stats: false
  indirect_selection: buildable
models:
  shop:
    +schema: marts
vars:
  region: north
  shop:
    country: de
  linksignal:
    raw_dir: data/links
    resample_count: 100
    draw_count: 99
unit_tests:
  linksignal:
    +enabled: false
""",
    "profiles.yml": """
shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: shop.duckdb
      schema: web
      threads: 2
      plugins: [{module: linksignal.dbt_guard}]
""",
    "models/regions.sql": """
select '{{ var("region") }}' as region, '{{ var("country") }}' as country
""",
    "models/verdicts.sql": """
select claim_id, verdict from {{ ref('linksignal', 'claims') }}
""",
    "models/scores.sql": "select * from {{ ref('domain_authority') }}",
}
DBT = ("python", "-P", "-m", "dbt.cli.main", "--no-use-colors")


@pytest.fixture(scope="module")
def host(installed, tmp_path_factory):
    """Make a host project, and install linksignal as a package of it."""
    folder = tmp_path_factory.mktemp("workplace") / "host"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    package = next(installed.folder.glob("lib/*/site-packages/linksignal/dbt"))
    (folder / "packages.yml").write_text(f"packages:\n  - local: {package}\n")
    installed.run(*DBT, "deps", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wrongly_set(installed, host):
    """Build models of both, with a setting of linksignal that is none."""
    words = ("build", "--select", "regions", "stg_study_domains")
    variables = ("--vars", "{ci_level: none, unknown_to_linksignal: 1}")
    return installed.run(*DBT, *words, *variables, cwd=host, code=1)


@pytest.fixture(scope="module")
def built(installed, host, wrongly_set):
    """Load, and build what the host's models read."""
    exports = write_exports(host / "exports")
    words = ("load", exports, "--as-of", DAY)
    installed.run("linksignal", *words, cwd=host)
    select = ("--select", "+verdicts", "+scores")
    installed.run(*DBT, "build", *select, cwd=host)
    return host / "shop.duckdb"


def rows(database, query):
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as host (read_only)")
        return connection.execute(query).fetchall()


def test_what_is_wrong_with_linksignal_stops_no_model_of_the_host(
    wrongly_set,
):
    said = wrongly_set.stdout
    assert "OK created sql view model web_marts.regions" in said
    assert "Failure in model stg_study_domains" in said
    assert "var 'ci_level' has the value 'none' and must be a share" in said


def test_models_of_the_host_read_the_claims(built):
    claims = rows(built, "from host.web_marts.verdicts")

    assert len(claims) == 8
    assert claims == rows(
        built, "select claim_id, verdict from host.findings.claims"
    )
    scored = "select count(*) from host.web_marts.scores"
    assert rows(built, scored) == [(len(DOMAINS),)]


def test_schemas_of_the_host_are_its_own(built):
    schemas = rows(
        built,
        "select distinct schema_name from duckdb_tables() "
        "where database_name = 'host' union "
        "select distinct schema_name from duckdb_views() "
        "where database_name = 'host' and not internal",
    )

    assert {name for (name,) in schemas} >= {"web_marts", "findings", "lookups"}
    assert not any(
        name.startswith("web_") and name != "web_marts" for (name,) in schemas
    )


def test_vars_of_the_host_are_its_own(built):
    assert rows(built, "from host.web_marts.regions") == [("north", "de")]
    # The host's country is none of the study's: all answers count.
    mentioned = "select count(*) from host.features.answer_references"
    assert rows(built, mentioned)[0][0] > 0


def test_the_database_of_the_host_lies_where_it_says(built, host):
    assert built.is_file()
    assert not (host / "warehouse").exists()
