{#- A text as one word of a command that can be pasted to a shell. -#}
{% macro pasted(text) -%}
  {{ return("'" ~ text.replace("'", "'\\''") ~ "'") }}
{%- endmacro %}
