{#- Text as lower-case words between single spaces, so that a whole-word match
    is an equality of word runs. -#}
{% macro words(text) -%}
  trim(regexp_replace(
      lower(nfc_normalize({{ text }})), '[^\p{L}\p{M}\p{N}]+', ' ', 'g'
  ))
{%- endmacro %}
