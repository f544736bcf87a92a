{% macro percentile(value, peers, fewest=10) -%}
  {%- set group = 'partition by ' ~ peers | join(', ') -%}
    case
        when
            {{ peers[-1] }} is not null
            and count(*) over ({{ group }}) >= {{ fewest }}
            then 100 * (
                rank() over ({{ group }} order by {{ value }}) - 1
                + count(*) over ({{ group }}, {{ value }}) / 2
            ) / count(*) over ({{ group }})
    end
{%- endmacro %}
