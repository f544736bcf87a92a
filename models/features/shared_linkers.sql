with

leader_links as (

    select distinct linking_domain from {{ ref('leader_links') }}

),

links as not materialized (

    select * from {{ ref('stg_linking_domains' if reads_handover()
        else 'stg_backlinks') }}
    where is_counted

)

select distinct
    links.target_domain as domain,
    links.source_domain as linking_domain

from links
inner join leader_links
    on links.source_domain = leader_links.linking_domain
