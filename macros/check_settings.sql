{% macro check_settings() -%}
  {%- for name in invocation_args_dict.get('vars', {})
      if name not in settings() -%}
    {{ stop("unknown var '" ~ name ~ "': the vars are "
        ~ settings() | join(', ')) }}
  {%- endfor -%}
  {%- for name in settings() -%}
    {%- set checked = setting(name) -%}
  {%- endfor -%}
  {%- if execute -%}
    {{ check_dates() }}
    {{ check_unfinished_load() }}
    {{ check_raw() }}
    {{ check_landed_files() }}
    {{ check_authority_source() }}
  {%- endif -%}
{%- endmacro %}
