{#- The condition that a snapshot is not newer than backlinks_as_of. -#}
{% macro as_of_limit() -%}
  {%- if var('backlinks_as_of') -%}
    as_of <= date '{{ var("backlinks_as_of") }}'
  {%- else -%}
    true
  {%- endif -%}
{%- endmacro %}
