-- Links that land, and whether none of their domains links twice to a target.
with targets as (
    select
        count(*) as links,
        count(*) = count(distinct "backlinks.source_domain") as is_single
    from "rows:backlinks"
    group by "backlinks.target_domain"
)

select
    coalesce(sum(links), 0) as links,
    coalesce(bool_and(is_single), false) as is_single
from targets;
