{#- An empty study must never look green: there must be raw tables, and one of
    each side. -#}
{% macro check_raw() -%}
  {%- set sides = {
    'backlinks': ['backlinks', 'backlink_profiles'],
    'AI visibility': ['ai_answers', 'ai_totals'],
  } -%}
  {%- if not reads_database() -%}
    {%- set query -%}
      select count(*) from glob('{{ raw_dir() }}/**/*.parquet')
    {%- endset -%}
    {%- if run_query(query).columns[0].values()[0] == 0 -%}
      {{ stop('raw_dir ' ~ raw_dir() ~ ' does not exist or holds no Parquet '
          ~ 'files: load exports into it with linksignal load FILE --raw '
          ~ raw_dir()) }}
    {%- endif -%}
  {%- endif -%}
  {%- for side, tables in sides.items() -%}
    {%- if not (has_raw(tables[0]) or has_raw(tables[1])) -%}
      {{ stop('the raw tables have no ' ~ side ~ ': load an export that gives '
          ~ tables | join(' or ')) }}
    {%- endif -%}
  {%- endfor -%}
  {%- if has_raw('ai_answers') != has_raw('ai_references') -%}
    {{ stop('the raw tables have only one of ai_answers and ai_references: '
        ~ 'load the export that gives the other') }}
  {%- endif -%}
{%- endmacro %}
