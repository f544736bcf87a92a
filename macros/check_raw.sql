{#- An empty study must never look green: there must be raw tables, one of each
    side, and each must be readable for certain. -#}
{% macro check_raw() -%}
  {%- set sides = {
    'backlinks': ['backlinks', 'backlink_profiles'],
    'AI visibility': ['ai_answers', 'ai_totals'],
  } -%}
  {%- set there = [] -%}
  {%- for node in graph.sources.values()
      if node.package_name == 'linksignal' and has_raw(node.name) -%}
    {%- do there.append(node.name) -%}
  {%- endfor -%}
  {%- if not there and not reads_database() -%}
    {{ stop('raw_dir ' ~ raw_dir() ~ ' does not exist or holds no Parquet '
        ~ 'files: load exports into it with linksignal load FILE --raw '
        ~ pasted(raw_dir())) }}
  {%- endif -%}
  {%- for side, tables in sides.items() -%}
    {%- if tables[0] not in there and tables[1] not in there -%}
      {{ stop('the raw tables have no ' ~ side ~ ': load an export that gives '
          ~ tables | join(' or ')) }}
    {%- endif -%}
  {%- endfor -%}
  {%- if ('ai_answers' in there) != ('ai_references' in there) -%}
    {{ stop('the raw tables have only one of ai_answers and ai_references: '
        ~ 'load the export that gives the other') }}
  {%- endif -%}
  {%- for table in there -%}
    {{ check_raw_values(table) }}
  {%- endfor -%}
{%- endmacro %}


{#- Stop on a raw table whose columns cannot be read, whose as_of is no day
    that a record can describe (it would be taken for the newest snapshot), or
    whose counts are so large that a sum of them overflows. -#}
{% macro check_raw_values(table) -%}
  {%- set checks = ["select '' as name, null as wrong where false"] -%}
  {%- for column in raw_columns(table) -%}
    {%- set data_type = raw_contract(table).columns[column.name].data_type -%}
    {%- set wrong -%}
      {%- if column.name == 'as_of' -%}
        as_of is null
        or as_of not between date '1990-01-01' and current_date + 1
      {%- elif data_type == 'bigint' and column.name != 'record_number' -%}
        abs("{{ column.name }}"::hugeint) > 1000000000000000000
      {%- endif -%}
    {%- endset -%}
    {%- if wrong -%}
      {%- do checks.append(
        "select '" ~ column.name ~ "', coalesce(any_value(\"" ~ column.name
        ~ "\")::varchar, 'NULL') from rows where " ~ wrong
        ~ ' having count(*) > 0'
      ) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set query -%}
    with rows as not materialized (select * from {{ raw(table) }})
    {{ checks | join(' union all ') }}
  {%- endset -%}
  {%- for name, wrong in run_query(query) -%}
    {{ stop('the raw table ' ~ table ~ ' has the ' ~ name ~ ' ' ~ wrong ~ ': '
        ~ ('a record needs the day that it describes, from 1990 to today'
            if name == 'as_of'
            else 'counts beyond 1000000000000000000 cannot be added up')) }}
  {%- endfor -%}
{%- endmacro %}
