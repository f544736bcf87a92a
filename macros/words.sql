{% macro words(text) -%}
  trim(regexp_replace(
      lower(nfc_normalize({{ text }})), '[^\p{L}\p{M}\p{N}]+', ' ', 'g'
  ))
{%- endmacro %}
