{% macro in_totals_window() -%}
  {%- set conditions = [] -%}
  {%- if setting('answers_from') -%}
    {%- do conditions.append(
      "period_start >= date '" ~ setting('answers_from') ~ "'") -%}
  {%- endif -%}
  {%- if setting('answers_to') -%}
    {%- do conditions.append(
      "period_end <= date '" ~ setting('answers_to') ~ "'") -%}
  {%- endif -%}
  {%- if setting('country') or setting('language') -%}
    {%- do conditions.append('false') -%}
  {%- endif -%}
  coalesce({{ conditions | join(' and ') or 'true' }}, false)
{%- endmacro %}
