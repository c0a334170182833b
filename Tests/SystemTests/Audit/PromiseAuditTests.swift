// The judge of promises, with journals and evidence made by hand: what the stores add, and what must be no breach.

import Testing

@testable import Audit

@Suite("The audit of promises")
struct PromiseAuditTests {
    /// Two buyers of a sale of three items of one unit; the second is refused the first one's item.
    private static func history(refusedAt: Int64 = 5_000_000_000, reason: String = "item_held") throws -> History {
        try History(
            parsing: Array(
                """
                \(History.mark) run=r wall=0 sale=7 items=3 stock=1 limit=2 target=http://x:1
                S 1 1000000000 4 checkout 2
                A 1 1100000000 200 won - CHK-7-a - 9000
                S 2 2000000000 4 purchase CHK-7-a
                A 2 2100000000 200 won - - 2 -
                S 3 \(refusedAt) 5 checkout 2
                A 3 \(refusedAt + 1_000_000) 409 sold_out \(reason) - - -
                E 9

                """.utf8))
    }

    private static let taken = Evidence.Occupancy(item: 2, from: 1_050_000_000, until: .max)

    private static let seen: Evidence = {
        var evidence = Evidence()
        evidence.knowsAllOrders = true
        evidence.orders = ["CHK-7-a": Evidence.Order(items: [2], user: "load-r-4")]
        evidence.occupancies = [taken]
        return evidence
    }()

    private func broken(_ history: History, _ evidence: Evidence, hasStrangers: Bool = false) -> [String] {
        PromiseAudit(history, evidence, hasStrangers: hasStrangers).findings
            .filter { $0.breaches > 0 }.map(\.check)
    }

    @Test("An answer that the stores confirm is no breach")
    func confirmed() throws {
        #expect(broken(try Self.history(), Self.seen).isEmpty)
        #expect(broken(try Self.history(reason: "item_sold"), Self.seen).isEmpty)
    }

    @Test("A refusal is false if the database had a free unit all through the second before it")
    func refusedWhileFree() throws {
        var evidence = Self.seen
        evidence.occupancies = []
        #expect(broken(try Self.history(), evidence) == ["no_false_sold_out"])
        // A hold that ended a moment ago makes the refusal true, one that ended long ago does not.
        evidence.occupancies = [Evidence.Occupancy(item: 2, from: 0, until: 4_500_000_000)]
        #expect(broken(try Self.history(), evidence).isEmpty)
        evidence.occupancies = [Evidence.Occupancy(item: 2, from: 0, until: 3_500_000_000)]
        #expect(broken(try Self.history(), evidence) == ["no_false_sold_out"])
    }

    @Test("Without the database, no refusal is false of an item that was not read before the run")
    func refusedUnread() throws {
        var evidence = Self.seen
        evidence.occupancies = nil
        var history = try Self.history(refusedAt: 1_050_000_000, reason: "all_items_sold")
        #expect(broken(history, evidence) == ["no_false_sold_out"])
        history.sale.unreadFrom = 2
        #expect(broken(history, evidence).isEmpty)
    }

    @Test("Without the database, a refusal is false if no buyer can have had the item")
    func refusedWithoutTaker() throws {
        // Refused before the only checkout of the item was sent.
        let early = try Self.history(refusedAt: 100_000_000)
        #expect(broken(early, Evidence()) == ["no_false_sold_out"])
        #expect(broken(early, Evidence(), hasStrangers: true).isEmpty)
        #expect(broken(try Self.history(), Evidence()).isEmpty)
    }

    @Test("The answer that all is sold is true only if all is sold")
    func allSold() throws {
        let history = try Self.history(reason: "all_items_sold")
        #expect(broken(history, Evidence()) == ["no_false_sold_out"])
        #expect(broken(history, Self.seen) == ["no_false_sold_out"])
        var evidence = Self.seen
        evidence.occupancies = (1...3).map { Evidence.Occupancy(item: $0, from: 0, until: .max) }
        #expect(broken(history, evidence).isEmpty)
    }

    @Test("An acknowledged order is lost if it is absent, lacks an item, or is another buyer's")
    func lost() throws {
        let others: [Evidence.Order?] = [
            nil, Evidence.Order(items: [], user: "load-r-4"), Evidence.Order(items: [2], user: "load-r-5"),
        ]
        for other in others {
            var evidence = Self.seen
            evidence.orders["CHK-7-a"] = other
            #expect(broken(try Self.history(), evidence) == ["acknowledged_orders_exist"])
        }
    }

