-- What needs no more than the table of public suffixes. Most hosts are plain:
-- reading them here is many times faster than one by one, and gives the same.
-- The deepest node of the suffix tree that ends a host decides.
create table suffixes as
select * from suffix_table;

create table hosts as
with plain as (
    select
        authority,
        string_split(authority, '.') as names
    from authorities
    where is_plain_host(authority)
),

nodes as (
    select
        {% for attribute in ("labels", "suffix_labels", "has_wildcard") %}
        coalesce(
            {%- for count in range(most_labels, 0, -1) %}
            suffixes_{{ count }}.{{ attribute }}{{ "," if not loop.last }}
            {%- endfor %}
        ) as {{ attribute }},
        {% endfor %}
        plain.authority,
        plain.names
    from plain
    {% for count in range(1, most_labels + 1) %}
    left join suffixes as suffixes_{{ count }}
        -- The whole name where it has fewer labels.
        on
            suffixes_{{ count }}.name
            = array_to_string(plain.names[-{{ count }}:], '.')
    {% endfor %}
),

cut as (
    select
        authority,
        names,
        case
            when has_wildcard and len(names) > labels then labels + 1
            else coalesce(suffix_labels, 0)
        end as suffix_labels
    from nodes
),

named as (
    select
        authority,
        array_to_string(names[-(suffix_labels + 1):], '.') as domain,
        case
            when suffix_labels = 0 then 'unknown_suffix'
            when len(names) <= suffix_labels then 'public_suffix'
            when regexp_matches(names[-(suffix_labels + 1)], '^-|_|-$')
                then 'bad_label'
        end as reason
    from cut
)

select
    authority as site,
    case when reason is null then authority end as host,
    case when reason is null then domain end as domain,
    reason,
    false as is_lookalike
from named;

drop table suffixes;
