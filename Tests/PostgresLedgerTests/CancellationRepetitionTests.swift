// A cancellation that is run again, because nobody knows whether it has committed, is told what it gave back.

import FlashSale
import Synchronization
import Telemetry
import Testing

@testable import LibpqClient
@testable import PostgresLedger

@Suite struct CancellationRepetitionTests {
    @Test("The same batch of cancellations run twice gives the same answers and has one effect")
    func twice() async throws {
        try await withCarts { client, sale, carts in
            let tokens = RequestTokens()
            let unknown = CodeMint().mint(sale)
            let batch = [
                (CancelRequest(code: carts[0], item: 1, buyer: nil), tokens.next()),
                (CancelRequest(code: unknown, item: nil, buyer: nil), tokens.next()),
                (CancelRequest(code: carts[1], item: nil, buyer: nil), tokens.next()),
            ]
            func run() async throws -> [ReleaseOutcome?] {
                try await Self.release(batch, of: sale, by: client).map { outcome in
                    if case .decided(let value) = outcome { value } else { nil }
                }
            }
            let answers = try await run()
            #expect(answers.map { $0.map(Self.items) } == [[1, 1], [], [1, 2, 0]])
            #expect(try await run() == answers)
            #expect(try await client.number("select count(*) from holds where ended_at is null") == 1)
            #expect(try await client.number("select count(*) from holds where ended_as = 'cancelled'") == 3)
            let other = try await Self.release(
                [(CancelRequest(code: carts[1], item: nil, buyer: nil), tokens.next())], of: sale, by: client)
            guard case .decided(.expired) = other[0] else {
                Issue.record("another request should hear that the cart is over: \(other[0])")
                return
            }
        }
    }

    @Test("A cancellation whose answer was lost is run again, and told what it gave back")
    func lost() async throws {
        try await withCarts { client, sale, carts in
            let isLost = Mutex(true)
            let reexecutions = Mutex(0)
            let releasing = GroupCommit<(CancelRequest, PostgresUUID), ReleaseOutcome>(
                of: Statements.release, waitersMax: PostgresSaleLedger.waitersMax, tracer: nil,
                executor: globalConcurrentExecutor, logger: .silent,
                countsReexecution: { _ in reexecutions.withLock { $0 += 1 } }
            ) { (lane, batch, deadline) throws(PostgresError) in
                let outcomes = try await Self.release(batch, of: lane.sale, by: client)
                let isFirst = isLost.withLock { isLost in
                    defer { isLost = false }
                    return isLost
                }
                guard isFirst else { return outcomes }
                throw PostgresError(
                    .connectionLost, "the line is cut after COMMIT", isOutcomeUnknown: true,
                    at: CallSite(statementName: nil, file: #fileID, line: #line))
            }
            let request = (CancelRequest(code: carts[1], item: nil, buyer: nil), RequestTokens().next())
            let answer = try await releasing.submit(request, to: .whole(sale, nil), deadline: .patient)
            #expect(Self.items(answer) == [1, 2, 0])
            #expect(reexecutions.withLock(\.self) == 1)
        }
    }

    private static func release(
        _ batch: [(CancelRequest, PostgresUUID)], of sale: SaleID, by client: PostgresClient
    ) async throws(PostgresError) -> [RowOutcome<ReleaseOutcome>] {
        try await Batches.release(batch, in: .whole(sale, nil), by: client, reader: client, deadline: .patient)
    }

    /// The items given back, and how many the cart still holds; nothing of a refusal.
    private static func items(_ answer: ReleaseOutcome) -> [Int] {
        guard case .released(let holds, let left) = answer else { return [] }
        return holds.map { Int($0.hold.unit.item) } + [left]
    }

    /// A sale of two items of two units, with a cart of each item for two buyers.
    private func withCarts(
        _ body: (PostgresClient, SaleID, [CheckoutCode]) async throws -> Void
    ) async throws {
        try await withClient { client in
            let catalog = PostgresSaleCatalog(reader: client, bulk: client)
            let sale = try await createSale(items: 2, in: catalog)
            let ledger = PostgresSaleLedger(
                writer: client, reader: client, bulk: client, instruments: Instruments().database, logger: .silent)
            let mint = CodeMint()
            var carts: [CheckoutCode] = []
            for name in ["ann", "bob"] {
                for item in [1, 2] as [Int32] {
                    let request = CheckoutRequest(
                        item: ItemID(sale: sale.id, number: item), buyer: try #require(BuyerID(name)), reservation: nil,
                        candidate: mint.mint(sale.id), key: nil)
                    let answer = try await ledger.record(request, deadline: .patient)
                    guard case .held(let cart, _, _) = answer else {
                        Issue.record("\(name) should hold item \(item): \(answer)")
                        return
                    }
                    if item == 1 { carts.append(cart.code) }
                }
            }
            try await body(client, sale.id, carts)
        }
    }
}
