{% macro check_settings() -%}
  {%- if project_name == 'linksignal' -%}
    {{ check_var_names() }}
    {{ check_study() }}
  {%- elif selected_packages() == ['linksignal'] -%}
    {{ check_package() }}
    {{ check_study() }}
  {%- endif -%}
{%- endmacro %}
