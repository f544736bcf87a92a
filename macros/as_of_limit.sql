{% macro as_of_limit() -%}
  {%- if setting('backlinks_as_of') -%}
    as_of <= date '{{ setting("backlinks_as_of") }}'
  {%- else -%}
    true
  {%- endif -%}
{%- endmacro %}
