{% macro raw_relation(table) -%}
  {%- if reads_database() -%}
    {{ source('raw', table) }}
  {%- else -%}
    {{ adapter.dispatch('raw_parquet', 'linksignal')(table) }}
  {%- endif -%}
{%- endmacro %}

{% macro default__raw_parquet(table) -%}
    read_parquet(
        {{ raw_files(table) }},
        union_by_name = true,
        hive_partitioning = false
    )
{%- endmacro %}

{% macro spark__raw_parquet(table) -%}
    parquet.`{{ raw_dir() }}/{{ table }}/*.parquet`
{%- endmacro %}
