{% macro no_text_items() -%}
  {{ return(adapter.dispatch('no_text_items', 'linksignal')()) }}
{%- endmacro %}

{% macro default__no_text_items() -%}
  {{ return('[]') }}
{%- endmacro %}

{% macro spark__no_text_items() -%}
  {{ return('cast(array() as array<string>)') }}
{%- endmacro %}
