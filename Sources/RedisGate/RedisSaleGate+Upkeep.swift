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
            let connection = try await client.connection(to: keys.slot)
            guard let begun = try await SaleLoad.begin(sale, under: keys, over: connection) else { return false }
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
        do throws(RedisError) {
            isLoaded = try await load.finish(truth)
        } catch {
            note(error, during: "load", of: sale.id)
        }
        if isLoaded { _ = book.learn(epoch, of: sale.id) }
        return isLoaded
    }

    @discardableResult
    public func tell(_ facts: [GateFact], of sale: Sale) async -> Bool {
        await settle(facts, of: sale, unlocking: nil, for: .nobody)
    }

    public func hasLost(_ sale: Sale) async -> Bool {
        guard !missed.contains(sale.id) else { return true }
        do throws(RedisError) {
            let reply = try await ask(sale, within: stepTimeout) { connection, keys, timeout throws(RedisError) in
                try await read(GateScripts.count, of: sale, keys, [], over: connection, within: timeout)
            }
            return Self.markerIfNotLoaded(reply) != nil
        } catch {
            note(error, during: "count", of: sale.id)
            return false
        }
    }

    public func count(_ sale: Sale) async -> StockCount? {
        guard !missed.contains(sale.id) else { return nil }
        do throws(RedisError) {
            let reply = try await ask(sale, within: stepTimeout) { connection, keys, timeout throws(RedisError) in
                try await read(GateScripts.count, of: sale, keys, [], over: connection, within: timeout)
            }
            guard let counts = reply.array?.compactMap(\.integer), counts.count == 2 else { return nil }
            let (free, sold) = (Int(counts[0]), Int(counts[1]))
            guard (0...sale.unitCount).contains(free), (0...sale.unitCount - free).contains(sold) else { return nil }
            return StockCount(free: free, held: sale.unitCount - free - sold, sold: sold)
        } catch {
            note(error, during: "count", of: sale.id)
            return nil
        }
    }

    public func stock(of sale: Sale) async -> StockBits? {
        do throws(RedisError) {
            let reply = try await ask(sale, within: bulkTimeout) { connection, keys, timeout throws(RedisError) in
                try await read(GateScripts.fetch, of: sale, keys, [], over: connection, within: timeout)
            }
            // A bitmap of another size is of a stock that the caller does not know yet, or not any more.
            let size = (sale.unitCount + 7) / 8
            guard let bitmaps = reply.array?.compactMap(\.bytes), bitmaps.map(\.count) == [size, size] else {
                return nil
            }
            return StockBits(
                free: UnitSet(unitCount: sale.unitCount, bytes: bitmaps[0]),
                sold: UnitSet(unitCount: sale.unitCount, bytes: bitmaps[1]))
        } catch {
            note(error, during: "stock", of: sale.id)
            return nil
        }
    }

    /// Reads some units at a time, each time at one moment.
    public func units(_ ordinals: [Int], of sale: Sale) async -> [UnitState]? {
        var states: [UnitState] = []
        var rest = ordinals[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(GateLimits.unitsPerRead)
            rest = rest.dropFirst(chunk.count)
            do throws(RedisError) {
                let reply = try await ask(sale, within: bulkTimeout) { connection, keys, timeout throws(RedisError) in
                    try await read(
                        GateScripts.units, of: sale, keys, Array(chunk), over: connection, within: timeout)
                }
                guard let texts = reply.array?.compactMap(\.string), texts.count == chunk.count + 1,
                    let now = Int64(texts[0]).map(Timestamp.init), Timestamp.range.contains(now)
                else { return nil }
                for (ordinal, text) in zip(chunk, texts.dropFirst()) {
                    states.append(UnitState(text, ordinal, of: sale, at: now))
                }
            } catch {
                note(error, during: "units", of: sale.id)
                return nil
            }
        }
        return states
    }

    private func read(
        _ script: RedisScript, of sale: Sale, _ keys: SaleKeys, _ values: [Int], over connection: RedisConnection,
        within timeout: Duration
    ) async throws(RedisError) -> RedisReply {
        var arguments = keys.arguments
        arguments.append(marker(of: sale, under: keys, over: connection))
        for value in values { arguments.append(value) }
        return try await connection.run(script, keyCount: 5, arguments, within: timeout)
    }
}

extension UnitState {
    /// Reads what units.lua tells of a unit. An entry that cannot be read is as good as none.
    ///
    /// - Parameter now: the time by Redis's clock.
    fileprivate init(_ text: String, _ ordinal: Int, of sale: Sale, at now: Timestamp) {
        switch text {
        case "free": self = .free
        case "sold": self = .sold(nil)
        default:
            guard let entry = HeldEntry(text, sale: sale.id) else {
                self = .unknown
                return
            }
            self = .held(
                Hold(
                    unit: sale.unit(at: ordinal), code: entry.code, buyer: entry.buyer, expiresAt: entry.expiresAt),
                reservedFor: entry.reservedAt.map { max(.zero, now - $0) })
        }
    }
}
