// The wire form of the batch functions: requests into arrays of parameters, rows of the result into outcomes.

import FlashSale
import LibpqClient

/// One call of each batch function. Requests and outcomes correspond by place.
enum Batches {
    typealias OnEnded = @Sendable (SaleID, [EndedHold]) -> Void

    /// Outcomes are nil for what only a batch that has the whole sale can decide.
    static func record(
        _ batch: [(CheckoutRequest, PostgresUUID)], in lane: SaleLane, by writer: PostgresClient, deadline: Deadline,
        onEnded: OnEnded
    ) async throws(PostgresError) -> [RowOutcome<RecordOutcome?>] {
        let sale = lane.sale
        var parameters: [PostgresValue] = [
            .int4(sale.number),
            .uuidArray(batch.map(\.1)),
            .textArray(batch.map(\.0.buyer.description)),
            .int4Array(batch.map(\.0.item.number)),
            .int4Array(batch.map(\.0.reservation?.unit.number)),
            .uuidArray(batch.map { PostgresUUID($0.0.candidate) }),
            .textArray(batch.map(\.0.key?.text)),
            .uuidArray(batch.map { $0.0.reservation.map { PostgresUUID($0.code) } }),
        ]
        let isCalled = batch.contains { $0.0.queueNumber != nil }
        if isCalled { parameters.append(.int4Array(batch.map(\.0.queueNumber))) }
        let rows = try await writer.query(
            isCalled ? Statements.recordCalled : Statements.record, parameters + lane.parameters, deadline: deadline)
        var ended: [EndedHold] = []
        let outcomes = try outcomes(of: batch.count, in: rows) { row throws(PostgresError) in
            ended.append(
                try endedHold(
                    row, of: sale, item: row.number(2), number: row.number(3), code: 4, buyer: 5, expiresAt: 7,
                    age: row[8].int32()))
        } decode: { row, _ throws(PostgresError) in
            try checkoutOutcome(row, in: lane)
        }
        if !ended.isEmpty { onEnded(sale, ended) }
        return outcomes
    }

    private static func checkoutOutcome(
        _ row: PostgresRow, in lane: SaleLane
    ) throws(PostgresError) -> RowOutcome<RecordOutcome?> {
        let outcome = try row[1].string()
        switch outcome {
        case "held", "replayed":
            let cart = Cart(
                code: try row.code(4, of: lane.sale), itemsCount: Int(try row[6].int32()), expiresAt: try row.time(7))
            return .decided(.held(cart, unit: try row.number(3), isReplay: outcome == "replayed"))
        case "already": return .decided(.alreadyCheckedOut(try row.code(4, of: lane.sale)))
        case "limit": return .decided(.userLimitExceeded)
        case "lapsed": return .decided(.holdLimitExceeded)
        case "none": return .decided(.noneFree)
        case "inactive": return .decided(.saleNotActive)
        case "paused": return .decided(.salePaused)
        case "reused": return .decided(.idempotencyKeyReused)
        case "again": return .again
        case "apart" where !lane.hasWholeSale: return .decided(nil)
        default: throw row.unreadable("the outcome \(outcome) is unknown")
        }
    }

    /// Outcomes are nil for what only a batch that has the whole sale can decide.
    static func order(
        _ batch: [(PurchaseRequest, PostgresUUID)], in lane: SaleLane, by writer: PostgresClient, deadline: Deadline,
        onEnded: OnEnded
    ) async throws(PostgresError) -> [RowOutcome<OrderOutcome?>] {
        let sale = lane.sale
        let rows = try await writer.query(
            Statements.order,
            [
                .int4(sale.number),
                .uuidArray(batch.map(\.1)),
                .uuidArray(batch.map { PostgresUUID($0.0.code) }),
                .textArray(batch.map(\.0.key?.text)),
                .textArray(batch.map(\.0.buyer?.description)),
            ] + lane.parameters, deadline: deadline)
        var ended: [EndedHold] = []
        let outcomes = try outcomes(of: batch.count, in: rows) { row throws(PostgresError) in
            let (items, numbers, ages) = (try row.numbers(8), try row.numbers(9), try row[11].int32Array())
            guard let item = items.first, let number = numbers.first, let age = ages.first ?? nil else {
                throw row.unreadable("it tells of a hold that ended, and lacks its unit or its age")
            }
            ended.append(
                try endedHold(row, of: sale, item: item, number: number, code: 2, buyer: 4, expiresAt: 7, age: age))
        } decode: { row, _ throws(PostgresError) in
            try purchaseOutcome(row, in: lane)
        }
        if !ended.isEmpty { onEnded(sale, ended) }
        return outcomes
    }

