-- Takes the cancellations' names back, and what they gave back.
drop function ledger_release(int, uuid[], uuid[], int[]);
drop table cancellations;
