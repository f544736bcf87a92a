{# dbt says of a test that fails how many rows it found. Of one that checks many
   rules, its result and the log say which are broken, and by how many rows.
   What a test finds is read at once, without a transaction. #}
{% materialization test, adapter='duckdb' %}
  {%- if should_store_failures() or config.get('sql_header') -%}
    {%- set made = materialization_test_default() -%}
  {%- else -%}
    {%- set made = {'relations': []} -%}
    {%- set response, found = adapter.execute(
        get_test_sql(
            get_limit_subquery_sql(sql, config.get('limit')),
            config.get('fail_calc'), config.get('warn_if'),
            config.get('error_if'), none),
        fetch=True) -%}
    {%- do store_result('main', response=response, agate_table=found) -%}
  {%- endif -%}
  {%- set found = load_result('main').table -%}
  {%- if model.test_metadata.name == 'keeps_rules' and found.rows[0][0] -%}
    {%- set told = linksignal.broken_rules(sql) -%}
    {%- do log(model.name ~ ': ' ~ told, info=True) -%}
    {%- do store_raw_result('main', message=told, code=none,
        rows_affected=none, agate_table=found) -%}
  {%- endif -%}
  {{ return(made) }}
{% endmaterialization %}
