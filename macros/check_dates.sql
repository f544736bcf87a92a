{% macro check_dates() -%}
  {%- for name in ['answers_from', 'answers_to', 'backlinks_as_of']
      if setting(name) -%}
    {%- set query = "select try_cast('" ~ setting(name) ~ "' as date)" -%}
    {%- if run_query(query).columns[0].values()[0] is none -%}
      {{ stop("var '" ~ name ~ "' has the value '" ~ setting(name)
          ~ "' and must be a date of the calendar") }}
    {%- endif -%}
  {%- endfor -%}
  {%- if setting('answers_from') and setting('answers_to')
      and setting('answers_from') > setting('answers_to') -%}
    {{ stop("var 'answers_from' is after 'answers_to': no answer can lie "
        ~ 'between them') }}
  {%- endif -%}
{%- endmacro %}
