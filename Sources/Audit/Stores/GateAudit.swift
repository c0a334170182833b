// Judges the gate by two reads 5 s apart: only a difference in both is a breach, because buyers go on between and
// during them. Gate and ledger may agree before that: then the audit need not wait for more.

import HiredisClient
import LibpqClient

/// The gate's part of an audit.
struct GateAudit: Sendable {
    let postgres: PostgresClient
    let redis: RedisClient
    let connectTimeout: Duration
    let pause: @Sendable (Duration) async throws -> Void

    /// The pauses from the first read to the last, with reads between them: most differences are gone in a moment.
    private static let pauses: [Duration] = [.milliseconds(500), .milliseconds(1_500), .seconds(3)]

    /// A difference counts if it is the same in the first read and in the last, which is the first that shows none, or
    /// comes 5 s later. A gate that is not loaded counts if it is not loaded in both.
    ///
    /// - Throws: `RedisError` if Redis does not reply, which is no breach: the sale goes on without it.
    func audit(
        sale: Int32?, deadline: ContinuousClock.Instant
    ) async throws -> ([Finding], notes: [String]) {
        try await redis.waitUntilConnected(within: connectTimeout)
        let before = try await read(sale, deadline: deadline)
        var after = before
        for pause in Self.pauses where !after.values.allSatisfy(\.isClean) {
            try await self.pause(pause)
            after = try await read(sale, deadline: deadline)
        }
        let both = after.compactMap { id, reading in before[id].map { $0.confirmed(by: reading) } }
        let notes = before.keys.sorted().compactMap { id -> String? in
            guard before[id]?.isLoaded == false, after[id]?.isLoaded == true else { return nil }
            return "the gate of sale \(id) was loaded during the audit"
        }
        return (findings(both), notes)
    }

    private func read(_ sale: Int32?, deadline: ContinuousClock.Instant) async throws -> [Int32: GateReading] {
        let ledger = try await postgres.query(AuditStatements.gateLedger, deadline: deadline).firstRow()[0].string()
        let rows = try await postgres.query(
            AuditStatements.gateSales, [sale.map { .int4($0) } ?? .null], deadline: deadline)
        var readings: [Int32: GateReading] = [:]
        for row in rows {
            let sale = GateReader.Sale(
                ledger: ledger, id: try row[0].int32(), epoch: try row[1].int32(),
                itemCount: Int(try row[2].int32()), stock: Int(try row[3].int32()))
            let hasBegun = try row[4].bool()
            let reader = GateReader(
                sale: sale, postgres: postgres, redis: try await redis.connection(to: sale.slot), deadline: deadline)
            let reading = try await reader.read()
            // The gate need not be loaded before the sale begins; if it is, it must be right.
            if reading.isLoaded || hasBegun { readings[sale.id] = reading }
        }
        return readings
    }

    private func findings(_ readings: [GateReading]) -> [Finding] {
        func finding(_ check: String, _ sentence: String, _ breaches: [String]) -> Finding {
            Finding(check, "I6", sentence, breaches: breaches.sorted())
        }
        return [
            finding("gate_is_loaded", "the gate is loaded", readings.flatMap(\.missing)),
            finding("gate_units", "gate and ledger agree on every unit", readings.flatMap(\.units)),
            finding("gate_buyers", "gate and ledger agree on every buyer", readings.flatMap(\.buyers)),
        ]
    }
}
