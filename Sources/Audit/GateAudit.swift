// Compares the gate with the ledger, unit by unit. The keys' names and forms are restated here on purpose.

import HiredisClient
import LibpqClient
import Telemetry

/// The gate's part of an audit.
struct GateAudit: Sendable {
    /// How many items are compared at a time.
    private static let itemsPerRead: Int32 = 50_000
    /// How many held units are asked for at a time.
    private static let heldPerRead = 500

    let postgres: PostgresClient
    let redis: RedisClient
    let pause: Duration

    /// A sale as far as its gate goes.
    private struct Sale: Sendable {
        let id: Int32
        let epoch: Int32
        let itemCount: Int32
        let stock: Int32
    }

    /// What the gate said of a sale.
    private enum Reading {
        case notLoaded
        case differences(Set<String>)
    }

    /// A difference counts if it is the same in two reads; a gate that is not loaded, if it still is not.
    func audit(
        sale: Int32?, deadline: ContinuousClock.Instant
    ) async throws -> (AuditReport.Finding, notes: [String]) {
        try await redis.waitUntilConnected(within: .seconds(5))
        var breaches: Set<String> = []
        var notes: [String] = []
        for sale in try await sales(only: sale, deadline: deadline) {
            let first = try await read(sale.id, deadline: deadline)
            if case .differences(let differences) = first, differences.isEmpty { continue }
            try await Task.sleep(for: pause)
            switch (first, try await read(sale.id, deadline: deadline)) {
            case (.differences(let before), .differences(let after)): breaches.formUnion(before.intersection(after))
            case (.notLoaded, .notLoaded): breaches.insert("sale \(sale.id) is not loaded into the gate")
            case (.notLoaded, _), (_, .notLoaded): notes.append("the gate of sale \(sale.id) was loaded meanwhile")
            }
        }
        let finding = AuditReport.Finding(
            invariant: "I6", sentence: "gate and ledger agree", breaches: breaches.count,
            counterexamples: Array(breaches.sorted().prefix(Auditor.counterexamplesMax)))
        return (finding, notes)
    }

    /// The sales that are on: the gate owes nobody anything of another.
    private func sales(only sale: Int32?, deadline: ContinuousClock.Instant) async throws -> [Sale] {
        let query = PostgresStatement(
            "audit_sales", String(decoding: PackageResources.gate_sales_sql, as: UTF8.self), type: .select,
            table: .sales, isPrepared: false)
        return try await postgres.query(query, [sale.map { .int4($0) } ?? .null], deadline: deadline).map { row in
            Sale(
                id: try row[0].int32(), epoch: try row[1].int32(), itemCount: try row[2].int32(),
                stock: try row[3].int32())
        }
    }

    private func read(_ id: Int32, deadline: ContinuousClock.Instant) async throws -> Reading {
        guard let sale = try await sales(only: id, deadline: deadline).first else { return .differences([]) }
        let info = try await redis.send(RedisCommand(.other, ["INFO", "server"])).string ?? ""
        let runID = info.split(separator: "\r\n").first { $0.hasPrefix("run_id:") }?.dropFirst(7) ?? ""
        let marker = try await redis.send(RedisCommand(.get, ["GET", "{\(id)}:marker"])).string
        guard marker == "\(sale.epoch) \(runID)" else { return .notLoaded }
        let prefix = "{\(id)}:\(sale.epoch):"
        let free = try await redis.send(RedisCommand(.get, ["GET", prefix + "free"])).bytes ?? []
        let sold = try await redis.send(RedisCommand(.get, ["GET", prefix + "sold"])).bytes ?? []
        var differences: Set<String> = []
        for first in stride(from: 1, through: sale.itemCount, by: Int32.Stride(Self.itemsPerRead)) {
            let items = first...min(sale.itemCount, first + Self.itemsPerRead - 1)
            let units = try await unitsTaken(of: sale, items: items, deadline: deadline)
            let held = try await heldCodes(of: units, prefix: prefix)
            let ordinals = Int(items.lowerBound - 1) * Int(sale.stock)..<Int(items.upperBound) * Int(sale.stock)
            for ordinal in ordinals {
                let truth = units[ordinal] ?? "free"
                let known =
                    Self.isSet(free, ordinal) ? "free" : Self.isSet(sold, ordinal) ? "sold" : held[ordinal] ?? "held"
                if truth != known { differences.insert("sale \(id), unit \(ordinal): ledger \(truth), gate \(known)") }
            }
        }
        return .differences(differences)
    }

    /// By ordinal, the units that are not free: `sold`, or `held by` a code's first digits.
    private func unitsTaken(
        of sale: Sale, items: ClosedRange<Int32>, deadline: ContinuousClock.Instant
    ) async throws -> [Int: String] {
        let query = PostgresStatement(
            "audit_units", String(decoding: PackageResources.gate_units_sql, as: UTF8.self), type: .select,
            table: .units, isPrepared: false)
        let rows = try await postgres.query(
            query, [.int4(sale.id), .int4(items.lowerBound), .int4(items.upperBound)], deadline: deadline)
        var units: [Int: String] = [:]
        for row in rows {
            let ordinal = Int(try row[0].int32() - 1) * Int(sale.stock) + Int(try row[1].int32() - 1)
            units[ordinal] = try row[2].string()
        }
        return units
    }

    /// The same of the units that the ledger calls held, as the gate has them.
    private func heldCodes(of units: [Int: String], prefix: String) async throws -> [Int: String] {
        var codes: [Int: String] = [:]
        var rest = units.filter { $0.value != "sold" }.map(\.key)[...]
        while !rest.isEmpty {
            let chunk = Array(rest.prefix(Self.heldPerRead))
            rest = rest.dropFirst(chunk.count)
            let reply = try await redis.send(RedisCommand(.other, ["HMGET", prefix + "held"] + chunk.map(String.init)))
            for (ordinal, entry) in zip(chunk, reply.array ?? []) {
                codes[ordinal] = entry.string.map { "held by \($0.prefix(8))" }
            }
        }
        return codes
    }

    private static func isSet(_ bits: [UInt8], _ ordinal: Int) -> Bool {
        ordinal / 8 < bits.count && bits[ordinal / 8] & (0x80 >> UInt8(ordinal % 8)) != 0
    }
}
