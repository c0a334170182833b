// Mutants that let a hand in SQL do harm: by a count that is too low, by a setting, or by the rights of the owner.

extension Mutant {
    static let hands = [
        sql(
            "low_count_of_a_lane", lacks: "that a lane goes on with a count that is too low",
            Cut("set held = greatest(held + v_change.held * v_change.count, 0),", held("held", "v_change.count"))),
        sql(
            "low_count_of_an_item", lacks: "that an item goes on with a count that is too low",
            Cut("set held = greatest(i.held + v_change.held * n.count, 0),", held("i.held", "n.count"))),
        sql(
            "low_count_keeps_from_ending", lacks: "that holds end with a count of their buyer that is too low",
            Cut("set held = greatest(b.held - n.count, 0),", "set held = b.held - n.count,")),
        sql(
            "low_count_keeps_many_from_buying", lacks: "that many buy with counts that are too low",
            Cut("set held = greatest(b.held - w.count, 0),", "set held = b.held - w.count,")),
        sql(
            "low_count_keeps_one_from_buying", lacks: "that a buyer buys alone with a count that is too low",
            Cut(
                "set held = greatest(b.held - cardinality(v_sold_items), 0),",
                "set held = b.held - cardinality(v_sold_items),")),
        sql(
            "low_count_of_sold_units", lacks: "that a refund is made with a count of a lane that is too low",
            Cut("set sold = greatest(sold - v_refund.count, 0)", "set sold = sold - v_refund.count")),
        sql(
            "low_count_of_a_sold_item", lacks: "that a refund is made with a count of an item that is too low",
            Cut("set sold = greatest(i.sold - 1, 0), first_free", "set sold = i.sold - 1, first_free")),
        sql(
            "owner_works_for_anybody", lacks: "that what runs as the owner is for the service alone",
            Cut("        execute format('revoke execute on function %s from public', v_function);\n")),
        sql(
            "anybody_unsells", lacks: "that only the owner takes a unit out of its order",
            Cut(
                "\n        and pg_has_role(current_user, (select c.relowner from pg_class c where c.oid = tg_relid), "
                    + "'member')")),
    ]

    private static func held(_ count: String, _ times: String) -> String {
        "set held = \(count) + v_change.held * \(times),"
    }
}
