{% macro check_package_settings() -%}
  {%- if project_name != 'linksignal'
      and selected_packages() != ['linksignal'] -%}
    {{ check_package() }}
    {{ check_study() }}
  {%- endif -%}
{%- endmacro %}
