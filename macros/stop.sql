{#- End the run with exit code 2 and one sentence. -#}
{% macro stop(sentence) -%}
  {{ exceptions.raise_compiler_error(sentence) }}
{%- endmacro %}
