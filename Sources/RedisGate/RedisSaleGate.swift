// The buyers' half of the gate in Redis: one round trip for each step of a checkout or a purchase.
//
// Trust rule: a sale's keys count only while its marker names the epoch that is asked for and the run of Redis that
// replies. Anything else, whatever happened to Redis, is "not loaded". A Redis that fails is "unavailable".
//
//     not loaded ──(load: token, pieces, marker)──► loaded ──(another run_id, a key gone, a later epoch)──► not loaded

public import FlashSale
public import HiredisClient
public import Logging
public import Telemetry

/// The gate to a sale's stock, in Redis.
public final class RedisSaleGate: SaleGate {
    let client: RedisClient
    let ledger: LedgerID
    let book: EpochBook
    let missed = MissedFacts()
    let logger: Logger
    let locks: LockInstruments
    let stepTimeout: Duration
    /// How long one call may take that no buyer waits for.
    let bulkTimeout: Duration

    /// What a Redis must let the gate and the locks do.
    public static let proof = RedisProof(GateScripts.proof, key: SaleKeys.proof)

    /// How long a step of a buyer's request waits for Redis, unless told otherwise.
    public static let stepTimeout = Duration.milliseconds(250)

    /// - Parameters:
    ///   - ledger: whose gate it is.
    ///   - stepTimeout: how long a step of a buyer's request waits; then the flow goes on without the gate.
    public init(
        client: RedisClient, ledger: LedgerID, instruments: RedisInstruments, logger: Logger,
        stepTimeout: Duration = RedisSaleGate.stepTimeout
    ) {
        self.client = client
        self.ledger = ledger
        book = EpochBook(ledger)
        self.logger = logger
        self.stepTimeout = stepTimeout
        bulkTimeout = max(stepTimeout, GateLimits.bulkTimeout)
        locks = LockInstruments(instruments)
    }

    public func reserve(
        _ item: ItemID, for buyer: BuyerID, of sale: Sale, candidate: CheckoutCode
    ) async -> ReserveOutcome {
        guard sale.contains(item) else { return .refused(.itemNotInSale) }
        let first = sale.ordinal(of: Unit(item: item.number, number: 1))
        do throws(RedisError) {
            let reply = try await ask(sale) { connection, keys throws(RedisError) in
                var arguments = keys.arguments
                arguments.append(Marker(epoch: keys.epoch, runID: connection.runID).text)
                arguments.append(first)
                arguments.append(sale.stockPerItem)
                arguments.append(sale.maxItemsPerBuyer)
                arguments.append(buyer.description)
                arguments.append(candidate.digits)
                return try await connection.run(
                    GateScripts.reserve, keyCount: 5, arguments, within: stepTimeout)
            }
            return try ReserveOutcome(reply, of: sale, candidate: candidate)
        } catch {
            note(error, during: "reserve", of: sale.id)
            return .unavailable
        }
    }

    public func begin(_ code: CheckoutCode) async -> BeginOutcome {
        let lock = CodeLock(code: code, token: RandomToken.make())
        let attempt = locks.attempt(.purchase)
        let command = RedisCommand(
            .set,
            [
                "SET", SaleKeys.lock(of: code, in: ledger), lock.token, "NX", "PX",
                String(GateLimits.lockLifetime.microseconds / 1_000),
            ])
        do throws(RedisError) {
            guard try await client.send(command, within: stepTimeout) != .null else {
                locks.alreadyLocked(attempt)
                return .inProgress
            }
            locks.acquired(attempt, token: lock.token)
            return .begun(lock)
        } catch {
            locks.failed(attempt, error)
            note(error, during: "begin", of: code.sale)
            return .unavailable
        }
    }

    @discardableResult
    public func settle(
        _ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?, for waiter: GateWaiter
    ) async -> Bool {
        guard !facts.isEmpty else { return if let lock { await unlock(lock) } else { true } }
        var isTold = true
        var rest = facts[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(GateLimits.factsPerCall)
            rest = rest.dropFirst(chunk.count)
            let isChunkTold = await tellAtOnce(
                chunk, of: sale, unlocking: rest.isEmpty ? lock : nil,
                within: waiter == .buyer ? stepTimeout : bulkTimeout)
            isTold = isChunkTold && isTold
        }
        return isTold
    }