    @Test("A unit that was refunded may be sold again, and its first buyer may take another; one that was not may not")
    func refunded() throws {
        let both = try History(
            parsing: Array(
                """
                \(History.mark) run=r wall=0 sale=7 items=2 stock=1 limit=1 target=http://x:1
                S 1 1000000000 4 checkout 1
                A 1 1100000000 200 won - CHK-7-a - 9000
                S 2 2000000000 4 purchase CHK-7-a
                A 2 2100000000 200 won - - 1 -
                S 3 3000000000 4 checkout 2
                A 3 3100000000 200 won - CHK-7-b - 9000
                S 4 4000000000 4 purchase CHK-7-b
                A 4 4100000000 200 won - - 2 -
                S 5 5000000000 5 checkout 1
                A 5 5100000000 200 won - CHK-7-c - 9000
                S 6 6000000000 5 purchase CHK-7-c
                A 6 6100000000 200 won - - 1 -
                S 7 7000000000 6 checkout 1
                A 7 7100000000 409 sold_out item_sold - - -
                E 9

                """.utf8))
        var evidence = Evidence()
        evidence.orders = [
            "CHK-7-a": Evidence.Order(items: [1], user: "load-r-4"),
            "CHK-7-b": Evidence.Order(items: [2], user: "load-r-4"),
            "CHK-7-c": Evidence.Order(items: [1], user: "load-r-5"),
        ]
        evidence.items = [1: Evidence.Item(number: 1, isSold: false)]
        #expect(
            broken(both, evidence) == ["units_are_sold_once", "buyers_stay_within_limits", "no_false_sold_out"])
        evidence.orders["CHK-7-a"]?.refunded = [1]
        #expect(broken(both, evidence).isEmpty)
    }

    @Test("Stock and limit count as they were when a buyer was told of them")
    func restocked() throws {
        var evidence = Self.seen
        var log = SaleLog(SaleLog.Terms(stock: 1, limit: 2))
        log.add(SaleLog.Terms(stock: 2, limit: 2), from: 4_000_000_000)
        evidence.log = log
        // A second after the restock one of two units is free; until then none was.
        #expect(broken(try Self.history(refusedAt: 5_000_000_000), evidence).isEmpty)
        #expect(broken(try Self.history(refusedAt: 5_500_000_000), evidence) == ["no_false_sold_out"])
        log.add(SaleLog.Terms(stock: 1, limit: 2), from: 5_400_000_000)
        evidence.log = log
        #expect(broken(try Self.history(refusedAt: 5_500_000_000), evidence).isEmpty)
        // All was sold until the restock: then three of six units are free.
        evidence.occupancies = (1...3).map { Evidence.Occupancy(item: $0, from: 0, until: .max) }
        evidence.log = SaleLog(SaleLog.Terms(stock: 1, limit: 2))
        evidence.log?.add(SaleLog.Terms(stock: 2, limit: 2), from: 4_000_000_000)
        for (moment, isTrue) in [(5_000_000_000 as Int64, true), (5_500_000_000, false)] {
            let history = try Self.history(refusedAt: moment, reason: "all_items_sold")
            #expect(broken(history, evidence).isEmpty == isTrue)
        }
        // An item that was sold out is for sale again.
        evidence.items = [2: Evidence.Item(number: 2, isSold: false)]
        #expect(broken(try Self.history(reason: "item_sold"), evidence).isEmpty)
        evidence.log = SaleLog(SaleLog.Terms(stock: 1, limit: 2))
        #expect(broken(try Self.history(reason: "item_sold"), evidence) == ["no_false_sold_out"])
    }

    @Test("A buyer may have bought what the limit allows or once allowed, and buyers what the stock is now")
    func limits() throws {
        var history = try Self.history()
        history.exchanges += [5, 4].flatMap { (buyer: UInt32) in
            ["x", "y"].map { code in
                var purchase = History.Exchange(
                    id: 9, buyer: buyer, endpoint: .purchase, code: "CHK-7-\(code)\(buyer)", sent: 6_000_000_000)
                (purchase.answered, purchase.outcome, purchase.soldItems) = (6_100_000_000, .won, [2])
                return purchase
            }
        }
        var evidence = Evidence()
        evidence.log = SaleLog(SaleLog.Terms(stock: 1, limit: 3))
        #expect(broken(history, evidence) == ["units_are_sold_once"])
        evidence.log?.add(SaleLog.Terms(stock: 5, limit: 2), from: 5_000_000_000)
        #expect(broken(history, evidence).isEmpty)
        evidence.log = SaleLog(SaleLog.Terms(stock: 5, limit: 2))
        #expect(broken(history, evidence) == ["buyers_stay_within_limits"])
    }

    /// Another checkout is refused at a moment in milliseconds from the start.
    private static func history(_ reason: String, at milliseconds: Int64, of endpoint: String = "checkout") throws
        -> History
    {
        var history = try Self.history()
        let told = try History(
            parsing: Array(
                """
                \(History.mark) run=r wall=0 sale=7 items=3 stock=1 limit=2 target=http://x:1
                S 9 \(milliseconds * 1_000_000) 6 \(endpoint) 3
                A 9 \(milliseconds * 1_000_000 + 1) 400 refused \(reason) - - -

                """.utf8))
        history.exchanges += told.exchanges
        return history
    }

    @Test("That a sale is paused is told while it is, and 250 ms longer at most, or 5 s if it was changed by hand")
    func paused() throws {
        for (isByHand, echo) in [(false, 250 as Int64), (true, 5_000)] {
            for (endpoint, isOfPurchases) in [("checkout", false), ("purchase", true)] {
                var log = SaleLog(SaleLog.Terms(stock: 1, limit: 2))
                let pause = SaleLog.Terms(stock: 1, limit: 2, isPaused: true, arePurchasesPaused: isOfPurchases)
                log.add(pause, from: 10_000_000_000)
                log.add(SaleLog.Terms(stock: 1, limit: 2), from: 20_000_000_000, isByHand: isByHand)
                var evidence = Self.seen
                evidence.log = log
                // The clocks may be 250 ms apart.
                for (moment, isTrue) in [
                    (9_700, false), (9_800, true), (15_000, true), (20_200 + echo, true), (20_300 + echo, false),
                ] {
                    let told = try Self.history("sale_paused", at: moment, of: endpoint)
                    #expect(broken(told, evidence) == (isTrue ? [] : ["acts_are_heard"]), "\(endpoint) \(moment)")
                }
                let late = PromiseAudit(
                    try Self.history("sale_paused", at: 20_040, of: endpoint), evidence, hasStrangers: false)
                #expect(late.notes == ["that the sale is paused or over was told for 40 ms at most after it was so"])
            }
        }
    }

    @Test("That a sale is not on is told before its start, after its end, and 250 ms after it goes on")
    func over() throws {
        var log = SaleLog(SaleLog.Terms(stock: 1, limit: 2, starts: 5_000_000_000, ends: 10_000_000_000))
        log.add(
            SaleLog.Terms(stock: 1, limit: 2, starts: 5_000_000_000, ends: 30_000_000_000), from: 20_000_000_000)
        var evidence = Self.seen
        evidence.log = log
        for (moment, isTrue) in [
            (4_000, true), (5_400, true), (5_600, false), (9_700, false), (9_800, true), (20_400, true),
            (20_600, false), (30_000, true),
        ] as [(Int64, Bool)] {
            let told = try Self.history("sale_not_active", at: moment)
            #expect(broken(told, evidence) == (isTrue ? [] : ["acts_are_heard"]), "\(moment)")
        }
    }

    @Test("An order that one of our buyers did not ask for is found, a stranger's is not")
    func invented() throws {
        var evidence = Self.seen
        evidence.orders["CHK-7-x"] = Evidence.Order(items: [1], user: "ann")
        #expect(broken(try Self.history(), evidence).isEmpty)
        evidence.orders["CHK-7-y"] = Evidence.Order(items: [3], user: "load-r-9")
        #expect(broken(try Self.history(), evidence) == ["orders_were_asked_for"])
    }

    @Test("A counterexample has its request with its times")
    func timeline() throws {
        var evidence = Self.seen
        evidence.orders = [:]
        let findings = PromiseAudit(try Self.history(), evidence, hasStrangers: false).findings
        let example = findings.flatMap(\.counterexamples).first ?? ""
        #expect(example.contains("request 2, buyer load-r-4: purchase CHK-7-a sent +2.000000 s, answered 200 won"))
        #expect(example.contains("+2.100000 s sold ITM-7-2"))
    }
}
