{% macro text_list(name) -%}
  [
  {%- for item in setting(name).split(',') if item | trim -%}
    '{{ item | trim }}'{{ ', ' if not loop.last }}
  {%- endfor -%}
  ]
{%- endmacro %}
