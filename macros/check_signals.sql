{% macro check_signals() -%}
  {%- if has_raw('domain_signals') -%}
    {%- set taken = graph.nodes['model.linksignal.domain_features'].columns
        | list -%}
    {%- for signal in lookup('signals') if signal.expression -%}
      {%- do taken.append(signal.signal) -%}
    {%- endfor -%}
    {%- set query -%}
      select
        {{ signal_key('signal') }} as signal_key,
        any_value(signal) as signal
      from {{ raw('domain_signals') }}
      group by signal_key
      order by signal_key
    {%- endset -%}
    {%- for signal in run_query(query) -%}
      {%- set key = signal.signal_key or '' -%}
      {%- for outcome in outcomes() if key.startswith(outcome.outcome) -%}
        {%- do taken.append(key) -%}
      {%- endfor -%}
      {%- if not key or key in taken -%}
        {{ stop("the raw table domain_signals has a signal named '"
            ~ (signal.signal or '') ~ "', which "
            ~ ('linksignal has itself: give it another name' if key
                else 'is no name: give it one with letters or digits')) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
