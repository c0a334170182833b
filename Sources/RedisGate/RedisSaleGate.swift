// The buyers' half of the gate in Redis: one round trip for each step of a checkout or a purchase. The steps of
// requests that run at the same time share it.
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
    let reservations = SharedCalls<Sale, Reservation, ReserveOutcome>(requestsMax: GateLimits.requestsPerCall)
    let beginnings = SharedCalls<SaleID, CodeLock, Result<Bool, RedisError>>(requestsMax: GateLimits.requestsPerCall)
    let settlements = SharedCalls<SettlementKey, Settlement, Bool>(requestsMax: GateLimits.requestsPerSettlement)
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
        let request = Reservation(item: item, buyer: buyer, candidate: candidate)
        return await share(request, of: sale, in: reservations, as: .reserve) { await reserve($0, of: sale) }
    }

    public func begin(_ code: CheckoutCode) async -> BeginOutcome {
        let lock = CodeLock(code: code, token: LockToken.make())
        let attempt = locks.attempt(.purchase)
        switch await share(lock, of: code.sale, in: beginnings, as: .begin, call: begin) {
        case .success(true):
            locks.acquired(attempt, token: lock.token)
            return .begun(lock)
        case .success(false):
            locks.alreadyLocked(attempt)
            return .inProgress
        case .failure(let error):
            locks.failed(attempt, error)
            return .unavailable
        }
    }

    @discardableResult
    public func settle(
        _ facts: [GateFact], of sale: Sale, unlocking lock: CodeLock?, for waiter: GateWaiter
    ) async -> Bool {
        guard !facts.isEmpty else { return if let lock { await unlock(lock) } else { true } }
        var isTold = true
        var rest = facts.compactMap { $0.text(of: sale) }[...]
        repeat {
            let settlement = Settlement(
                facts: rest.prefix(GateLimits.factsPerCall),
                lock: rest.count <= GateLimits.factsPerCall ? lock : nil)
            rest = rest.dropFirst(settlement.facts.count)
            let isHeard: Bool
            if settlement.facts.count <= GateLimits.factsPerSharedCall {
                let key = SettlementKey(sale: sale, waiter: waiter)
                isHeard = await share(settlement, of: key, in: settlements, as: .settle) { await settle($0, of: key) }
            } else {
                isHeard = await settle([settlement], of: SettlementKey(sale: sale, waiter: waiter))[0]
            }
            isTold = isHeard && isTold
        } while !rest.isEmpty
        return isTold
    }

    @discardableResult
    public func unlock(_ lock: CodeLock) async -> Bool {
        var arguments = RedisArguments()
        let lockKeys = SaleKeys.locks(of: lock.code.sale, in: ledger)
        arguments.append(lockKeys, lock.code.digits)
        arguments.append(lock.token)
        do throws(RedisError) {
            let reply = try await client.run(
                GateScripts.unlock, to: RedisSlot(of: lockKeys), keyCount: 1, arguments, within: stepTimeout)
            locks.released(.purchase, token: lock.token, as: UnlockOutcome(reply.integer ?? 0))
            return true
        } catch {
            forget(lock)
            note(error, during: "unlock", of: lock.code.sale)
            return false
        }
    }

    public func forget(_ lock: CodeLock) { locks.forgotten(.purchase, token: lock.token) }

    /// Sends a request together with others of its kind. The trace of each has the call.
    private func share<Key, Request, Value>(
        _ request: Request, of key: Key, in calls: SharedCalls<Key, Request, Value>, as script: ScriptLabel,
        call: ([Request]) async -> [Value]
    ) async -> Value {
        let startedAt = MonotonicTime.now
        return await calls.send(
            request, of: key,
            whenJoined: {
                Trace.current?.record(.redisCommand, from: startedAt, to: .now) { span in
                    span.peer = .redis
                    span.set(.redisCommand, RedisCommandLabel.evalsha)
                    span.set(.redisScript, script)
                }
            }, call: call)
    }

    /// Asks with the keys of the latest known epoch. If the reply's marker names a later one of the same stock that
    /// this run of Redis has loaded, asks once more with the keys of that one.
    ///
    /// - Parameter timeout: how long one call may take.
    func ask(
        _ sale: Sale, within timeout: Duration,
        markerOf: (RedisReply) -> String? = RedisSaleGate.markerIfNotLoaded,
        _ call: (RedisConnection, SaleKeys, _ timeout: Duration) async throws(RedisError) -> RedisReply
    ) async throws(RedisError) -> RedisReply {
        try await client.withConnection(to: book.keys(of: sale).slot, within: timeout) {
            connection, timeout throws(RedisError) in
            let keys = book.keys(of: sale)
            let reply = try await call(connection, keys, timeout)
            guard let marker = markerOf(reply).flatMap(Marker.init), marker.runID == connection.runID,
                marker.epoch > keys.epoch, marker.stockPerItem == sale.stockPerItem
            else { return reply }
            return try await call(connection, book.learn(marker.epoch, of: sale.id), timeout)
        }
    }

    /// The marker with which the sale counts as loaded, as a text.
    func marker(of sale: Sale, under keys: SaleKeys, over connection: RedisConnection) -> String {
        Marker(epoch: keys.epoch, runID: connection.runID, stockPerItem: sale.stockPerItem).text
    }

    /// The marker in the reply "not loaded", an array of the marker alone. Nil for any other reply.
    static func markerIfNotLoaded(_ reply: RedisReply) -> String? {
        guard let array = reply.array, array.count == 1 else { return nil }
        return array[0].string
    }

    /// Only for the debug log: the client's middleware counts failures.
    func note(_ error: RedisError, during step: String, of sale: SaleID) {
        logger.debug(
            "gate unavailable", metadata: ["step": "\(step)", "sale_id": "\(sale)", "redis_error": "\(error)"])
    }
}
