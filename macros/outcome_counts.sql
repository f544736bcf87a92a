{% macro outcome_counts() -%}
  {%- for outcome in outcomes('counted_where') -%}
    count(*) filter (where {{ outcome.counted_where }})
        as {{ outcome.outcome }}{{ ',' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}
