// What the herald reads in Postgres: the rules of its seam with the service's rights, lanes, refunds, the archive.

import FlashSale
import FlashSaleTesting
import Foundation
import LibpqClient
import PostgresLedger
import Telemetry
import Testing
import Textbook
import Webhooks

@Suite("Events in Postgres") struct EventLedgerTests {
    /// A sale that is on, of 20 items, and two functions for a test: `sell` lets a buyer buy an item, `tell` shows
    /// what the herald would read.
    private static func scene(lanes: Int) -> String {
        """
        do $$ begin
            perform create_sale(now() - interval '1 minute', now() + interval '1 hour', 20, 1, 10, 60, null, null,
                \(lanes));
            insert into items select 1, i, 'item ' || i, 100 * i, 'EUR' from generate_series(1, 20) i;
        end $$;
        create function code_of(p_item int) returns uuid language sql as $$
            select overlay(md5(p_item::text) placing lpad(to_hex(p_item % \(lanes)), 2, '0') from 1)::uuid
        $$;
        create function sell(p_item int) returns text language plpgsql as $$
        declare
            v_code uuid := code_of(p_item);
        begin
            perform ledger_record(1, array[v_code], array['buyer-' || p_item], array[p_item], array[1], array[v_code],
                array['key-' || p_item], array[v_code], p_item % \(lanes), \(lanes) = 1);
            return (select outcome from ledger_order(1, array[v_code], array[v_code], array['secret-' || p_item],
                null, p_item % \(lanes), \(lanes) = 1));
        end $$;
        create function tell(p_told bigint) returns setof text language sql as $$
            select e.type || ' ' || e.data from herald_events(1, p_told, herald_horizon(1), 1000) e
        $$;
        """
    }

    private static func withSale(
        lanes: Int = 1, _ body: (_ owner: PostgresClient, _ service: PostgresClient) async throws -> Void
    ) async throws {
        try await withOwnerAndService { owner, service in
            try await owner.execute(script: scene(lanes: lanes), deadline: .patient)
            try await body(owner, service)
        }
    }

