{% macro check_landed_files() -%}
  {%- if not reads_database() and has_raw('loads') -%}
    {%- set query -%}
      select file
      from glob({{ raw_files('*') }})
      where
        split_part(file, '/', -2) in (
          {%- for node in graph.sources.values()
              if node.package_name == 'linksignal'
              and node.source_name == 'raw' -%}
            '{{ node.name }}'{{ ', ' if not loop.last }}
          {%- endfor -%}
        )
        and regexp_full_match(
          split_part(file, '/', -1), '[a-z0-9_]+-[0-9a-f]{12}[.]parquet'
        )
        and split_part(file, '/', -1) not in (
          select load_id || '.parquet'
          from {{ raw('loads') }}
          where load_id is not null
        )
      order by file
      limit 1
    {%- endset -%}
    {%- for file in run_query(query).columns[0].values() -%}
      {{ stop(file ~ ' is of a load that the ledger of loads lacks: remove it '
          ~ 'and load its export again') }}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
