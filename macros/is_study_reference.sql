{#- The condition that a reference may be to the study: to one of its domains,
    or to a name, of which features tell whose it is. -#}
{% macro is_study_reference() -%}
  coalesce(case
      when domain is null then brand is not null
      else {{ in_study('domain') }}
  end, false)
{%- endmacro %}
