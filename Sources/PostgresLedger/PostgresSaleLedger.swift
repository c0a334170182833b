// The ledger over Postgres: requests become batches, rows become outcomes. What the rows decide is in Schema/Functions.

public import FlashSale
public import LibpqClient
public import Logging
import Synchronization
public import Telemetry

/// The ledger that counts.
///
/// Writes go through the writer, a small pool with its connections kept open; reads through the reader; what may take
/// long, through the bulk client, so that a sale's creation never waits in front of a buyer. Orders are looked up over
/// connections of their own: anybody may ask for any code, and holders must not wait behind that.
public final class PostgresSaleLedger: SaleLedger, LedgerUpkeep {
    /// The most requests of one kind that wait for their batch.
    public static let waitersMax = 8_192

    let reader: PostgresClient
    let bulk: PostgresClient
    private let writer: PostgresClient
    private let lookups: PostgresClient
    private let requests: RequestTokens
    private let recording: GroupCommit<(CheckoutRequest, PostgresUUID), RecordOutcome?>
    private let ordering: GroupCommit<(PurchaseRequest, PostgresUUID), OrderOutcome?>
    private let releasing: GroupCommit<(CancelRequest, PostgresUUID), ReleaseOutcome>
    private let confirming: GroupCommit<ConfirmRequest, Confirmation>

    /// - Parameters:
    ///   - lookups: finds orders; nil for the reader.
    ///   - tracer: traces batches and the requests' waits for them; nil traces neither.
    ///   - logger: gets a line for each batch with a result that cannot be read.
    ///   - onEnded: hears of holds that ended while others were made, to be counted and for the gate to know.
    public init(
        writer: PostgresClient, reader: PostgresClient, bulk: PostgresClient, lookups: PostgresClient? = nil,
        instruments: DatabaseInstruments, tracer: Tracer? = nil, logger: Logger,
        onEnded: @escaping @Sendable (SaleID, [EndedHold]) -> Void = { _, _ in }
    ) {
        self.writer = writer
        self.reader = reader
        self.bulk = bulk
        self.lookups = lookups ?? reader
        requests = RequestTokens()
        let count: @Sendable (ReexecutionReason) -> Void = { instruments.reexecutionsTotal.increment($0) }
        let executor = writer.executor
        recording = GroupCommit(
            of: Statements.record, waitersMax: Self.waitersMax, waitMax: LedgerTimes.recordWait,
            tracer: tracer, executor: executor, logger: logger, countsReexecution: count,
            joins: { row, keys in
                let (checkout, _) = row
                guard keys.insert(.buyer(checkout.buyer)).inserted else { return false }
                guard let unit = checkout.reservation?.unit else { return true }
                return keys.insert(.unit(unit)).inserted
            }
        ) {
            (lane, batch, deadline) throws(PostgresError) in
            try await Batches.record(batch, in: lane, by: writer, deadline: deadline, onEnded: onEnded)
        }
        ordering = GroupCommit(
            of: Statements.order, waitersMax: Self.waitersMax, waitMax: LedgerTimes.orderWait,
            tracer: tracer, executor: executor, logger: logger, countsReexecution: count,
            joins: { row, keys in keys.insert(.code(row.0.code)).inserted }
        ) {
            (lane, batch, deadline) throws(PostgresError) in
            try await Batches.order(batch, in: lane, by: writer, deadline: deadline, onEnded: onEnded)
        }
        releasing = GroupCommit(
            of: Statements.release, waitersMax: Self.waitersMax, tracer: tracer, executor: executor,
            logger: logger, countsReexecution: count
        ) {
            (lane, batch, deadline) throws(PostgresError) in
            try await Batches.release(batch, in: lane, by: writer, reader: reader, deadline: deadline)
        }
        confirming = GroupCommit(
            of: Statements.confirm, waitersMax: Self.waitersMax, tracer: tracer, executor: reader.executor,
            logger: logger, countsReexecution: count
        ) {
            (lane, batch, deadline) throws(PostgresError) in
            try await Batches.confirm(batch, of: lane.sale, by: reader, deadline: deadline)
        }
    }

    /// The slower of checkouts and purchases since the last call.
    public func takePace() -> LedgerPace { recording.takePace().slower(with: ordering.takePace()) }

    public func record(
        _ checkout: CheckoutRequest, deadline: Deadline
    ) async throws(LedgerFailure) -> RecordOutcome {
        // Beside other lanes, only what the gate has reserved can be held.
        let beside = checkout.reservation == nil ? nil : SaleLane.beside(checkout.item.sale, checkout.lane)
        return try await recording.decide(
            (checkout, requests.next()), beside: beside, whole: .whole(checkout.item.sale, checkout.lane),
            deadline: deadline)
    }

    public func order(
        _ purchase: PurchaseRequest, deadline: Deadline
    ) async throws(LedgerFailure) -> OrderOutcome {
        try await ordering.decide(
            (purchase, requests.next()), beside: .beside(purchase.code.sale, purchase.lane),
            whole: .whole(purchase.code.sale, purchase.lane), deadline: deadline)
    }

    public func release(
        _ code: CheckoutCode, item: ItemID?, by buyer: BuyerID?, in lane: Lane?, deadline: Deadline
    ) async throws(LedgerFailure) -> ReleaseOutcome {
        if let item, item.sale != code.sale { return .itemNotFound }
        return try await releasing.submit(
            (CancelRequest(code: code, item: item?.number, buyer: buyer), requests.next()),
            to: .beside(code.sale, lane) ?? .whole(code.sale, lane), deadline: deadline)
    }

