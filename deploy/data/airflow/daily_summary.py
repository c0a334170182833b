# Refreshes the summary of the day that has ended, an hour later: by then the last orders of the day are in Pinot. Trino
# reads Pinot and writes the database of reports.
#
# A run replaces its day as a whole, so it may run again at any time, and `airflow backfill create` fills days in the past.
from pathlib import Path

import pendulum
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG

with DAG(
    dag_id="daily_summary",
    description="Orders, revenue and units of each sale and day",
    schedule="0 1 * * *",
    start_date=pendulum.datetime(2026, 11, 1, tz="UTC"),
    catchup=False,
    # Two runs of a day would write it twice.
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": pendulum.duration(minutes=5)},
    template_searchpath=[str(Path(__file__).parent.parent / "queries")],
    tags=["flashsale"],
) as dag:
    forget = SQLExecuteQueryOperator(
        task_id="forget_day", conn_id="trino",
        sql="delete from reports.public.daily_summary where day = date '{{ macros.ds_add(ds, -1) }}'")
    refresh = SQLExecuteQueryOperator(task_id="refresh_day", conn_id="trino", sql="refresh_day.sql")
    forget >> refresh
