// Reads one sale from gate and ledger side by side, a bounded stretch at a time. It restates the keys' names and forms
// on purpose: an audit that used the gate's code would repeat its mistakes.

import HiredisClient
import LibpqClient
import Telemetry

/// One read of one sale, over one connection, so that all of it comes from one run of Redis.
struct GateReader: Sendable {
    /// The facts of a sale that its gate depends on.
    struct Sale: Sendable {
        /// The identity of its ledger.
        let ledger: String
        let id: Int32
        let epoch: Int32
        let itemCount: Int
        let stock: Int

        /// What the names of its keys begin with: in a cluster one node has them all.
        var keys: String { "flashsale:{\(ledger):\(id)}:" }
        var slot: RedisSlot { RedisSlot(of: keys) }
    }

    /// How many units are compared at a time.
    private static let unitsPerRead = 50_000
    /// How many fields of a hash, or buyers, are asked for at a time.
    private static let fieldsPerRead = 5_000
    private static let readTimeout = Duration.seconds(5)

    let sale: Sale
    let postgres: PostgresClient
    let redis: RedisConnection
    let deadline: ContinuousClock.Instant

    func read() async throws -> GateReading {
        if let missing = try await whyNotLoaded() { return GateReading(missing: missing) }
        var reading = GateReading()
        try await compareUnits(into: &reading)
        try await compareBuyers(into: &reading)
        // A read proves nothing if its marker is gone.
        if let missing = try await whyNotLoaded() { return GateReading(missing: missing) }
        return reading
    }

    /// The marker must name this epoch, this very run of Redis and this stock, and all four keys must exist.
    private func whyNotLoaded() async throws -> String? {
        let marker = try await ask(.get, "GET", key("marker")).string
        guard marker == "\(sale.epoch) \(redis.runID) \(sale.stock)" else {
            let wanted = "epoch \(sale.epoch) in run \(redis.runID.prefix(8)) with stock \(sale.stock)"
            return "sale \(sale.id) is not loaded: expected \(wanted), the marker says \(marker ?? "nothing")"
        }
        let keys = [data("free"), data("sold"), data("held"), data("buyers")]
        guard try await ask(.exists, ["EXISTS"] + keys).integer == Int64(keys.count) else {
            return "sale \(sale.id) is not loaded: a key is missing"
        }
        return nil
    }

    // MARK: - Units

    private func compareUnits(into reading: inout GateReading) async throws {
        let free = Bits(try await ask(.get, "GET", data("free")).bytes ?? [])
        let sold = Bits(try await ask(.get, "GET", data("sold")).bytes ?? [])
        let unitCount = sale.itemCount * sale.stock
        for first in stride(from: 0, to: unitCount, by: Self.unitsPerRead) {
            let ordinals = first..<min(first + Self.unitsPerRead, unitCount)
            let truth = try await unitsTaken(in: ordinals)
            let taken = ordinals.filter { !free[$0] && !sold[$0] }
            let held = try await fields(taken.map(String.init), of: data("held"))
            for ordinal in ordinals {
                let actual = truth[ordinal] ?? "free"
                let known =
                    switch (free[ordinal], sold[ordinal]) {
                    case (true, false): "free"
                    case (false, true): "sold"
                    case (true, true): "free and sold"
                    case (false, false): held[String(ordinal)].map(Self.holder) ?? "neither free, held nor sold"
                    }
                guard known != actual else { continue }
                reading.addUnit("\(name(ordinal)): the ledger says \(actual), the gate \(known)")
            }
        }
        try await scan(data("held")) { entries in
            for (field, entry) in entries {
                guard let ordinal = Int(field), free[ordinal] || sold[ordinal] else { continue }
                let state = free[ordinal] ? "free" : "sold"
                reading.addUnit("\(name(ordinal)): the gate says \(state) and also \(Self.holder(entry))")
            }
        }
    }

    /// The units that are not free in the ledger, by ordinal.
    private func unitsTaken(in ordinals: Range<Int>) async throws -> [Int: String] {
        let bounds = [ordinals.lowerBound, ordinals.upperBound - 1].flatMap { [item(of: $0), number(of: $0)] }
        let rows = try await postgres.query(
            AuditStatements.gateUnits, [.int4(sale.id)] + bounds.map { .int4(Int32($0)) }, deadline: deadline)
        var units: [Int: String] = [:]
        for row in rows { units[Int(try row[0].int32())] = try row[1].string() }
        return units
    }

    private func item(of ordinal: Int) -> Int { ordinal / sale.stock + 1 }

    private func number(of ordinal: Int) -> Int { ordinal % sale.stock + 1 }

