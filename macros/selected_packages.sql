{% macro selected_packages() -%}
  {%- set packages = [] -%}
  {%- for name in selected_resources if name.split('.')[1] not in packages -%}
    {%- do packages.append(name.split('.')[1]) -%}
  {%- endfor -%}
  {{ return(packages | sort) }}
{%- endmacro %}
