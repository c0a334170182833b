// Loading a sale into the gate, in pieces that never keep Redis busy for long.

internal import FlashSale
internal import HiredisClient
internal import Telemetry

/// One load of one sale. It uses one connection, so that all of it goes to the same run of Redis.
struct SaleLoad: Sendable {
    private let sale: Sale
    private let epoch: Int32
    private let connection: RedisConnection
    private let keys: SaleKeys
    /// The load token's value: the epoch, a text of this load alone, and the stock of an item.
    private let claim: String
    private let expiry: Int64
    /// The marker at the load's beginning; empty if there was none.
    private var former = ""

    private init(_ sale: Sale, under keys: SaleKeys, over connection: RedisConnection) {
        self.sale = sale
        self.keys = keys
        epoch = keys.epoch
        claim = "\(keys.epoch) \(LockToken.make()) \(sale.stockPerItem)"
        self.connection = connection
        expiry = (sale.endedAt + GateLimits.keysOutlive).microseconds / 1_000
    }

    /// Takes the load token. From here on the gate keeps the facts that it is told. Nil if a later epoch is in the way.
    static func begin(
        _ sale: Sale, under keys: SaleKeys, over connection: RedisConnection
    ) async throws(RedisError) -> SaleLoad? {
        var load = SaleLoad(sale, under: keys, over: connection)
        guard let former = try await load.begin() else { return nil }
        load.former = former
        return load
    }

    /// Writes the snapshot and completes the load. Returns false if another load came between, or a higher epoch is
    /// loaded.
    func finish(_ snapshot: StockSnapshot) async throws(RedisError) -> Bool {
        let (free, sold) = (snapshot.stock.free.bytes, snapshot.stock.sold.bytes)
        guard try await write(free, to: keys.free), try await write(sold, to: keys.sold) else { return false }
        let (held, buyers) = fields(of: snapshot)
        guard try await write(held, to: keys.held), try await write(buyers, to: keys.buyers) else { return false }
        return try await finish()
    }

    private func begin() async throws(RedisError) -> String? {
        var arguments = keys.arguments
        arguments.append(keys.load)
        arguments.append(keys.keptFacts)
        var keyCount = 7
        if let interrupted = await interruptedEpoch(), interrupted != epoch {
            keyCount += append(dataKeysOf: interrupted, to: &arguments)
        }
        arguments.append(epoch)
        arguments.append(connection.runID)
        arguments.append(claim)
        arguments.append(GateLimits.loadTokenLifetime.microseconds / 1_000)
        let reply = try await connection.run(
            GateScripts.loadBegin, keyCount: keyCount, arguments, within: GateLimits.bulkTimeout)
        return reply.string
    }

    /// The epoch of a load that has begun and not ended; nil if there is none, or that is not known. A load token has
    /// the form of a marker.
    ///
    /// If that load ends before this one begins, the sale is not loaded meanwhile: its keys are gone.
    private func interruptedEpoch() async -> Int32? {
        let token = try? await connection.send(RedisCommand(.get, ["GET", keys.load]), within: GateLimits.bulkTimeout)
        return token?.string.flatMap { Marker($0) }?.epoch
    }

    /// - Returns: how many keys these are.
    private func append(dataKeysOf epoch: Int32, to arguments: inout RedisArguments) -> Int {
        let old = SaleKeys(keys.ledger, sale.id, epoch: epoch)
        let keys = [old.free, old.sold, old.held, old.buyers]
        for key in keys { arguments.append(key) }
        return keys.count
    }

    private func write(_ bits: [UInt8], to key: String) async throws(RedisError) -> Bool {
        for offset in stride(from: 0, to: bits.count, by: GateLimits.loadPieceBytes) {
            let piece = bits[offset..<min(offset + GateLimits.loadPieceBytes, bits.count)]
            guard
                try await writePiece(
                    to: key,
                    { arguments in
                        arguments.append("bits")
                        arguments.append(offset)
                        arguments.append(piece)
                    })
            else { return false }
        }
        return true
    }

    private func write(_ fields: [(String, String)], to key: String) async throws(RedisError) -> Bool {
        let starts = Array(stride(from: 0, to: fields.count, by: GateLimits.loadPieceFields))
        for first in stride(from: 0, to: starts.count, by: GateLimits.loadPiecesAtOnce) {
            let some = starts[first..<min(first + GateLimits.loadPiecesAtOnce, starts.count)]
            let ends = await withTaskGroup(of: Result<Bool, RedisError>.self) { group in
                for start in some {
                    let piece = fields[start..<min(start + GateLimits.loadPieceFields, fields.count)]
                    group.addTask { await writePiece(piece, to: key) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for end in ends {
                guard try end.get() else { return false }
            }
        }
        return true
    }

    private func writePiece(_ fields: ArraySlice<(String, String)>, to key: String) async -> Result<Bool, RedisError> {
        do throws(RedisError) {
            return .success(
                try await writePiece(
                    to: key,
                    { arguments in
                        arguments.append("fields")
                        for (field, value) in fields {
                            arguments.append(field)
                            arguments.append(value)
                        }
                    }))
        } catch {
            return .failure(error)
        }
    }

    private func writePiece(
        to key: String, _ appendPiece: (inout RedisArguments) -> Void
    ) async throws(RedisError) -> Bool {
        var arguments = RedisArguments(reservingBytes: GateLimits.loadPieceBytes + 1_024)
        arguments.append(keys.load)
        arguments.append(key)
        arguments.append(claim)
        arguments.append(GateLimits.loadTokenLifetime.microseconds / 1_000)
        arguments.append(expiry)
        appendPiece(&arguments)
        let reply = try await connection.run(
            GateScripts.loadChunk, keyCount: 2, arguments, within: GateLimits.bulkTimeout)
        return reply == .integer(1)
    }

    private func finish() async throws(RedisError) -> Bool {
        var arguments = keys.arguments
        arguments.append(keys.load)
        arguments.append(keys.keptFacts)
        var keyCount = 7
        if let former = Marker(former), former.epoch != epoch {
            keyCount += append(dataKeysOf: former.epoch, to: &arguments)
        }
        arguments.append(claim)
        arguments.append(
            Marker(epoch: epoch, runID: connection.runID, stockPerItem: sale.stockPerItem).text)
        arguments.append(epoch)
        arguments.append(connection.runID)
        arguments.append(expiry)
        let reply = try await connection.run(
            GateScripts.loadFinish, keyCount: keyCount, arguments, within: GateLimits.bulkTimeout)
        return reply == .integer(1)
    }

    /// The fields of the two hashes. Each hash has an empty field, so that an empty hash differs from a lost one.
    private func fields(of snapshot: StockSnapshot) -> (held: [(String, String)], buyers: [(String, String)]) {
        var held = [("", "")]
        var buyers: [BuyerID: BuyerEntry] = [:]
        for (buyer, bought) in snapshot.bought where bought > 0 { buyers[buyer, default: BuyerEntry()].bought = bought }
        for (ordinal, hold) in snapshot.held {
            held.append((String(ordinal), HeldEntry(hold).text))
            buyers[hold.buyer, default: BuyerEntry()].code = hold.code
            buyers[hold.buyer, default: BuyerEntry()].ordinals.append(ordinal)
        }
        return (held, [("", "")] + buyers.map { ($0.key.description, $0.value.text) })
    }
}