    /// A unit's name for people.
    private func name(_ ordinal: Int) -> String {
        "unit ITM-\(sale.id)-\(item(of: ordinal))/\(number(of: ordinal))"
    }

    /// An entry of `held` is "<code> <expires> <buyer>".
    private static func holder(_ entry: String) -> String {
        let parts = entry.split(separator: " ")
        guard parts.count == 3 else { return "held by an unreadable entry" }
        return "held by \(parts[0]) for \(parts[2])"
    }

    // MARK: - Buyers

    /// First the ledger's buyers, then the gate's: each may know one that the other does not.
    private func compareBuyers(into reading: inout GateReading) async throws {
        var last = ""
        while true {
            let page = try await postgres.query(
                AuditStatements.gateBuyerNames,
                [.int4(sale.id), .text(last), .int4(Int32(Self.fieldsPerRead))], deadline: deadline)
            let names = try page.map { try $0[0].string() }
            guard let end = names.last else { break }
            compare(names, ledger: try await buyers(names), gate: try await fields(names, of: data("buyers")), &reading)
            last = end
        }
        try await scan(data("buyers")) { entries in
            let names = Array(entries.keys)
            compare(names, ledger: try await buyers(names), gate: entries, &reading)
        }
    }

    private func compare(
        _ names: [String], ledger: [String: String], gate: [String: String], _ reading: inout GateReading
    ) {
        for name in names {
            let (truth, known) = (ledger[name], gate[name].map(Self.sorted))
            guard truth != known else { continue }
            reading.addBuyer(
                """
                buyer \(name) of sale \(sale.id) (code, bought, held): \
                the ledger says \(truth ?? "nothing"), the gate \(known ?? "nothing")
                """)
        }
    }

    private func buyers(_ names: [String]) async throws -> [String: String] {
        let rows = try await postgres.query(
            AuditStatements.gateBuyers, [.int4(sale.id), .textArray(names)], deadline: deadline)
        var entries: [String: String] = [:]
        for row in rows { entries[try row[0].string()] = try row[1].string() }
        return entries
    }

    /// An entry of `buyers` is "<code, or -> <bought> <ordinals with commas between>", the ordinals in any order.
    private static func sorted(_ entry: String) -> String {
        var parts = entry.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return entry }
        let ordinals = parts[2].split(separator: ",").compactMap { Int($0) }.sorted()
        parts[2] = ordinals.map(String.init).joined(separator: ",")
        return parts.joined(separator: " ")
    }

    // MARK: - Redis

    /// The key of the loaded epoch's data.
    private func data(_ name: String) -> String { key("\(sale.epoch):\(name)") }

    private func key(_ name: String) -> String { sale.keys + name }

    private func ask(_ label: RedisCommandLabel, _ words: String...) async throws -> RedisReply {
        try await ask(label, words)
    }

    private func ask(_ label: RedisCommandLabel, _ words: [String]) async throws -> RedisReply {
        try await redis.send(RedisCommand(label, words), within: Self.readTimeout)
    }

    private func fields(_ names: [String], of key: String) async throws -> [String: String] {
        var values: [String: String] = [:]
        for first in stride(from: 0, to: names.count, by: Self.fieldsPerRead) {
            let chunk = names[first..<min(first + Self.fieldsPerRead, names.count)]
            let reply = try await ask(.other, ["HMGET", key] + chunk)
            for (name, value) in zip(chunk, reply.array ?? []) { values[name] = value.string }
        }
        return values
    }

    /// Visits a hash in pieces, without the empty field, which only keeps the key alive.
    private func scan(_ key: String, _ body: ([String: String]) async throws -> Void) async throws {
        var cursor = "0"
        repeat {
            let reply = try await ask(.other, "HSCAN", key, cursor, "COUNT", String(Self.fieldsPerRead))
            guard let parts = reply.array, parts.count == 2, let next = parts[0].string,
                let words = parts[1].array?.map({ $0.string ?? "" })
            else { throw RedisError(.protocol, "HSCAN returned an unknown reply") }
            var entries: [String: String] = [:]
            for index in stride(from: 0, to: words.count - 1, by: 2) where !words[index].isEmpty {
                entries[words[index]] = words[index + 1]
            }
            if !entries.isEmpty { try await body(entries) }
            cursor = next
        } while cursor != "0"
    }
}

/// A bitmap in Redis's form: bit 0 is the highest of the first byte, and missing bits are 0.
private struct Bits {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    subscript(ordinal: Int) -> Bool {
        ordinal >= 0 && ordinal / 8 < bytes.count && bytes[ordinal / 8] & (0x80 >> UInt8(ordinal % 8)) != 0
    }
}
