// The commands of one connection that wait for their replies, oldest first. It does no I/O and reads no clock.
//
// Trust rule: replies come in the order of the commands, so a command stays in the queue until its reply has come, also
// when its caller has given up; only so does no reply ever reach the wrong caller.
//
// A deadline counts from the moment when the command is handed to the socket: what it waited here before was no time of
// the server's, and a loop that lags must not make a healthy server look dead.
//
//     append ──► waiting ──(reply)──► completed, removed
//                   └─(deadline, cancel)─► abandoned ──(reply)──► skipped, removed

internal import NIOCore

struct CommandQueue<Waiter> {
    struct Entry {
        let id: UInt64
        let calledAt: NIODeadline
        fileprivate(set) var deadline: NIODeadline
        fileprivate(set) var writtenAt: NIODeadline?
        /// Nil once the caller has given up.
        fileprivate(set) var waiter: Waiter?

        init(id: UInt64, calledAt: NIODeadline, deadline: NIODeadline, waiter: Waiter) {
            self.id = id
            self.calledAt = calledAt
            self.deadline = deadline
            self.waiter = waiter
        }
    }

    /// A waiter to resume, with the outcome of its command.
    struct Completion {
        let waiter: Waiter
        let outcome: RedisOutcome
    }

    enum Receipt {
        case completed(Completion)
        /// The caller of the command has given up.
        case skipped
        /// No command waits for a reply: the connection is out of step.
        case unexpected
    }

    private var entries = CircularBuffer<Entry>()
    /// Entries from this one on have not been handed to the socket.
    private var writtenCount = 0
    private let limit: Int
    private let overdueLimit: TimeAmount

    /// - Parameter overdueLimit: how long past its deadline the oldest command may wait before the connection is lost.
    init(limit: Int, overdueLimit: TimeAmount) {
        self.limit = limit
        self.overdueLimit = overdueLimit
    }

    var count: Int { entries.count }
    var isFull: Bool { entries.count >= limit }

    mutating func append(_ entry: Entry) {
        precondition(!isFull, "the queue is bounded")
        entries.append(entry)
    }

    /// Notes that all commands have been handed to the socket. Returns the earliest of their deadlines.
    mutating func markWritten(at now: NIODeadline) -> NIODeadline? {
        var earliest: NIODeadline?
        while writtenCount < entries.count {
            let index = entries.index(entries.startIndex, offsetBy: writtenCount)
            entries[index].markWritten(at: now)
            earliest = min(earliest ?? .distantFuture, entries[index].deadline)
            writtenCount += 1
        }
        return earliest
    }

    /// Takes the reply of the oldest command.
    mutating func receive(_ reply: RedisReply, at now: NIODeadline) -> Receipt {
        guard writtenCount > 0 else { return .unexpected }
        let entry = entries.removeFirst()
        writtenCount -= 1
        guard let waiter = entry.waiter else { return .skipped }
        let result: Result<RedisReply, RedisError> =
            if case .error(let text) = reply { .failure(RedisError(reply: text)) } else { .success(reply) }
        return .completed(Completion(waiter: waiter, outcome: entry.outcome(result, at: now)))
    }

    /// Gives up the commands that were written and whose deadline has passed. Their replies will be skipped.
    mutating func expire(at now: NIODeadline) -> [Completion] {
        abandon(.deadlineExceeded, "no reply within the deadline", at: now) {
            $0.writtenAt != nil && $0.deadline <= now
        }
    }

    /// Gives up one command; nil if its reply has already come.
    mutating func cancel(_ id: UInt64, at now: NIODeadline) -> Completion? {
        abandon(.cancelled, "the caller was cancelled", at: now) { $0.id == id }.first
    }

    /// Gives up all commands, because the connection has ended.
    mutating func removeAll(_ error: RedisError, at now: NIODeadline) -> [Completion] {
        defer {
            entries.removeAll()
            writtenCount = 0
        }
        return entries.compactMap { entry in
            entry.waiter.map { waiter in
                let error = error.withOutcomeUnknown(entry.writtenAt != nil)
                return Completion(waiter: waiter, outcome: entry.outcome(.failure(error), at: now))
            }
        }
    }

    /// Whether the oldest command is overdue for so long that the connection must be closed.
    func isStuck(at now: NIODeadline) -> Bool {
        entries.first.map { $0.stuckAt(overdueLimit) <= now } ?? false
    }

    /// When `expire` or `isStuck` must be called next.
    var nextAlarm: NIODeadline? {
        guard let oldest = entries.first else { return nil }
        return entries.lazy.filter { $0.waiter != nil }.map(\.deadline).reduce(oldest.stuckAt(overdueLimit), min)
    }

    private mutating func abandon(
        _ code: RedisError.Code, _ message: String, at now: NIODeadline, where isMeant: (Entry) -> Bool
    ) -> [Completion] {
        var completions: [Completion] = []
        for index in entries.indices {
            guard let waiter = entries[index].waiter, isMeant(entries[index]) else { continue }
            let error = RedisError(code, message, isOutcomeUnknown: entries[index].writtenAt != nil)
            completions.append(Completion(waiter: waiter, outcome: entries[index].outcome(.failure(error), at: now)))
            entries[index].waiter = nil
        }
        return completions
    }
}

extension CommandQueue.Entry {
    fileprivate func outcome(_ result: Result<RedisReply, RedisError>, at now: NIODeadline) -> RedisOutcome {
        RedisOutcome(
            result: result,
            queueWait: UInt64(clamping: ((writtenAt ?? now) - calledAt).nanoseconds),
            socketTime: writtenAt.map { UInt64(clamping: (now - $0).nanoseconds) }
        )
    }

    fileprivate mutating func markWritten(at now: NIODeadline) {
        writtenAt = now
        let waited = now - calledAt
        if waited > .zero, deadline < .distantFuture - waited { deadline = deadline + waited }
    }

    fileprivate func stuckAt(_ limit: TimeAmount) -> NIODeadline {
        deadline > .distantFuture - limit ? .distantFuture : deadline + limit
    }
}
