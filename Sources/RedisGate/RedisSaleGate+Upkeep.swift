// The duties' half of the gate: loading a sale, counting and reading its units, and telling facts.

public import FlashSale
internal import HiredisClient
internal import Telemetry

extension RedisSaleGate: GateUpkeep {
    /// Keys outlive their sale by a day, so a sale that ended earlier cannot be loaded.
    public func load(
        _ sale: Sale, epoch: Int32, snapshot: @Sendable () async throws(LedgerFailure) -> StockSnapshot
    ) async throws(LedgerFailure) -> Bool {
        let load: SaleLoad
        do throws(RedisError) {
            let keys = SaleKeys(ledger, sale.id, epoch: epoch)
            guard let begun = try await SaleLoad.begin(sale, under: keys, over: try await client.connection()) else {
                return false
            }
            load = begun
        } catch {
            note(error, during: "load", of: sale.id)
            return false
        }
        // The snapshot has every fact that was missed until now.
        let hadMissed = missed.take(sale.id)
        var isLoaded = false
        defer { if hadMissed && !isLoaded { missed.note(sale.id) } }
        let truth = try await snapshot()
        // The stock may have changed since: the next load is of the new one.
        guard truth.unitCount == sale.unitCount else { return false }
        do throws(RedisError) {
            isLoaded = try await load.finish(truth)
            if isLoaded { _ = book.learn(epoch, of: sale.id) }
        } catch {
            note(error, during: "load", of: sale.id)
        }
        return isLoaded
    }

    @discardableResult
    public func tell(_ facts: [GateFact], of sale: Sale) async -> Bool {
        await settle(facts, of: sale, unlocking: nil, for: .nobody)
    }

    public func count(_ sale: Sale) async -> StockCount? {
        guard !missed.contains(sale.id) else { return nil }
        do throws(RedisError) {
            let reply = try await ask(sale) { connection, keys throws(RedisError) in
                try await Self.read(GateScripts.count, keys, [], over: connection, within: stepTimeout)
            }
            guard let counts = reply.array?.compactMap(\.integer), counts.count == 2 else { return nil }
            let (free, sold) = (Int(counts[0]), Int(counts[1]))
            return StockCount(free: free, held: sale.unitCount - free - sold, sold: sold)
        } catch {
            note(error, during: "count", of: sale.id)
            return nil
        }
    }

    /// Reads the bitmaps at one moment and the holds after it. A change in between may be seen or not.
    public func snapshot(of sale: Sale, items: ClosedRange<Int32>) async -> StockSnapshot? {
        precondition(items.lowerBound >= 1 && items.upperBound <= sale.itemCount, "a snapshot is of the sale's items")
        let first = sale.ordinal(of: Unit(item: items.lowerBound, number: 1))
        let last = sale.ordinal(of: Unit(item: items.upperBound, number: sale.stockPerItem))
        do throws(RedisError) {
            let connection = try await client.connection()
            var keys = book.keys(of: sale)
            let reply = try await ask(sale, over: connection) { connection, latest throws(RedisError) in
                keys = latest
                return try await Self.read(
                    GateScripts.fetch, latest, [first / 8, last / 8], over: connection, within: bulkTimeout)
            }
            guard let parts = reply.array?.compactMap(\.bytes), parts.count == 3,
                let now = Int64(String(decoding: parts[2], as: UTF8.self))
            else { return nil }
            let count = last - first + 1
            let free = Self.bits(parts[0], from: first % 8, count: count)
            let sold = Self.bits(parts[1], from: first % 8, count: count)
            let entries = try await entries(
                keys, sale, first: first, count: count, free: free, sold: sold, over: connection)
            // The holds count only if the same epoch was still loaded when they were read.
            let again = try await Self.read(
                GateScripts.count, keys, [], over: connection, within: bulkTimeout)
            guard again.array?.count == 2 else { return nil }
            var snapshot = StockSnapshot(
                unitCount: count, free: free, sold: sold, held: Self.holds(entries, of: sale, first: first), bought: [:]
            )
            snapshot.reservedFor = entries.compactMapValues { entry in
                entry.reservedAt.map { .microseconds(max(0, now - $0.microseconds)) }
            }
            return snapshot
        } catch {
            note(error, during: "snapshot", of: sale.id)
            return nil
        }
    }
}

// Reading the keys.
extension RedisSaleGate {
    private static func read(
        _ script: RedisScript, _ keys: SaleKeys, _ values: [Int], over connection: RedisConnection,
        within timeout: Duration
    ) async throws(RedisError) -> RedisReply {
        var arguments = keys.arguments
        arguments.append(Marker(epoch: keys.epoch, runID: connection.runID).text)
        for value in values { arguments.append(value) }
        return try await connection.run(script, keyCount: 5, arguments, within: timeout)
    }

    /// `count` bits of a bitmap from `shift` on, moved to the beginning. The bits after them are 0.
    static func bits(_ bytes: [UInt8], from shift: Int, count: Int) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: (count + 7) / 8)
        for index in bits.indices where index < bytes.count {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            let pair = UInt16(bytes[index]) << 8 | UInt16(next)
            bits[index] = UInt8(truncatingIfNeeded: pair >> UInt16(8 - shift))
        }
        if count % 8 != 0 { bits[bits.count - 1] &= UInt8(truncatingIfNeeded: 0xFF00 >> (count % 8)) }
        return bits
    }

    private static func holds(_ entries: [Int: HeldEntry], of sale: Sale, first: Int) -> [Int: Hold] {
        var holds: [Int: Hold] = [:]
        for (place, entry) in entries {
            let unit = sale.unit(at: first + place)
            holds[place] = Hold(unit: unit, code: entry.code, buyer: entry.buyer, expiresAt: entry.expiresAt)
        }
        return holds
    }

    /// The entries of the units that are neither free nor sold, by their distance from the first unit.
    private func entries(
        _ keys: SaleKeys, _ sale: Sale, first: Int, count: Int, free: [UInt8], sold: [UInt8],
        over connection: RedisConnection
    ) async throws(RedisError) -> [Int: HeldEntry] {
        let places = (0..<count).filter { place in
            let taken: UInt8 = free[place / 8] | sold[place / 8]
            let mask: UInt8 = 0x80 >> UInt8(place % 8)
            return taken & mask == 0
        }
        var entries: [Int: HeldEntry] = [:]
        var rest = places[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(GateLimits.fieldsPerRead)
            rest = rest.dropFirst(chunk.count)
            let command = RedisCommand(.other, ["HMGET", keys.held] + chunk.map { String(first + $0) })
            let reply = try await connection.send(command, within: bulkTimeout)
            guard let values = reply.array, values.count == chunk.count else {
                throw RedisError(.protocol, "HMGET sent an unknown reply")
            }
            for (place, value) in zip(chunk, values) {
                entries[place] = value.string.flatMap { HeldEntry($0, sale: sale.id) }
            }
        }
        return entries
    }
}
