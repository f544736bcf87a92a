{% macro is_study_reference() -%}
  coalesce(case
      when kind = 'retrieval' then false
      when domain is null then brand is not null
      else {{ in_study('domain') }}
  end, false)
{%- endmacro %}
