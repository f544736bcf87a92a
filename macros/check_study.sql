{% macro check_study() -%}
  {%- for name in settings() -%}
    {%- set checked = setting(name) -%}
  {%- endfor -%}
  {%- if execute -%}
    {{ check_dates() }}
    {{ check_unfinished_load() }}
    {{ check_raw() }}
    {{ check_landed_files() }}
    {{ check_authority_source() }}
    {{ check_signals() }}
  {%- endif -%}
{%- endmacro %}
