{% macro pasted(text) -%}
  {{ return("'" ~ text.replace("'", "'\\''") ~ "'") }}
{%- endmacro %}
