{#- The condition that the period of a total lies in the study's window; an
    unknown period is outside a window that is set. -#}
{% macro in_totals_window() -%}
  {%- set conditions = [] -%}
  {%- if var('answers_from') -%}
    {%- do conditions.append(
      "period_start >= date '" ~ var('answers_from') ~ "'") -%}
  {%- endif -%}
  {%- if var('answers_to') -%}
    {%- do conditions.append(
      "period_end <= date '" ~ var('answers_to') ~ "'") -%}
  {%- endif -%}
  coalesce({{ conditions | join(' and ') or 'true' }}, false)
{%- endmacro %}
