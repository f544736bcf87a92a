{% macro in_study(domain) -%}
  {{ domain }} in (select domain from {{ ref('stg_study_domains') }})
{%- endmacro %}
