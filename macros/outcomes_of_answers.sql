{% macro outcomes_of_answers(mentions, answers, kind='outcome') -%}
  {%- for outcome in outcomes(kind) -%}
    {%- set count = mentions ~ '.' ~ (outcome.share_of or outcome.outcome) -%}
    coalesce({{ count }}, 0)
    {%- if outcome.share_of %}
        / nullif(sum({{ count }}) over (partition by {{ answers }}), 0)::double
    {%- endif %}
        as {{ outcome.outcome }}{{ ',' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}
