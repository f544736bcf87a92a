{% macro is_study_reference() -%}
  coalesce(case
      when domain is null then brand is not null
      else {{ in_study('domain') }}
  end, false)
{%- endmacro %}
