{#- The value of a setting as text, its form checked wherever it is read: a
    command that skips on-run-start must not paste a quote into SQL either. -#}
{% macro setting(name) -%}
  {%- set value = var(name) | string | trim -%}
  {%- set pattern, form = settings()[name] -%}
  {%- if not modules.re.fullmatch(pattern, value) -%}
    {{ stop("var '" ~ name ~ "' has the value '" ~ value
        ~ "' and must be " ~ form) }}
  {%- endif -%}
  {{ return(value) }}
{%- endmacro %}
