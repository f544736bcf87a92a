{% macro setting(name) -%}
  {%- set value = var(name) | string | trim -%}
  {%- set pattern, form = settings()[name] -%}
  {%- if execute and not modules.re.fullmatch(pattern, value) -%}
    {{ stop("var '" ~ name ~ "' has the value '" ~ value
        ~ "' and must be " ~ form) }}
  {%- endif -%}
  {{ return(value) }}
{%- endmacro %}
