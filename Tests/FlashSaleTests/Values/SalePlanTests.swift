// What makes a plan for a sale invalid.

import FlashSale
import Testing

@Suite struct SalePlanTests {
    private static func plan(_ change: (inout SalePlan) -> Void) -> SalePlan {
        var plan = SaleDefaults().plan(
            from: Timestamp(microseconds: 0), until: Timestamp(microseconds: 3_600_000_000))
        change(&plan)
        return plan
    }

    @Test("The defaults make a valid plan")
    func defaults() {
        #expect(Self.plan { _ in }.problems().isEmpty)
    }

    @Test(
        "Each bad field is named",
        arguments: [
            (plan { $0.itemCount = 0 }, "total_items"), (plan { $0.itemCount = 1_000_000_000 }, "total_items"),
            (plan { $0.stockPerItem = 0 }, "stock_per_item"), (plan { $0.stockPerItem = 1_001 }, "stock_per_item"),
            (plan { $0.maxItemsPerBuyer = 0 }, "max_items_per_user"),
            (plan { $0.maxItemsPerBuyer = 101 }, "max_items_per_user"),
            (plan { $0.endedAt = $0.startedAt }, "ended_at"),
            (plan { $0.endedAt = Timestamp(microseconds: 32 * 86_400_000_000) }, "ended_at"),
            (
                plan {
                    ($0.startedAt, $0.endedAt) = (Timestamp.range.upperBound - .seconds(1), Timestamp.range.upperBound)
                },
                "ended_at"
            ),
        ])
    func badFields(plan: SalePlan, field: String) {
        #expect(plan.problems()[field] != nil)
    }

    @Test(
        "A time is of the years 1970 to 9999 once its offset is applied",
        arguments: [
            ("1970-01-01T00:00:00Z", true), ("1970-01-01T00:59:59+01:00", false), ("1969-12-31T23:00:00-01:00", true),
            ("9999-12-31T23:59:59.999999Z", true), ("9999-12-31T23:59:59-00:01", false),
            ("0000-01-01T00:00:00+23:59", false),
        ])
    func times(text: String, isOne: Bool) {
        #expect((Timestamp(rfc3339: text) != nil) == isOne)
    }

    @Test(
        "A sale bounds lapses where buyers are proven or the setting says so, and never below its limit",
        arguments: [
            (nil, false, nil), (nil, true, 8), (0, true, nil), (3, false, 4), (30, true, 30),
        ] as [(Int?, Bool, Int?)])
    func lapses(setting: Int?, areBuyersProven: Bool, lapsesMax: Int?) {
        var defaults = SaleDefaults(maxItemsPerBuyer: 4)
        defaults.lapses = setting
        defaults.areBuyersProven = areBuyersProven
        let plan = defaults.plan(from: Timestamp(microseconds: 0), until: Timestamp(microseconds: 1))
        #expect(plan.lapsesMax == lapsesMax)
    }

    @Test("An item's design depends only on its identifier")
    func designs() {
        let item = ItemID(sale: SaleID(3), number: 17)
        #expect(ItemDesign(item) == ItemDesign(item))
        let names = Set((1...1_000).map { ItemDesign(ItemID(sale: SaleID(3), number: $0)).name })
        #expect(names.count > 900)
    }
}
