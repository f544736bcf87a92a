{#- A raw table as the contract in _raw.yml has it: columns by name, whatever
    their case and order, each of the contract's type; a column that is not
    there is NULL, and an absent table has no rows. In a unit test it is the
    test's own fixture. -#}
{% macro raw(table) -%}
  {%- set relation = source('raw', table) -%}
  {%- if not execute or '__dbt__cte__' in relation | string -%}
    {{ relation }}
  {%- elif not has_raw(table) -%}
    (
        select
        {%- for column in raw_contract(table).columns.values() %}
            cast(null as {{ column.data_type }}) as "{{ column.name }}"
            {{- ',' if not loop.last }}
        {%- endfor %}
        where false
    )
  {%- else -%}
    (
        select
        {%- for column in raw_columns(table) %}
            {{ column.expression }} as "{{ column.name }}"
            {{- ',' if not loop.last }}
        {%- endfor %}
        from {{ raw_relation(table) }}
    )
  {%- endif -%}
{%- endmacro %}


{#- What _raw.yml says of a raw table. -#}
{% macro raw_contract(table) -%}
  {{ return(graph.sources['source.linksignal.raw.' ~ table]) }}
{%- endmacro %}


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