    @Test("Postgres keeps the rules of the seam", arguments: EventLedgerConformance.all, [1, 4])
    func conformance(rule: EventLedgerRule, lanes: Int) async throws {
        try await Self.withSale(lanes: lanes) { owner, service in
            let fences = PostgresFences(writer: service)
            try await rule.run(
                on: EventLedgerScene(
                    ledger: PostgresEventLedger(client: service), sale: SaleID(1),
                    sell: { item in
                        let outcome = try await owner.text("select sell(\(item))")
                        #expect(outcome == "ordered")
                    },
                    nextFence: { try #require(try await fences.next(.herald)) }))
        }
    }

    @Test("A line has orders, refunds and changes in the order in which they were committed, and no secret")
    func line() async throws {
        try await Self.withSale { owner, _ in
            try await owner.execute(
                script: """
                    select sell(1), sell(2);
                    select sale_change(1, null, 'operator', 'because', 'key', 'pause_holds');
                    """, deadline: .patient)
            for change in [
                "'pause_holds'", "'resume'", "'refund', null, null, null, code_of(1)",
                "'price', null, 3, 50",
            ] {
                let version = try await owner.number("select version from sales")
                let outcome = try await owner.text(
                    "select outcome from sale_change(1, \(version), 'operator', 'because', null, \(change))")
                #expect(outcome == "changed")
            }
            try await owner.execute(
                script: "select sell(3); update sales set taken_max = 5; delete from order_items where item = 3",
                deadline: .patient)
            let told = try await owner.texts("select * from tell(0)")
            let types = told.map { $0.prefix { $0 != " " } }
            #expect(
                types == [
                    "order.placed", "order.placed", "sale.changed", "sale.changed", "order.refunded", "sale.changed",
                    "order.placed", "sale.changed", "order.refunded",
                ])
            for secret in ["secret", "key", "code", "request", "operator", "because"] {
                #expect(!told.contains { $0.contains(secret) }, "\(secret)")
            }
            let order = try #require(told.first)
            #expect(order.contains(#""items": [{"id": "ITM-1-1", "name": "item 1", "price_minor": 100}]"#))
            #expect(order.contains(#""user_id": "buyer-1""#) && order.contains(#""total_minor": 100"#))
            let number = try await owner.text("select order_number from orders where user_id = 'buyer-1'")
            #expect(order.contains(#""order_id": "ORD-1-\#(number)""#))
            #expect(told[4].contains(#""order_id": "ORD-1-\#(number)""#))
            #expect(told[4].contains(#""refunded_minor": 100"#) && told[4].contains(#"["ITM-1-1"]"#))
            #expect(told[6].contains(#""price_minor": 50"#), "the new price")
        }
    }

    @Test("A sale that goes into the archive is told as before, and one that is forgotten is not", arguments: [1, 4])
    func archive(lanes: Int) async throws {
        try await Self.withSale(lanes: lanes) { owner, service in
            for item in 1...9 { try await owner.run("select sell(\(item))") }
            try await owner.run("delete from order_items where item = 2")
            let fences = PostgresFences(writer: service)
            let ledger = PostgresEventLedger(client: service)
            let fence = try #require(try await fences.next(.herald))
            #expect(try await ledger.due(fence: fence)?.map(\.id) == [SaleID(1)])
            let told = try await owner.texts("select * from tell(0)")
            #expect(told.count == 10)
            let shown = "select (i.item, i.available, i.sold) from items_page(1, 0, 20) i"
            let items = try await owner.texts(shown)
            try await owner.pass(.seconds(2 * 86_400))
            let retention = try await owner.number("select next_fence('retention')")
            var steps = 0
            while try await owner.text("select outcome from ledger_retire(\(retention), 1, 0, 3)") != "idle" {
                try Task.checkCancellation()
                steps += 1
                #expect(try await owner.texts("select * from tell(0)") == told)
                #expect(try await owner.texts(shown) == items)
                #expect(try await ledger.due(fence: fence)?.map(\.told) == [0])
            }
            #expect(steps > 10)
            let horizon = try #require(try await ledger.horizon(of: SaleID(1)))
            #expect(try await ledger.advance(SaleID(1), to: horizon, fence: fence))
            #expect(try await ledger.due(fence: fence) == [])
            #expect(try await owner.number("select closed_at_version from webhook_cursors where sale_id = 1") > 0)
            try await owner.run("delete from order_items where item = 3")
            #expect(try await ledger.due(fence: fence)?.map(\.told) == [horizon], "a refund after the end")
            while try await owner.text("select outcome from ledger_retire(\(retention), 1, 1, 100)") != "idle" {
                try Task.checkCancellation()
            }
            #expect(try await ledger.due(fence: fence) == [])
            #expect(try await owner.number("select count(*) from webhook_cursors where sale_id = 1") == 0)
        }
    }

    @Test("A herald that begins late tells of a sale that is on from its start, and of an older one what comes later")
    func late() async throws {
        try await Self.withSale { owner, service in
            #expect(try await owner.text("select sell(1)") == "ordered")
            try await owner.pass(.seconds(7_200))
            try await owner.execute(
                script: """
                    select create_sale(now() - interval '1 minute', now() + interval '1 hour', 9, 1, 9, 60, null);
                    """, deadline: .patient)
            try await owner.run("update sales set taken_max = 3 where sale_id = 2")
            let fence = try #require(try await PostgresFences(writer: service).next(.herald))
            let ledger = PostgresEventLedger(client: service)
            #expect(try await ledger.due(fence: fence) == [UntoldSale(id: SaleID(2), told: 0)])
            try await owner.run("delete from order_items where item = 1")
            #expect(try await ledger.due(fence: fence)?.map(\.id) == [SaleID(1), SaleID(2)])
        }
    }

    @Test("The document's list shows the event that a sale waits with, and its step passes that one alone")
    func stepPast() async throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let page = try String(contentsOfFile: root + "/docs/WEBHOOKS.md", encoding: .utf8)
        let code = page.split(separator: "```sql\n").dropFirst().compactMap { $0.split(separator: "```").first }
        try #require(code.count == 2)
        let list = "select sale_id || ' ' || number || ' ' || type from (\(code[0].replacing(";", with: ""))) x"
        try await Self.withSale { owner, service in
            try await owner.run("select sell(1), sell(2)")
            let (ledger, fences) = (PostgresEventLedger(client: service), PostgresFences(writer: service))
            let fence = try #require(try await fences.next(.herald))
            #expect(try await ledger.due(fence: fence) == [UntoldSale(id: SaleID(1), told: 0)])
            let orders = try await owner.texts("select order_number from orders order by 1")
            for (order, told) in zip(orders, ["0"] + orders) {
                #expect(try await ledger.due(fence: fence)?.map { "\($0.told)" } == [told])
                #expect(try await owner.texts(list) == ["1 \(order) order.placed"])
                let step = code[1].replacing("7", with: "1").replacing("1234", with: order)
                try await owner.run(String(step))
            }
            #expect(try await owner.texts(list) == [])
            #expect(try await ledger.due(fence: fence) == [])
        }
    }

    @Test("Under load in four lanes, what is read again and again is all there is, each lane in its order")
    func load() async throws {
        try await Self.withSale(lanes: 4) { owner, service in
            let ledger = PostgresEventLedger(client: service)
            try await owner.execute(
                script: """
                    update sales set item_count = 400 where sale_id = 1;
                    insert into items select 1, i, 'item ' || i, 100, 'EUR' from generate_series(21, 400) i;
                    """, deadline: .patient)
            let read = try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        for round in 1...60 { try await owner.run("select sell(\(round * 4 + lane))") }
                    }
                }
                var (told, numbers): (Int64, [Int64]) = (0, [])
                func readOn() async throws {
                    guard let horizon = try await ledger.horizon(of: SaleID(1)) else { return }
                    let sale = UntoldSale(id: SaleID(1), told: told)
                    numbers += try await ledger.events(of: sale, upTo: horizon, atMost: 50).map(\.number)
                    told = numbers.last ?? 0
                }
                while numbers.count < 200 {
                    try Task.checkCancellation()
                    try await readOn()
                }
                try await group.waitForAll()
                for _ in 1...10 { try await readOn() }
                return numbers
            }
            let stored = try await owner.texts(
                """
                select order_number from orders
                union all select event_number from sale_events order by 1
                """)
            #expect(read.map(String.init) == stored)
            #expect(stored.count == 241)
        }
    }
}

extension PostgresClient {
    fileprivate func texts(_ sql: String) async throws -> [String] {
        try await run("select r.t::text from (\(sql)) r (t)").map { try $0[0].string() }
    }

    fileprivate func text(_ sql: String) async throws -> String {
        try #require(try await texts(sql).first)
    }
}
