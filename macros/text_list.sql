{#- A comma-separated setting as a list of SQL text. -#}
{% macro text_list(setting) -%}
  [
  {%- for item in var(setting).split(',') if item | trim -%}
    '{{ item | trim }}'{{ ', ' if not loop.last }}
  {%- endfor -%}
  ]
{%- endmacro %}
