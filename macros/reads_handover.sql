{% macro reads_handover() -%}
  {{ return(not on_spark() and setting('links_from') == 'spark') }}
{%- endmacro %}
