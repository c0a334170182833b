-- Which pod the ledger says that it is.
select pod
from ledger
