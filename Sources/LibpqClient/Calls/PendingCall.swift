// A step that a caller awaits. It goes through the inbox, the queue and a session, and ends with a result.

internal import Synchronization
internal import Telemetry

/// Unchecked, because the continuation is set before the call is submitted, and from then on only the I/O thread uses
/// it. The caller reads what that thread wrote after it is resumed.
final class PendingCall: @unchecked Sendable {
    enum Step: Sendable {
        case lease
        case statement(PostgresStatement, ParameterBuffer)
        case script(PostgresStatement)
        case copyBegin(PostgresStatement)
        case copyData([UInt8])
        /// Ends the COPY. With a refusal the server drops its rows.
        case copyEnd(refusal: String?)
    }

    enum Reply: Sendable {
        case rows(PostgresRows)
        case lease(Lease)
        case done
    }

    private static let lastNumber = Atomic<UInt64>(0)

    let id: WaiterID
    let step: Step
    /// The lease that it belongs to; nil if any session of the pool will do.
    let lease: Lease?
    let deadline: ContinuousClock.Instant
    let site: CallSite
    let createdAt = ContinuousClock.now
    /// When it got a session; nil while it waits for one, and if it came with a lease.
    private(set) var assignedAt: ContinuousClock.Instant?
    private let cancelled = Atomic(false)
    private var continuation: CheckedContinuation<Result<Reply, PostgresError>, Never>?

    init(_ step: Step, lease: Lease?, deadline: ContinuousClock.Instant, site: CallSite) {
        self.id = WaiterID(number: Self.lastNumber.add(1, ordering: .relaxed).newValue)
        self.step = step
        self.lease = lease
        self.deadline = deadline
        self.site = site
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func cancel() { cancelled.store(true, ordering: .releasing) }

    func wait(with continuation: CheckedContinuation<Result<Reply, PostgresError>, Never>) {
        self.continuation = continuation
    }

    /// Notes that the call has a session.
    ///
    /// - Returns: how long it waited for the session.
    func assigned(at now: ContinuousClock.Instant) -> Duration {
        assignedAt = now
        return waited
    }

    /// How long it waited for a session: not at all, if it came with a lease.
    var waited: Duration { assignedAt.map { $0 - createdAt } ?? .zero }

    /// Resumes the caller. Only the first result counts.
    func finish(_ result: Result<Reply, PostgresError>) {
        continuation?.resume(returning: result)
        continuation = nil
    }

    func fail(_ code: PostgresError.Code, _ message: String, isOutcomeUnknown: Bool = false) {
        finish(.failure(PostgresError(code, message, isOutcomeUnknown: isOutcomeUnknown, at: site)))
    }
}

extension PendingCall.Step {
    /// Whether a COPY must be under way.
    var isWithinCopy: Bool {
        switch self {
        case .copyData, .copyEnd: true
        case .lease, .statement, .script, .copyBegin: false
        }
    }

    /// Whether a step that was sent may have been executed and stand. Inside a transaction only its COMMIT can.
    func mayHaveTakenEffect(inTransaction: Bool) -> Bool {
        switch self {
        case .lease, .copyBegin, .copyData: return false
        case .copyEnd(let refusal): return refusal == nil && !inTransaction
        case .script: return true
        case .statement(let statement, _):
            switch statement.queryType {
            case .begin, .rollback: return false
            case .commit, .other: return true
            case .select, .insert, .update, .delete, .copy, .call: return !inTransaction
            }
        }
    }
}
