-- Links that land, and whether none of their domains links twice to a target.
-- Most files show in a part of their rows that one does.
with links as (
    select
        "backlinks.source_domain" as source_domain,
        "backlinks.target_domain" as target_domain
    from "rows:backlinks"
    {% if most_links %}limit {{ most_links }}{% endif %}
),

targets as (
    select
        count(*) as links,
        count(*) = count(distinct source_domain) as is_single
    from links
    group by target_domain
)

select
    coalesce(sum(links), 0) as links,
    coalesce(bool_and(is_single), false) as is_single
from targets;
