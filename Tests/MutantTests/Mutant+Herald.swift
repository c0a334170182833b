// Mutants whose herald lacks a guard in the ledger.

extension Mutant {
    static let herald = [
        sql(
            "reads_beside_batches", lacks: "the sale's lock before a line counts as complete",
            Cut("    perform lock_sale(p_sale);\n    perform from sales s", "    perform from sales s")),
        sql(
            "reads_beside_hands", lacks: "that a line is not complete beside a change by hand",
            Cut(
                "return case when found then (select q.last_value from orders_order_number_seq q) end;",
                "return (select q.last_value from orders_order_number_seq q);")),
        sql(
            "stale_herald_notes", lacks: "the fence of who notes what was told",
            Cut(
                "if not fence_stands('herald', p_fence) then\n        return false;",
                "if false then\n        return false;")),
        sql(
            "stale_herald_hears", lacks: "the fence of who hears what is due",
            Cut(
                "if not fence_stands('herald', p_fence) then\n        return query",
                "if false then\n        return query")),
        sql(
            "told_falls_back", lacks: "that what was told stays told",
            Cut("set told = greatest(c.told, excluded.told),", "set told = excluded.told,")),
        sql(
            "archive_is_not_told", lacks: "that orders in the archive are told",
            Cut(
                "        (select o.* from archived_orders o\n        where o.sale_id",
                "        (select o.* from archived_orders o\n        where false and o.sale_id")),
    ]
}
