{#- The relation of a raw table. An absent one reads as an empty relation
    whose columns and types come from the contract in _raw.yml; in a unit test
    it is the test's own fixture. -#}
{% macro raw(table) -%}
  {%- set relation = source('raw', table) -%}
  {%- set is_fixture = '__dbt__cte__' in relation | string -%}
  {%- if not execute or is_fixture or (reads_database() and has_raw(table)) -%}
    {{ relation }}
  {%- elif has_raw(table) -%}
    read_parquet(
        '{{ raw_dir() }}/{{ table }}/*.parquet', union_by_name = true
    )
  {%- else -%}
    {%- set key = 'source.' ~ project_name ~ '.raw.' ~ table -%}
    (
        select
        {%- for column in graph.sources[key].columns.values() %}
            cast(null as {{ column.data_type }}) as "{{ column.name }}"
            {{- ',' if not loop.last }}
        {%- endfor %}
        where false
    )
  {%- endif -%}
{%- endmacro %}
