{% macro inlined() -%}
  {{ return(adapter.dispatch('inlined', 'linksignal')()) }}
{%- endmacro %}

{% macro default__inlined() -%}
  {{ return('not materialized') }}
{%- endmacro %}

{% macro spark__inlined() -%}
  {{ return('') }}
{%- endmacro %}
