// Mutants whose ledger does not keep shops apart, or does not keep them at all.

extension Mutant {
    static let shops = [
        sql(
            "shops_share_the_time", lacks: "that sales of two shops may overlap",
            Cut("    shop_range(shop, shop, '[]') with =, tstzrange", "    tstzrange")),
        sql(
            "every_sale_is_mains", lacks: "that a sale is of the shop that its plan names",
            Cut("p_lane_count, p_shop\n", "p_lane_count, 'main'\n")),
        sql(
            "agenda_without_shops", lacks: "that the agenda says whose sale it is",
            Cut("s.lane_count, s.shop, s.room_pace\n", "s.lane_count, 'main', s.room_pace\n")),
    ]
}
