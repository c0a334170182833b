-- The identity of the ledger, which names its keys in Redis. It is of this place: a copy of the ledger has another one.
select substr(encode(sha256(convert_to(
    l.identity || ' ' || c.system_identifier || ' ' || d.oid || ' ' || t.oid, 'UTF8')), 'hex'), 1, 16)
from ledger l
join pg_class t on t.oid = l.tableoid
join pg_database d on d.datname = current_database()
cross join pg_control_system() c
