-- Distinct sources among the pairs of each domain.
with

pairs as (

    select {% if not is_distinct %}distinct{% endif %}

        domain,
        source
    from read_parquet([{{ paths | map("literal") | join(", ") }}])

)

select
    domain,
    count(*) as referring_domains
from pairs
group by domain;
