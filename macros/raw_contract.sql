{#- What _raw.yml says of a raw table. -#}
{% macro raw_contract(table) -%}
  {{ return(graph.sources['source.linksignal.raw.' ~ table]) }}
{%- endmacro %}
