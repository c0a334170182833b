// The duties' locks in Redis: one holder at a time as far as Redis knows, and a fence in case Redis is wrong.
//
//     free ──(SET NX, then a fence from the ledger)──► leased ──(renewed by its token)──► leased
//                                                        ├─(released by its token)──► free
//                                                        └─(deadline)──► lost: the holder stops, Redis frees it
//     free ──(SET NX, but no fence: another instance has the duty under another kind of lock)──► free
//
// Trust rule: the lock saves work. The holder believes in it only until a deadline, which counts from before it asked
// and leaves room for the clocks' skew. Its writes carry the fence, and the ledger checks it. If Redis fails, the lock
// is "unavailable" or "lost".

public import FlashSale
public import HiredisClient
public import Logging
public import Telemetry

/// Locks of duties: a random token in Redis and a fence from the ledger.
public final class FencedLock: DutyLock {
    /// How long Redis keeps a lock that is not extended, and so how soon another instance takes a dead one's duty.
    public static let lifetime = Duration.seconds(3)
    /// How long the lock waits for Redis, unless told otherwise.
    public static let timeout = Duration.milliseconds(500)

    private let client: RedisClient
    private let ledger: LedgerID
    private let sale: SaleID?
    /// Begins each token, so that others see who has a duty.
    private let holder: String
    private let nextFence: @Sendable (Duty) async -> FencingNumber?
    private let locks: LockInstruments
    private let logger: Logger
    private let term: LeaseTerm
    private let timeout: Duration

    /// - Parameters:
    ///   - ledger: whose duties they are.
    ///   - sale: the one that they are for; nil for duties that are for all.
    ///   - holder: the name of this instance, without a slash.
    ///   - lifetime: how long a lease lasts after it was asked for or extended.
    ///   - timeout: how long to wait for Redis; then the lock is unavailable, or lost.
    ///   - nextFence: raises the duty's fence in the ledger; nil if the ledger cannot or will not.
    public init(
        client: RedisClient, ledger: LedgerID, sale: SaleID? = nil, holder: String = "", instruments: RedisInstruments,
        logger: Logger,
        lifetime: Duration = FencedLock.lifetime,
        timeout: Duration = FencedLock.timeout,
        nextFence: @escaping @Sendable (Duty) async -> FencingNumber?
    ) {
        self.client = client
        self.ledger = ledger
        self.sale = sale
        self.holder = holder
        self.nextFence = nextFence
        locks = LockInstruments(instruments)
        self.logger = logger
        term = LeaseTerm(lifetime: lifetime)
        self.timeout = timeout
    }

    public func acquire(_ duty: Duty) async -> AcquireOutcome {
        let token = "\(holder)/\(LockToken.make())"
        let deadline = term.deadline(askedAt: .now)
        let attempt = locks.attempt(LockType(duty))
        let key = key(of: duty)
        let command = RedisCommand(.set, ["SET", key, token, "NX", "PX", milliseconds])
        do throws(RedisError) {
            guard try await client.send(command, to: RedisSlot(of: key), within: timeout) != .null else {
                locks.alreadyLocked(attempt)
                return .taken
            }
        } catch {
            locks.failed(attempt, error)
            note(error, during: "acquire", duty)
            return .unavailable
        }
        locks.acquired(attempt, token: token)
        guard let fence = await nextFence(duty), ContinuousClock.now < deadline else {
            await release(duty, token: token)
            return .taken
        }
        return .acquired(DutyLease(duty: duty, fence: fence, token: token, deadline: deadline))
    }

    public func extend(_ lease: DutyLease) async -> DutyLease? {
        var extended = lease
        extended.deadline = term.deadline(askedAt: .now)
        guard lease.stands(at: .now) else {
            locks.released(LockType(lease.duty), token: lease.token, as: .expired)
            return nil
        }
        var arguments = RedisArguments()
        let key = key(of: lease.duty)
        arguments.append(key)
        arguments.append(lease.token)
        arguments.append(milliseconds)
        do throws(RedisError) {
            let reply = try await client.run(
                GateScripts.renew, to: RedisSlot(of: key), keyCount: 1, arguments, within: timeout)
            guard reply == .integer(1) else {
                locks.released(LockType(lease.duty), token: lease.token, as: UnlockOutcome(reply.integer ?? 0))
                return nil
            }
            return extended
        } catch {
            locks.forgotten(LockType(lease.duty), token: lease.token)
            note(error, during: "extend", lease.duty)
            return nil
        }
    }

    public func release(_ lease: DutyLease) async {
        await release(lease.duty, token: lease.token)
    }

    /// The name of the instance that has the duty; nil if Redis knows of none.
    public func holder(of duty: Duty) async -> String? {
        let key = key(of: duty)
        let reply = try? await client.send(RedisCommand(.get, ["GET", key]), to: RedisSlot(of: key), within: timeout)
        return (reply?.string?.prefix { $0 != "/" }).map(String.init)
    }

    private func key(of duty: Duty) -> String {
        sale.map { SaleKeys.lock(of: duty, for: $0, in: ledger) } ?? SaleKeys.lock(of: duty, in: ledger)
    }

    private var milliseconds: String { String(term.lifetime.microseconds / 1_000) }

    private func release(_ duty: Duty, token: String) async {
        var arguments = RedisArguments()
        let key = key(of: duty)
        arguments.append(key)
        arguments.append(token)
        do throws(RedisError) {
            let reply = try await client.run(
                GateScripts.unlock, to: RedisSlot(of: key), keyCount: 1, arguments, within: timeout)
            locks.released(LockType(duty), token: token, as: UnlockOutcome(reply.integer ?? 0))
        } catch {
            locks.forgotten(LockType(duty), token: token)
            note(error, during: "release", duty)
        }
    }

    private func note(_ error: RedisError, during step: String, _ duty: Duty) {
        logger.debug(
            "duty lock unavailable",
            metadata: ["step": "\(step)", "duty": "\(duty.rawValue)", "redis_error": "\(error)"])
    }
}
