with

study_domains as (

    select * from {{ ref('stg_study_domains') }}

),

clusters as (

    select * from {{ ref('domain_clusters') }}

),

backlinks as (

    select * from {{ ref('domain_backlinks') }}

),

authority as (

    select * from {{ ref('domain_authority') }}

),

deciles as (

    select * from {{ ref('authority_deciles') }}

)

select
    study_domains.domain,
    study_domains.category,
    study_domains.owner,
    {{ 'study_domains.category' if setting('cluster_by') == 'category'
        else 'clusters.cluster' }} as cluster,
    backlinks.* exclude (domain),
    {{ share('backlinks.follow_links', 'backlinks.nofollow_links') }}
        as follow_share,
    {{ share('backlinks.image_links', 'backlinks.text_links') }}
        as image_share,
    authority.authority_score,
    authority.authority_source,
    authority.authority_as_of,
    authority.delivered_score,
    authority.authority_scale,
    deciles.authority_decile

from study_domains
left join clusters using (domain)
left join backlinks using (domain)
left join authority using (domain)
left join deciles
    on authority.authority_score between deciles.min_score and deciles.max_score
