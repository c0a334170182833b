// What every `EventLedger` must do: rules that the ledgers in memory and in Postgres both keep.

public import FlashSale
public import Webhooks

/// A ledger with a sale that is on, and what a check may do besides calling it.
public struct EventLedgerScene: ConformanceScene, Sendable {
    let ledger: any EventLedger
    let sale: SaleID
    /// Lets somebody buy an item of the sale.
    let sell: @Sendable (Int32) async throws -> Void
    let nextFence: @Sendable () async throws -> FencingNumber

    public init(
        ledger: any EventLedger, sale: SaleID, sell: @escaping @Sendable (Int32) async throws -> Void,
        nextFence: @escaping @Sendable () async throws -> FencingNumber
    ) {
        self.ledger = ledger
        self.sale = sale
        self.sell = sell
        self.nextFence = nextFence
    }

    fileprivate func due(_ fence: FencingNumber) async throws -> UntoldSale? {
        try await ledger.due(fence: fence)?.first
    }

    fileprivate func numbers(after told: Int64, atMost limit: Int = 10) async throws -> [Int64] {
        guard let horizon = try await ledger.horizon(of: sale) else { return [] }
        let sale = UntoldSale(id: sale, told: told)
        return try await ledger.events(of: sale, upTo: horizon, atMost: limit).map(\.number)
    }
}

/// One rule, with its check. Each check has a ledger of its own.
public typealias EventLedgerRule = ConformanceRule<EventLedgerScene>

/// The rules of every `EventLedger`.
public enum EventLedgerConformance {
    public static let all = [
        EventLedgerRule("Events are due in their order, a page at a time, until they were told") { scene in
            let fence = try await scene.nextFence()
            try scene.expect(try await scene.due(fence), nil, "before the first event")
            for item in 1...3 { try await scene.sell(Int32(item)) }
            try scene.expect(try await scene.due(fence)?.told, 0, "what was told of the sale")
            let numbers = try await scene.numbers(after: 0)
            try scene.expect(numbers.count, 3, "the events")
            try scene.expect(numbers, numbers.sorted(), "their order")
            try scene.expect(try await scene.numbers(after: 0, atMost: 2), Array(numbers.prefix(2)), "a page")
            for number in numbers {
                try scene.expect(try await scene.numbers(after: number - 1).first, number, "the next event")
                let isNoted = try await scene.ledger.advance(scene.sale, to: number, fence: fence)
                try scene.expect(isNoted, true, "the note")
            }
            try scene.expect(try await scene.due(fence), nil, "when all were told")
            try await scene.sell(4)
            try scene.expect(try await scene.due(fence)?.told, numbers.last, "after one more event")
        },
        EventLedgerRule("What was told stays told, whatever is noted later") { scene in
            let fence = try await scene.nextFence()
            for item in 1...2 { try await scene.sell(Int32(item)) }
            let numbers = try await scene.numbers(after: 0)
            for number in numbers.reversed() {
                _ = try await scene.ledger.advance(scene.sale, to: number, fence: fence)
            }
            try scene.expect(try await scene.due(fence), nil, "what is due")
        },
        EventLedgerRule("A stale fence hears of nothing that is due, and notes nothing") { scene in
            let old = try await scene.nextFence()
            try await scene.sell(1)
            let new = try await scene.nextFence()
            try scene.expect(try await scene.ledger.due(fence: old), nil, "what is due under the old fence")
            let number = try await scene.numbers(after: 0)[0]
            let isNoted = try await scene.ledger.advance(scene.sale, to: number, fence: old)
            try scene.expect(isNoted, false, "the note under the old fence")
            try scene.expect(try await scene.due(new)?.told, 0, "what the new one hears")
        },
    ]
}
