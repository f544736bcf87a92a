{#- A raw table as it was delivered. A raw_dir below a folder source=x gives no
    column source. -#}
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


{#- The files of a raw table as an SQL text: what stands in the path is no
    wildcard and ends no text. -#}
{% macro raw_files(table, names='*.parquet') -%}
  {%- set folder = modules.re.sub('([*?[])', '[\\1]', raw_dir()) -%}
  '{{ folder.replace("'", "''") }}/{{ table }}/{{ names }}'
{%- endmacro %}
