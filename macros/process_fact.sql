{% macro process_fact(name) -%}
  {%- set attached -%}
    select count(*)
    from duckdb_databases()
    where database_name = 'linksignal_process'
  {%- endset -%}
  {%- if run_query(attached).columns[0].values()[0] == 0 -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set query = 'select ' ~ name ~ ' from linksignal_process.facts' -%}
  {{ return(run_query(query).columns[0].values()[0]) }}
{%- endmacro %}
