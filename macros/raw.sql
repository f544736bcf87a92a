{% macro raw(table) -%}
  {%- set relation = source('raw', table) -%}
  {%- if not execute or '__dbt__cte__' in relation | string -%}
    {{ relation }}
  {%- elif flags.INTROSPECT is false -%}
    {{ raw_relation(table) }}
  {%- elif not has_raw(table) -%}
    (
        select
        {%- for column in raw_contract(table).columns.values() %}
            cast(null as {{ raw_type(column.data_type) }})
                as {{ adapter.quote(column.name) }}
            {{- ',' if not loop.last }}
        {%- endfor %}
        where false
    )
  {%- else -%}
    {{ raw_rows(table, raw_columns(table)) }}
  {%- endif -%}
{%- endmacro %}

{% macro raw_rows(table, columns) -%}
    (
        select
        {%- for column in columns %}
            {{ column.expression }} as {{ adapter.quote(column.name) }}
            {{- ',' if not loop.last }}
        {%- endfor %}
        from {{ raw_relation(table) }}
    )
{%- endmacro %}
