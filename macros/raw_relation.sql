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


{% macro raw_files(table, names='*.parquet') -%}
  {%- set folder = modules.re.sub('([*?[])', '[\\1]', raw_dir()) -%}
  '{{ folder.replace("'", "''") }}/{{ table }}/{{ names }}'
{%- endmacro %}
