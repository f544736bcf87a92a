{% macro raw_relation(table) -%}
  {%- if reads_database() -%}
    {{ source('raw', table) }}
  {%- else -%}
    read_parquet(
        {{ raw_files(table) }},
        union_by_name = true,
        hive_partitioning = false
    )
  {%- endif -%}
{%- endmacro %}
