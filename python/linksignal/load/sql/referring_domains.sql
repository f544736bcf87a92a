-- Distinct sources among the pairs of each domain.
with

pairs as (

    select distinct
        domain,
        source
    from read_parquet([{{ paths | map("literal") | join(", ") }}])

)

select
    domain,
    count(*) as referring_domains
from pairs
group by domain;
