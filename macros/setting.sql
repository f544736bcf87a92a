{% macro setting(name) -%}
  {%- set value = var(name) | string | trim -%}
  {%- set pattern, form = settings()[name] -%}
  {%- if not modules.re.fullmatch(pattern, value) -%}
    {{ stop("var '" ~ name ~ "' has the value '" ~ value
        ~ "' and must be " ~ form) }}
  {%- endif -%}
  {{ return(value) }}
{%- endmacro %}
