// Reading the gate: counts for gauges, and all of it for the drift check and the audit.

public import FlashSale
internal import HiredisClient
internal import Telemetry

extension RedisSaleGate {
    public func count(_ sale: Sale) async -> StockCount? {
        do throws(RedisError) {
            let reply = try await ask(sale) { connection, keys throws(RedisError) in
                try await Self.read(GateScripts.count, keys, over: connection, within: GateLimits.stepTimeout)
            }
            guard let counts = reply.array?.compactMap(\.integer), counts.count == 2 else { return nil }
            let (free, sold) = (Int(counts[0]), Int(counts[1]))
            return StockCount(free: free, held: sale.unitCount - free - sold, sold: sold)
        } catch {
            note(error, during: "count", of: sale.id)
            return nil
        }
    }

    /// Reads the bitmaps at one moment and the holds over the next ones; what changes meanwhile may be seen or not.
    public func snapshot(of sale: Sale) async -> StockSnapshot? {
        do throws(RedisError) {
            let connection = try await client.connection()
            var keys = book.keys(of: sale)
            let reply = try await ask(sale) { connection, latest throws(RedisError) in
                keys = latest
                return try await Self.read(GateScripts.fetch, latest, over: connection, within: GateLimits.bulkTimeout)
            }
            guard let bitmaps = reply.array?.compactMap(\.bytes), bitmaps.count == 2,
                let held = try await fields(of: keys.held, sale, over: connection),
                let buyers = try await fields(of: keys.buyers, sale, over: connection)
            else { return nil }
            // The hashes were read later: they count only if the same epoch is still loaded.
            let again = try await Self.read(GateScripts.count, keys, over: connection, within: GateLimits.bulkTimeout)
            guard again.array?.count == 2 else { return nil }
            return StockSnapshot(
                epoch: keys.epoch, unitCount: sale.unitCount, free: bitmaps[0], sold: bitmaps[1],
                held: Self.holds(held, of: sale), bought: Self.bought(buyers, of: sale))
        } catch {
            note(error, during: "snapshot", of: sale.id)
            return nil
        }
    }

    private static func read(
        _ script: RedisScript, _ keys: SaleKeys, over connection: RedisConnection, within timeout: Duration
    ) async throws(RedisError) -> RedisReply {
        var arguments = keys.arguments
        arguments.append(Marker(epoch: keys.epoch, runID: connection.runID).text)
        return try await connection.run(script, keyCount: 5, arguments, within: timeout)
    }

    /// All fields of a hash; nil if it has more than a sale can give rise to.
    private func fields(
        of key: String, _ sale: Sale, over connection: RedisConnection
    ) async throws(RedisError) -> [String: String]? {
        var fields: [String: String] = [:]
        var cursor = "0"
        repeat {
            let command = RedisCommand(.other, ["HSCAN", key, cursor, "COUNT", String(GateLimits.fieldsPerScan)])
            let reply = try await connection.send(command, within: GateLimits.bulkTimeout)
            guard let parts = reply.array, parts.count == 2, let next = parts[0].string, let page = parts[1].array
            else { throw RedisError(.protocol, "HSCAN returned an unknown answer") }
            for index in stride(from: 0, to: page.count - 1, by: 2) {
                guard let field = page[index].string, let value = page[index + 1].string, !field.isEmpty
                else { continue }
                fields[field] = value
            }
            cursor = next
            // Every field stands for a unit that is not free.
            guard fields.count <= sale.unitCount else { return nil }
        } while cursor != "0"
        return fields
    }

    private static func holds(_ fields: [String: String], of sale: Sale) -> [Int: Hold] {
        var holds: [Int: Hold] = [:]
        for (field, value) in fields {
            guard let ordinal = Int(field), (0..<sale.unitCount).contains(ordinal),
                let entry = HeldEntry(value, sale: sale.id)
            else { continue }
            holds[ordinal] = Hold(
                unit: sale.unit(at: ordinal), code: entry.code, buyer: entry.buyer, expiresAt: entry.expiresAt)
        }
        return holds
    }

    private static func bought(_ fields: [String: String], of sale: Sale) -> [BuyerID: Int] {
        var bought: [BuyerID: Int] = [:]
        for (field, value) in fields {
            guard let buyer = BuyerID(field), let entry = BuyerEntry(value, sale: sale.id), entry.bought > 0
            else { continue }
            bought[buyer] = entry.bought
        }
        return bought
    }
}
