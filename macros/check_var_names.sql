{% macro check_var_names() -%}
  {%- for name in invocation_args_dict.get('vars', {})
      if name not in linksignal.settings() -%}
    {{ linksignal.stop("unknown var '" ~ name ~ "': the vars are "
        ~ linksignal.settings() | join(', ')) }}
  {%- endfor -%}
{%- endmacro %}
