{% macro check_package() -%}
  {%- if execute -%}
    {{ check_python_package() }}
    {{ check_names(graph.nodes.values()) }}
  {%- endif -%}
{%- endmacro %}
