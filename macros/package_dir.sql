{% macro package_dir() -%}
  {%- set lookup = graph.nodes.get('seed.linksignal.signals', {}) -%}
  {{ return(lookup.get('root_path', '')) }}
{%- endmacro %}
