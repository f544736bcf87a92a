{% macro row_hash(columns) -%}
  {{ return(adapter.dispatch('row_hash', 'linksignal')(columns)) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
  {%- set values = columns | join(', ') -%}
  {{ return('hash(row(' ~ values ~ '))' if columns | length > 1
      else 'hash(' ~ values ~ ')') }}
{%- endmacro %}

{#- xxhash64 passes over NULL: whether a value is there is hashed beside it. -#}
{% macro spark__row_hash(columns) -%}
  {%- set values = [] -%}
  {%- for column in columns -%}
    {%- do values.extend([column, 'isnull(' ~ column ~ ')']) -%}
  {%- endfor -%}
  {{ return('xxhash64(' ~ values | join(', ') ~ ')') }}
{%- endmacro %}
