{#- The platforms of the study, in the lookup's order: the columns of the
    feature matrix, so they must be known when SQL is written. -#}
{% macro study_platforms() -%}
  {{ return([
    'chatgpt', 'chatgpt_search', 'gemini', 'google_ai_overviews', 'perplexity'
  ]) }}
{%- endmacro %}
