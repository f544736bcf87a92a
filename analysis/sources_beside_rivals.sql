-- Sources that answers of a category cite where some of its domains are not
-- named: on which platform, in how many answers, and how many domains have them
-- among their first ten. That a source is cited beside those who are named says
-- nothing about why they are.

with

opportunities as (

    select * from {{ ref('source_opportunities') }}

)

select
    category,
    cited_domain,
    platform,
    any_value(is_study_domain) as is_study_domain,
    any_value(citing_answers) as citing_answers,
    round(any_value(citing_share), 2) as citing_share,
    count(*) as domains_without,
    max(rivals) as domains_named

from opportunities
group by category, cited_domain, platform
order by
    category asc,
    citing_answers desc,
    cited_domain asc,
    platform asc
