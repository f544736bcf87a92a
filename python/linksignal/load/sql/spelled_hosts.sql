-- Sites that are not spelled as their authority.
insert into hosts
select
    spellings.site,
    hosts.* exclude (site)
from spellings
inner join hosts on spellings.authority = hosts.site;

drop table sites;
drop table authorities;
drop table spellings;