    @discardableResult
    public func unlock(_ lock: CodeLock) async -> Bool {
        var arguments = RedisArguments()
        arguments.append(SaleKeys.lock(of: lock.code, in: ledger))
        arguments.append(lock.token)
        do throws(RedisError) {
            let reply = try await client.run(
                GateScripts.unlock, keyCount: 1, arguments, within: stepTimeout)
            locks.released(.purchase, token: lock.token, as: UnlockOutcome(reply.integer ?? 0))
            return true
        } catch {
            forget(lock)
            note(error, during: "unlock", of: lock.code.sale)
            return false
        }
    }

    public func forget(_ lock: CodeLock) { locks.forgotten(.purchase, token: lock.token) }

    /// Asks with the keys of the latest known epoch. If the reply's marker names a later one that this run of Redis has
    /// loaded, asks once more with the keys of that one.
    func ask(
        _ sale: Sale, markerOf: (RedisReply) -> String? = RedisSaleGate.markerIfNotLoaded,
        _ call: (RedisConnection, SaleKeys) async throws(RedisError) -> RedisReply
    ) async throws(RedisError) -> RedisReply {
        let connection = try await client.connection()
        let keys = book.keys(of: sale)
        let reply = try await call(connection, keys)
        guard let marker = markerOf(reply).flatMap(Marker.init), marker.runID == connection.runID,
            marker.epoch > keys.epoch
        else { return reply }
        return try await call(connection, book.learn(marker.epoch, of: sale.id))
    }

    /// The marker in the reply "not loaded", an array of the marker alone. Nil for any other reply.
    static func markerIfNotLoaded(_ reply: RedisReply) -> String? {
        guard let array = reply.array, array.count == 1 else { return nil }
        return array[0].string
    }

    /// Only for the debug log: the client's middleware counts failures.
    func note(_ error: RedisError, during step: String, of sale: SaleID) {
        logger.debug(
            "gate unavailable", metadata: ["step": "\(step)", "sale": "\(sale)", "redis_error": "\(error)"])
    }
}

extension ReserveOutcome {
    /// Reads what reserve.lua returns.
    fileprivate init(_ reply: RedisReply, of sale: Sale, candidate: CheckoutCode) throws(RedisError) {
        switch reply {
        case .integer(-1): self = .refused(.alreadyCheckedOut)
        case .integer(-2): self = .refused(.userLimitExceeded)
        case .integer(-3): self = .refused(.itemHeld)
        case .integer(-4): self = .refused(.itemSold)
        case .integer(let ordinal) where (0..<Int64(sale.unitCount)).contains(ordinal):
            self = .reserved(sale.unit(at: Int(ordinal)), candidate)
        case .bulk:
            let parts = (reply.string ?? "").split(separator: " ")
            guard parts.count == 2, let ordinal = Int(parts[0]), (0..<sale.unitCount).contains(ordinal),
                let code = CheckoutCode(sale: sale.id, digits: parts[1])
            else { throw RedisError(.protocol, "reserve returned a malformed code") }
            self = .reserved(sale.unit(at: ordinal), code)
        case .array: self = .notLoaded
        default: throw RedisError(.protocol, "reserve returned an unknown reply")
        }
    }
}

extension RedisSaleGate {
    private func tellAtOnce(
        _ facts: ArraySlice<GateFact>, of sale: Sale, unlocking lock: CodeLock?, within timeout: Duration
    ) async -> Bool {
        var lock = lock
        do throws(RedisError) {
            let reply = try await ask(sale, markerOf: { $0.array?.last?.string }) {
                connection, keys throws(RedisError) in
                var arguments = keys.arguments
                arguments.append(keys.load)
                arguments.append(keys.keptFacts)
                arguments.append(lock.map { SaleKeys.lock(of: $0.code, in: ledger) } ?? keys.marker)
                arguments.append(Marker(epoch: keys.epoch, runID: connection.runID).text)
                arguments.append(lock?.token ?? "")
                arguments.append(GateLimits.factsKeptForLoad)
                for text in facts.lazy.compactMap({ $0.text(of: sale) }) { arguments.append(text) }
                let reply = try await connection.run(
                    GateScripts.settle, keyCount: 8, arguments, within: timeout)
                if let held = lock, let unlocked = reply.array?.dropFirst().first?.integer {
                    locks.released(.purchase, token: held.token, as: UnlockOutcome(unlocked))
                    lock = nil
                }
                return reply
            }
            return reply.array?.first == .integer(1)
        } catch {
            // A buyer that hangs up says nothing about Redis. If each hang-up led to a rebuild, a few clients could
            // keep all others on the slow path. The drift check finds the fact that was not told.
            if error.code != .cancelled { missed.note(sale.id) }
            if let lock { forget(lock) }
            note(error, during: "settle", of: sale.id)
            return false
        }
    }
}