    private static func purchaseOutcome(
        _ row: PostgresRow, in lane: SaleLane
    ) throws(PostgresError) -> RowOutcome<OrderOutcome?> {
        let sale = lane.sale
        let outcome = try row[1].string()
        switch outcome {
        case "ordered":
            let (order, sold) = try decodeOrder(row, of: sale, at: OrderColumns(code: 2, number: 3, buyer: 4, total: 5))
            return .decided(.ordered(order, sold: sold))
        case "already", "replayed":
            let (order, _) = try decodeOrder(row, of: sale, at: OrderColumns(code: 2, number: 3, buyer: 4, total: 5))
            return .decided(.alreadyProcessed(order, isReplay: outcome == "replayed"))
        case "expired": return .decided(.expired)
        case "paused": return .decided(.paused)
        case "unknown": return .decided(.notFound)
        case "again": return .again
        case "apart" where !lane.hasWholeSale: return .decided(nil)
        default: throw row.unreadable("the outcome \(outcome) is unknown")
        }
    }

    static func release(
        _ batch: [(CancelRequest, PostgresUUID)], in lane: SaleLane, by writer: PostgresClient, reader: PostgresClient,
        deadline: Deadline
    ) async throws(PostgresError) -> [RowOutcome<ReleaseOutcome>] {
        let sale = lane.sale
        let rows = try await writer.query(
            Statements.release,
            [
                .int4(sale.number),
                .uuidArray(batch.map(\.1)),
                .uuidArray(batch.map { PostgresUUID($0.0.code) }),
                .int4Array(batch.map(\.0.item)),
                .textArray(batch.map(\.0.buyer?.description)),
                lane.number,
            ], deadline: deadline)
        var ordered: [Int: CheckoutCode] = [:]
        var outcomes: [RowOutcome<ReleaseOutcome>] = try outcomes(of: batch.count, in: rows) {
            row, place throws(PostgresError) in
            let code = batch[place].0.code
            let outcome = try row[1].string()
            switch outcome {
            case "released": return .decided(try released(row, under: code))
            case "ordered":
                ordered[place] = code
                return .again
            case "expired": return .decided(.expired)
            case "unknown": return .decided(.notFound)
            case "absent": return .decided(.itemNotFound)
            default: throw row.unreadable("the outcome \(outcome) is unknown")
            }
        }
        guard !ordered.isEmpty else { return outcomes }
        do throws(PostgresError) {
            let orders = try await orders(Array(ordered.values), of: sale, by: reader, deadline: deadline)
            for (place, code) in ordered {
                if let order = orders[code] { outcomes[place] = .decided(.alreadyProcessed(order)) }
            }
        } catch {
            guard error.code == .decoding else { throw error }
            for place in ordered.keys { outcomes[place] = .failed(error) }
        }
        return outcomes
    }

    private static func released(
        _ row: PostgresRow, under code: CheckoutCode
    ) throws(PostgresError) -> ReleaseOutcome {
        let buyer = try row.buyer(3)
        let (items, numbers) = (try row.numbers(4), try row.numbers(5))
        let ages = try row[7].int32Array().compactMap(\.self)
        guard items.count == numbers.count, items.count == ages.count else {
            throw row.unreadable("its units and ages do not correspond")
        }
        let holds = items.indices.map { place in
            let hold = Hold(
                unit: Unit(item: items[place], number: numbers[place]), code: code, buyer: buyer,
                expiresAt: Timestamp(microseconds: 0))
            return EndedHold(hold, age: .milliseconds(ages[place]))
        }
        return .released(holds, itemsLeft: Int(try row[6].int32()))
    }

    static func confirm(
        _ batch: [ConfirmRequest], of sale: SaleID, by reader: PostgresClient, deadline: Deadline
    ) async throws(PostgresError) -> [RowOutcome<Confirmation>] {
        let rows = try await reader.query(
            Statements.confirm,
            [
                .int4(sale.number),
                .textArray(batch.map(\.buyer.description)),
                .int4Array(batch.map(\.item)),
            ], deadline: deadline)
        return try outcomes(of: batch.count, in: rows) { row, _ throws(PostgresError) in
            let stock: Confirmation.Stock
            let outcome = try row[1].string()
            switch outcome {
            case "free": stock = .free
            case "held": stock = .held(retryAt: try row.time(2))
            case "sold": stock = .itemSold
            case "all_sold": stock = .allItemsSold
            default: throw row.unreadable("the outcome \(outcome) is unknown")
            }
            let holding = try row[5].optional.map { _ throws(PostgresError) in try row.code(5, of: sale) }
            return .decided(
                Confirmation(
                    stock: stock, taken: Int(try row[3].int32()), limit: Int(try row[4].int32()), holding: holding,
                    readAt: try row.time(6)))
        }
    }

    /// The orders of some codes, those that have one.
    static func orders(
        _ codes: [CheckoutCode], of sale: SaleID, by reader: PostgresClient, deadline: Deadline
    ) async throws(PostgresError) -> [CheckoutCode: Order] {
        let rows = try await reader.query(
            Statements.orderDetails,
            [.int4(sale.number), .uuidArray(codes.map { PostgresUUID($0) })], deadline: deadline)
        var orders: [CheckoutCode: Order] = [:]
        for row in rows {
            let columns = OrderColumns(code: 0, number: 1, buyer: 2, total: 5, tellsRefunds: true)
            let (order, _) = try decodeOrder(row, of: sale, at: columns)
            orders[order.code] = order
        }
        return orders
    }
}
