// The duties' locks in Postgres, for when Redis cannot say who has a duty.
//
//     none ──(a session of its own)──► trying ──(locked, fence raised)──► leased ──(extended: still ours?)──► leased
//                                       │ ▲                                  │
//                               another │ │ next try                         ├─(released, or no more ours)──► none
//                                has it ▼ │                                  └─(idle too long: the server ends it)──►
//                                      spare ──(idle too long: the server ends it)──► none
//
// Trust rule: a lock belongs to its session and ends with it. The server ends a session that is silent for a lease's
// lifetime, so a holder that hangs or is cut off loses the duty as it would in Redis. The holder stops before that, by
// a deadline that it computed before it asked. Its writes carry the fence.
//
// A session lock needs sessions of the server itself: it does not pass a pooler that lends them by transaction.

public import FlashSale
public import LibpqClient
import Synchronization
public import Telemetry

/// Locks of duties by sessions of Postgres, with the fence raised in the same call.
public final class PostgresDutyLock: DutyLock {
    /// How long a lease lasts that is not extended, and a session that says nothing.
    public static let lifetime = Duration.seconds(3)

    private enum Session {
        /// Its statement is under way.
        case trying
        /// Another has the duty; the session is kept for the next try.
        case spare(PostgresClient)
        case leased(PostgresClient, DutyLease)
    }

    private let sessions = Mutex<[Duty: Session]>([:])
    private let term: LeaseTerm
    private let open: @Sendable () throws(PostgresError) -> PostgresClient

    /// - Parameters:
    ///   - configuration: where the server is; the number of connections and the time of idleness are the lock's own.
    ///   - lifetime: how long a lease lasts from the moment it is asked for or extended; a millisecond or more over
    ///     what clocks may drift.
    public init(
        _ configuration: PostgresClientConfiguration, eventLoop: PostgresEventLoop = PostgresEventLoop(),
        middlewares: [any PostgresMiddleware] = [], lifetime: Duration = PostgresDutyLock.lifetime
    ) {
        var session = configuration
        session.connectionsMax = 1
        session.connectionsMin = 0
        session.settings["idle_session_timeout"] = String(lifetime.microseconds / 1_000)
        term = LeaseTerm(lifetime: lifetime)
        open = { [session] () throws(PostgresError) in
            try PostgresClient(session, eventLoop: eventLoop, middlewares: middlewares)
        }
    }

    public func acquire(_ duty: Duty) async -> AcquireOutcome {
        let trial = beginTrying(duty)
        let deadline = term.deadline(askedAt: .now)
        do throws(PostgresError) {
            switch trial {
            case .none: return .taken
            case .over(let client): return await take(duty, over: client, deadline: deadline)
            case .overNewSession: return await take(duty, over: try open(), deadline: deadline)
            }
        } catch {
            sessions.withLock { $0[duty] = nil }
            return .unavailable
        }
    }

    public func extend(_ lease: DutyLease) async -> DutyLease? {
        var extended = lease
        extended.deadline = term.deadline(askedAt: .now)
        guard lease.stands(at: .now), let client = client(of: lease), await keeps(lease, over: client),
            lease.stands(at: .now)
        else {
            await release(lease)
            return nil
        }
        sessions.withLock { $0[lease.duty] = .leased(client, extended) }
        return extended
    }

    public func release(_ lease: DutyLease) async {
        let client = sessions.withLock { sessions -> PostgresClient? in
            guard case .leased(let client, let held) = sessions[lease.duty], held.token == lease.token else {
                return nil
            }
            sessions[lease.duty] = nil
            return client
        }
        // The server notices the end of a session late. Unlocked here, the duty is free for the next instance at once.
        _ = try? await client?.query(Statements.giveDutiesBack, deadline: .now + LedgerTimes.call)
        await client?.shutdown(deadline: .now)
    }

    /// How a duty's lock is asked for.
    private enum Trial {
        /// Not now: this instance has the duty, or tries to get it.
        case none
        case overNewSession
        case over(PostgresClient)
    }

    private func beginTrying(_ duty: Duty) -> Trial {
        sessions.withLock { sessions in
            switch sessions[duty] {
            case .trying: return .none
            // A session that holds a lock gives it again to who asks: it must not be asked.
            case .leased(_, let lease) where lease.stands(at: .now): return .none
            case .spare(let client):
                sessions[duty] = .trying
                return .over(client)
            // A client that nobody keeps closes its session, and so gives up the lock of a lease that has lapsed.
            case .leased, nil:
                sessions[duty] = .trying
                return .overNewSession
            }
        }
    }

    private func take(
        _ duty: Duty, over client: PostgresClient, deadline: ContinuousClock.Instant
    ) async -> AcquireOutcome {
        let answer: AcquireOutcome
        do throws(PostgresError) {
            let rows = try await client.query(
                Statements.takeDuty, [.text(duty.rawValue)], deadline: min(deadline, .now + LedgerTimes.call))
            guard let fence = try rows.firstRow()[0].optional?.int64() else {
                sessions.withLock { $0[duty] = .spare(client) }
                return .taken
            }
            let token = "\(UInt64.random(in: .min ... .max))-\(fence)"
            let lease = DutyLease(duty: duty, fence: FencingNumber(fence), token: token, deadline: deadline)
            answer = ContinuousClock.now < deadline ? .acquired(lease) : .unavailable
        } catch {
            answer = .unavailable
        }
        sessions.withLock { $0[duty] = answer.lease.map { .leased(client, $0) } }
        // What the session may have locked goes with it.
        if answer.lease == nil { await client.shutdown(deadline: .now) }
        return answer
    }

    private func client(of lease: DutyLease) -> PostgresClient? {
        sessions.withLock { sessions in
            guard case .leased(let client, let held) = sessions[lease.duty], held.token == lease.token else {
                return nil
            }
            return client
        }
    }

    private func keeps(_ lease: DutyLease, over client: PostgresClient) async -> Bool {
        do throws(PostgresError) {
            let rows = try await client.query(
                Statements.keepsDuty, [.text(lease.duty.rawValue), .int8(lease.fence.value)],
                deadline: min(lease.deadline, .now + LedgerTimes.call))
            return try rows.firstRow()[0].bool()
        } catch {
            return false
        }
    }
}
