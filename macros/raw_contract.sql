{% macro raw_contract(table) -%}
  {{ return(graph.sources['source.linksignal.raw.' ~ table]) }}
{%- endmacro %}
