{% macro in_answer_window() -%}
  {%- set conditions = [] -%}
  {%- if setting('answers_from') -%}
    {%- do conditions.append(
      "answered_at >= date '" ~ setting('answers_from') ~ "'") -%}
  {%- endif -%}
  {%- if setting('answers_to') -%}
    {%- do conditions.append(
      "answered_at < date '" ~ setting('answers_to') ~ "' + interval 1 day") -%}
  {%- endif -%}
  {%- for column in ['country', 'language'] if setting(column) -%}
    {%- do conditions.append(column ~ " = '" ~ setting(column) ~ "'") -%}
  {%- endfor -%}
  coalesce({{ conditions | join(' and ') or 'true' }}, false)
{%- endmacro %}
