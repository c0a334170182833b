-- The summary that deploy/data/airflow refreshes, in a database of its own: nothing of it is in the ledger's server.
--
--     psql "$REPORTS_URL" -v ON_ERROR_STOP=1 -f reports.sql
create table daily_summary (
    day date not null,
    sale_id bigint not null,
    currency text not null,
    orders bigint not null,
    revenue_minor bigint not null,
    units bigint not null,
    primary key (day, sale_id, currency)
);
