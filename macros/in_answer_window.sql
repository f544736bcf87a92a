{#- The condition that an answer lies in the study's window, country and
    language. An answer that does not say is outside a filter that is set. -#}
{% macro in_answer_window() -%}
  {%- set conditions = [] -%}
  {%- if var('answers_from') -%}
    {%- do conditions.append(
      "answered_at >= date '" ~ var('answers_from') ~ "'") -%}
  {%- endif -%}
  {%- if var('answers_to') -%}
    {%- do conditions.append(
      "answered_at < date '" ~ var('answers_to') ~ "' + interval 1 day") -%}
  {%- endif -%}
  {%- for column in ['country', 'language'] if var(column) -%}
    {%- do conditions.append(column ~ " = '" ~ var(column) ~ "'") -%}
  {%- endfor -%}
  coalesce({{ conditions | join(' and ') or 'true' }}, false)
{%- endmacro %}
