{#- Stop on a date that no calendar has, and on a window that ends before it
    begins. -#}
{% macro check_dates() -%}
  {%- for name in ['answers_from', 'answers_to', 'backlinks_as_of']
      if var(name) -%}
    {%- set query = "select try_cast('" ~ var(name) ~ "' as date)" -%}
    {%- if run_query(query).columns[0].values()[0] is none -%}
      {{ stop("var '" ~ name ~ "' has the value '" ~ var(name)
          ~ "' and must be a date of the calendar") }}
    {%- endif -%}
  {%- endfor -%}
  {%- if var('answers_from') and var('answers_to')
      and var('answers_from') > var('answers_to') -%}
    {{ stop("var 'answers_from' is after 'answers_to': no answer can lie "
        ~ 'between them') }}
  {%- endif -%}
{%- endmacro %}
