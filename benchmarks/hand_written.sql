-- The link features as one query, written by hand for one load and one
-- snapshot: no layers, no snapshots to choose from, no records to deduplicate.
-- It counts in the cheapest way known (narrow pairs of hashes), as the models
-- do, so that the ratio shows what the layers cost.
create table domain_links as
with
study as (
    select domain, (row_number() over ())::integer as id
    from read_parquet('{raw_dir}/study_domains/*.parquet')
),
links as not materialized (
    select
        study.id,
        l.source_page_score, l.is_nofollow, l.is_text, l.is_image, l.is_form,
        l.is_frame, l.is_ugc, l.is_sponsored, l.is_lost,
        l.source_domain, l.source_url,
        coalesce(l.source_domain = l.target_domain, false) as is_self,
        not coalesce(l.is_lost or l.source_domain = l.target_domain, false)
            as counted
    from read_parquet('{raw_dir}/backlinks/*.parquet') as l
    inner join study on l.target_domain = study.domain
),
counts as (
    select
        id,
        count(*) filter (counted) as total_backlinks,
        count(*) filter (counted and not coalesce(is_nofollow, false))
            as follow_links,
        count(*) filter (counted and is_nofollow) as nofollow_links,
        count(*) filter (counted and is_text) as text_links,
        count(*) filter (counted and is_image) as image_links,
        count(*) filter (counted and is_form) as form_links,
        count(*) filter (counted and is_frame) as frame_links,
        count(*) filter (counted and is_ugc) as ugc_links,
        count(*) filter (counted and is_sponsored) as sponsored_links,
        count(*) filter (counted and is_nofollow is null)
            as follow_unknown_links,
        count(*) filter (is_lost and not is_self) as lost_links,
        count(*) filter (is_self) as self_links
    from links group by id
),
referrers as (
    select
        id,
        count(*) as referring_domains,
        count(*) filter (kinds & 1 > 0) as follow_referring_domains,
        count(*) filter (kinds & 2 > 0) as text_referring_domains,
        count(*) filter (kinds & 4 > 0) as image_referring_domains
    from (
        select
            id,
            bit_or((
                (not coalesce(is_nofollow, false))::utinyint
                + coalesce(is_text, false)::utinyint * 2
                + coalesce(is_image, false)::utinyint * 4
            )::utinyint) as kinds
        from links where counted group by
            id, xor(hash(source_domain), hash(hash(reverse(source_domain))))
    ) group by id
),
pages as (
    select id, count(*) as referring_pages
    from (
        select id from links where counted
        group by id, xor(hash(source_url), hash(hash(reverse(source_url))))
    ) group by id
),
scores as (
    select
        id,
        sum(n) as scored_links,
        min(source_page_score) filter (up_to >= 0.25 * total)
            as p25_page_score,
        min(source_page_score) filter (up_to >= 0.50 * total)
            as median_page_score,
        min(source_page_score) filter (up_to >= 0.75 * total)
            as p75_page_score
    from (
        select
            *,
            sum(n) over (partition by id order by source_page_score) as up_to,
            sum(n) over (partition by id) as total
        from (
            select id, source_page_score, count(*) as n
            from links
            where counted and source_page_score is not null
            group by id, source_page_score
        )
    ) group by id
)
select study.domain, counts.*, referrers.* exclude (id), pages.referring_pages,
    scores.* exclude (id)
from counts
inner join study using (id)
left join referrers using (id)
left join pages using (id)
left join scores using (id)
