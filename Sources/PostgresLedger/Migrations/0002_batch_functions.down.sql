-- Takes the batch functions back.
drop function raise_epoch, next_fence, ledger_confirm, ledger_expire, fence_stands, ledger_release, ledger_order,
    sell_late, order_details, ledger_record, end_due_holds, end_holds;
drop function holds_at;
drop type ended_hold;
drop function age_ms, hold_grace, lock_sale;
