{% macro handed_over(table) -%}
  {%- set relation = source('links', table) -%}
  {%- if not execute or '__dbt__cte__' in relation | string -%}
    {{ relation }}
  {%- else -%}
    read_parquet({{ raw_files('links/' ~ table) }}, hive_partitioning = false)
  {%- endif -%}
{%- endmacro %}
