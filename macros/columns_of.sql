{% macro columns_of(model) -%}
  {{ return(
      graph.get('nodes', {}).get('model.linksignal.' ~ model, {})
      .get('columns', {}) | list
  ) }}
{%- endmacro %}
