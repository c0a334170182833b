-- A ledger that does not say once which pod it is, and a sale with another pod's number. The walls between pods go by
-- what the ledger says.
select format('the ledger says %s times which pod it is', count(*))
from ledger
having count(*) <> 1
union all
select format('sale %s has a number of pod %s, and its ledger is pod %s', s.sale_id, s.sale_id >> 24, l.pod)
from sales s
cross join ledger l
where s.sale_id >> 24 <> l.pod and ($1::int is null or s.sale_id = $1::int)
