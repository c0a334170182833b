// Pods in Postgres: the rules of every ledger's placements, what only locks can keep, and a shop's move over ledgers.

import FlashSale
import FlashSaleTesting
import LibpqClient
import PostgresLedger
import Telemetry
import Testing

@Suite("Pods of ledgers")
struct PodTests {
    @Test("Ledgers keep the rules of placements", arguments: ShopPlacementsConformance.all)
    func rules(rule: PlacementRule) async throws {
        try await withPods { home, other in
            try await rule.run(
                on: PlacementScene(
                    home: PostgresShopPlacements(client: home), PostgresSaleCatalog(reader: home, bulk: home),
                    other: PostgresShopPlacements(client: other), PostgresSaleCatalog(reader: other, bulk: other)))
        }
    }

    @Test("A ledger becomes a pod once, while it is empty")
    func becoming() async throws {
        try await withOwnerAndService { owner, service in
            let (ledger, one) = (PostgresShopPlacements(client: owner), try #require(PodID(1)))
            await #expect(throws: LedgerFailure.self) { try await PostgresShopPlacements(client: service).become(one) }
            for _ in 1...2 { #expect(try await ledger.become(one)) }
            #expect(try await !ledger.become(try #require(PodID(2))))
            #expect(try await ledger.known().pod == one)
        }
        try await withClient { client in
            _ = try await createSale(items: 1, in: PostgresSaleCatalog(reader: client, bulk: client))
            let ledger = PostgresShopPlacements(client: client)
            #expect(try await !ledger.become(try #require(PodID(1))))
            #expect(try await ledger.become(.home))
        }
    }

    @Test(
        "A sale has a number of its pod, and none begins or ends in another pod's time",
        arguments: [
            ("sales_are_of_their_pod", Self.insert("overriding system value", number: "1 << 24", shop: "main")),
            ("sales_keep_to_their_pod", Self.insert("", number: nil, shop: "lego")),
            ("sales_do_not_overlap", "update sales set ended_at = ended_at + interval '1 second'"),
            ("ledger_pod", "update ledger set pod = 128"),
            ("shop_placements_pod", "update shop_placements set pod = 128"),
            ("shop_placements_version", "update shop_placements set version = 0"),
            ("shop_placements_key", "insert into shop_placements select * from shop_placements"),
        ])
    func walls(constraint: String, attempt: String) async throws {
        try await withClient { client in
            try await client.execute(
                script: """
                    select create_sale(now(), now() + '1 hour', 1, 1, 1, 60, null, null, 1, 'lego');
                    select give_shop('lego', 0, 1)
                    """, deadline: .patient)
            let error = await #expect(throws: PostgresError.self) { try await client.run(attempt) }
            #expect(error?.constraintName == constraint)
        }
    }

    private static func insert(_ clause: String, number: String?, shop: String) -> String {
        """
        insert into sales (\(number == nil ? "" : "sale_id, ")started_at, ended_at, item_count, stock_per_item,
            taken_max, hold_seconds, shop)
        \(clause) select \(number.map { "\($0), " } ?? "")ended_at, ended_at + interval '1 hour', 1, 1, 1, 1, '\(shop)'
        from sales
        """
    }

    @Test("Who gives a shop away waits for a sale that is being created, and the next pod begins after it")
    func creationMeanwhile() async throws {
        try await withClient { client in
            let ledger = PostgresShopPlacements(client: client)
            let one = try #require(PodID(1))
            let giving = try await client.withTransaction(deadline: .patient) { creator in
                _ = try await creator.query(
                    PostgresStatement(
                        "create", "select create_sale('2031-01-01', '2031-01-02', 1, 1, 1, 60, null)", type: .select,
                        table: .none, isPrepared: false))
                let giving = Task { try await ledger.give(.main, version: 0, to: one) }
                try await client.wait(
                    until: "exists (select from pg_locks where locktype = 'advisory' and not granted)")
                return giving
            }
            let end = try #require(Timestamp(rfc3339: "2031-01-02T00:00:00Z"))
            #expect(try await giving.value?.beginsAt == end)
        }
    }

    @Test("A program that creates a sale while its shop leaves is told so, and creates nothing")
    func leavingMeanwhile() async throws {
        try await withClient { client in
            let catalog = PostgresSaleCatalog(reader: client, bulk: client)
            let now = try await catalog.agenda().readAt
            let plan = SalePlan(
                startedAt: now, endedAt: now + .seconds(60), itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1,
                hold: .seconds(60))
            let creating = try await client.withTransaction(deadline: .patient) { giver in
                _ = try await giver.query(
                    PostgresStatement(
                        "give", "select give_shop('main', 0, 1)", type: .select, table: .none, isPrepared: false))
                let creating = Task { try await catalog.create(plan, fence: nil) }
                try await client.wait(
                    until: "exists (select from pg_locks where locktype = 'advisory' and not granted)")
                return creating
            }
            #expect(try await creating.value == .moved)
            #expect(try await client.number("select count(*) from sales") == 0)
        }
    }

    @Test("A move that is broken off after any step is ended by the next one", arguments: 0...3)
    func brokenOff(steps: Int) async throws {
        try await withPods { home, other in
            let (first, second) = (PostgresShopPlacements(client: home), PostgresShopPlacements(client: other))
            let (one, lego) = (try #require(PodID(1)), try #require(ShopID("lego")))
            let mover = ShopMover([.home: first, one: second])
            for target in [one, .home] {
                var left = steps
                _ = try? await mover.move(lego, to: target) { _ in
                    left -= 1
                    if left <= 0 { throw Broken() }
                }
                guard case .done(let placement) = try await mover.move(lego, to: target) else {
                    return #expect(Bool(false), "the move did not end")
                }
                #expect(placement.pod == target)
                for ledger in [first, second] {
                    let known = try await ledger.known()
                    #expect(known.placement(of: lego) == placement)
                    #expect((known.own(lego) != nil) == (known.pod == target))
                }
            }
        }
    }
}

private struct Broken: Error {}

/// Lends the ledgers of home and of pod 1, each with the rights of the service alone.
func withPods(_ body: (_ home: PostgresClient, _ other: PostgresClient) async throws -> Void) async throws {
    try await withOwnerAndService { _, home in
        try await withOwnerAndService { owner, other in
            let one = try #require(PodID(1))
            try #require(try await PostgresShopPlacements(client: owner).become(one))
            try await body(home, other)
        }
    }
}