    public func confirm(
        _ item: ItemID, for buyer: BuyerID, deadline: Deadline
    ) async throws(LedgerFailure) -> Confirmation {
        try await confirming.submit(
            ConfirmRequest(item: item.number, buyer: buyer), to: .whole(item.sale, nil), deadline: deadline)
    }

    public func find(_ code: CheckoutCode, deadline: Deadline) async throws(LedgerFailure) -> Order? {
        do throws(PostgresError) {
            return try await Batches.orders([code], of: code.sale, by: lookups, deadline: deadline)[code]
        } catch {
            throw LedgerFailure(error)
        }
    }

    public func usedKeys(of sale: SaleID, atMost limit: Int) async throws(LedgerFailure) -> UsedKeys? {
        let parameters: [PostgresValue] = [.int4(sale.number), .int4(Int32(limit) + 1)]
        return try await bulk.ask(Statements.usedKeys, parameters, within: LedgerTimes.bulk) {
            rows throws(PostgresError) -> UsedKeys? in
            guard rows.count <= limit else { return nil }
            var keys = UsedKeys()
            for row in rows {
                guard let key = IdempotencyKey(try row[1].string()) else { throw row.unreadable("a malformed key") }
                keys.insert(key, of: try row.buyer(0))
            }
            return keys
        }
    }

    public func expire(
        _ sale: SaleID, in lane: Lane?, atMost limit: Int, fence: FencingNumber
    ) async throws(LedgerFailure) -> ExpireOutcome {
        let parameters: [PostgresValue] = [
            .int4(sale.number), .int8(fence.value), .int4(Int32(limit)), SaleLane.whole(sale, lane).number,
        ]
        return try await writer.ask(Statements.expire, parameters) { rows throws(PostgresError) in
            var ended: [EndedHold] = []
            for row in rows {
                let outcome = try row[0].string()
                switch outcome {
                case "stale": return .stale
                case "behind": return .swept(ended, isBehind: true)
                case "ended":
                    let hold = Hold(
                        unit: Unit(item: try row.number(1), number: try row.number(2)), code: try row.code(3, of: sale),
                        buyer: try row.buyer(4), expiresAt: try row.time(5))
                    ended.append(EndedHold(hold, age: .milliseconds(try row[6].int32())))
                default: throw row.unreadable("the outcome \(outcome) is unknown")
                }
            }
            return .swept(ended, isBehind: false)
        }
    }

    public func raiseEpoch(of sale: SaleID, _ raise: EpochRaise) async throws(LedgerFailure) -> Int32? {
        let parameters: [PostgresValue] = [.int4(sale.number), .int4(raise.seen), .int8(raise.fence.value)]
        return try await bulk.ask(Statements.raiseEpoch, parameters) { rows throws(PostgresError) in
            try rows.first?[0].optional?.int32()
        }
    }

    public func snapshot(of sale: Sale) async throws(LedgerFailure) -> StockSnapshot {
        let deadline = Deadline.now + LedgerTimes.bulk
        do {
            // One moment for both reads: a purchase between them would count twice once the gate hears of it.
            return try await bulk.withTransaction(deadline: deadline) { connection in
                _ = try await connection.query(Statements.standStill)
                let units = try await connection.query(Statements.saleSnapshot, [.int4(sale.id.number)])
                let buyers = try await connection.query(Statements.buyersSnapshot, [.int4(sale.id.number)])
                var snapshot = try Self.snapshot(units, of: sale)
                for row in buyers { snapshot.bought[try row.buyer(0)] = Int(try row[1].int32()) }
                return snapshot
            }
        } catch {
            throw LedgerFailure(any: error)
        }
    }

    private static func snapshot(_ rows: PostgresRows, of sale: Sale) throws(PostgresError) -> StockSnapshot {
        var snapshot = StockSnapshot(unitCount: sale.unitCount)
        for row in rows {
            // A unit that the sale does not have, or a hold of nobody, is a slip of a hand in SQL: the audit reports
            // it.
            guard let unit = try row.unit(0, 1, of: sale) else { continue }
            let ordinal = sale.ordinal(of: unit)
            if try row[2].bool() {
                snapshot.markSold(ordinal)
            } else if let hold = try? row.hold(3, on: unit, of: sale) {
                snapshot.markHeld(ordinal, by: hold)
            }
        }
        return snapshot
    }
}

extension GroupCommit {
    /// Decides a request beside other lanes, if it may and can be, and else in a batch that has the whole sale. It
    /// has one name in both.
    fileprivate func decide<Outcome>(
        _ request: Request, beside: SaleLane?, whole: SaleLane, deadline: Deadline
    ) async throws(LedgerFailure) -> Outcome where Value == Outcome? {
        if let beside, let outcome = try await submit(request, to: beside, deadline: deadline) { return outcome }
        guard let outcome = try await submit(request, to: whole, deadline: deadline) else {
            preconditionFailure("a batch that has the whole sale decides everything")
        }
        return outcome
    }
}

/// Names requests, so that one that is run again finds what it did the first time.
final class RequestTokens: Sendable {
    /// Random for this process, so that no two instances name a request alike.
    private let high = UInt64.random(in: .min ... .max)
    private let low = Atomic<UInt64>(UInt64.random(in: .min ... .max))

    func next() -> PostgresUUID {
        PostgresUUID(high: high, low: low.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}
