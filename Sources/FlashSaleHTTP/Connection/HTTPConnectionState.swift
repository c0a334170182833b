// What a connection waits for, until when, and how much more it takes. This type decides, ConnectionHandler performs.
//
//     idle ──bytes──► head ──head──► body ──end──► answer ──answered──► sending ──sent──► idle, or resting ──► idle
//                       │              │                                   │  └─ last answer ──► closing ──► closed
//                       └─ too slow,   └─ too large,                       └─ no progress ──► closed
//                          too large      too slow
//
// From `answer` a connection may also become a stream of events, until it closes.
//
// Trust rule: a client cannot extend a phase past its deadline, or buffers past their limits, by anything that it
// sends, withholds or leaves unread. A connection holds one answer at most.

internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

struct HTTPConnectionState {
    enum Phase: Equatable {
        case idle
        case head
        case body
        case answer
        /// An answer is being sent. The next request starts when its last byte has left.
        case sending
        /// The request was shed. The next one waits for a moment, unless it is a holder's.
        case resting
        /// A stream of events is being sent, which has a clock of its own.
        case streaming
        /// The last answer has left. Further bytes are read and dropped.
        case closing
    }

    /// What to do when a timer fires.
    enum TimerAction: Equatable {
        case wait
        /// Look again in the next turn of the loop: in a long one, a request may have come that nobody has read.
        case lookAgain
        /// Nothing, and no timer more.
        case stop
        /// Close without an answer, because there is no request.
        case close
        /// The request took too long: answer so, and close.
        case refuse
    }

    private let limits: HTTPLimits
    private let idleTimeout: Duration
    private(set) var phase = Phase.idle
    private(set) var deadline: MonotonicTime
    /// Since when it waits for a request, if it does.
    private var idleSince: MonotonicTime
    private var headBytes = 0
    private var body: ByteBuffer?
    /// What has arrived while the body was read, with all that surrounds it.
    private var bodyWireBytes = 0
    private var isLast = false
    /// Whether the connection's time is over, unless a request has come meanwhile.
    private var isOverdue = false
    /// How long the connection rests once the answer has left; nil if it does not.
    private(set) var rest: Duration?
    /// When the present rest ends.
    private var restsUntil: MonotonicTime
    /// When the connection's last rest ended.
    private var restedAt: MonotonicTime?
    /// Whether the request was sent while the connection rested: its client did not wait for `Retry-After`.
    private(set) var isEager = false
    /// How many bytes of the answer had not left at the last check.
    private var unsentBytes = 0

    /// - Parameter jitter: from 0 to 1, how much of the most that is added to the idle timeout.
    init(limits: HTTPLimits, openedAt now: MonotonicTime, jitter: Double = 0) {
        self.limits = limits
        idleTimeout = limits.idleTimeout * (1 + jitter / 10)
        deadline = now + limits.firstByteTimeout
        idleSince = now
        restsUntil = now
    }

    /// Whether the next part of a request can be taken now.
    var takesRequests: Bool {
        switch phase {
        case .idle, .head, .body: true
        case .answer, .sending, .resting, .streaming, .closing: false
        }
    }

    /// Whether bytes are read now. One request ahead of the one at work may be read, and one in a rest.
    var readsMore: Bool { phase != .sending }

    /// The longest delay of a timer, so that no later deadline needs a second, earlier timer.
    var longestWait: Duration {
        min(limits.requestTimeout, limits.headTimeout, limits.lingerTimeout, limits.sendTimeout)
    }

    /// Bytes arrived, before the parser sees them. Returns why they are too many, if they are: the head is too long, or
    /// a body of the largest size needs fewer. Chunks may have extensions without end, which are no part of the body.
    mutating func bytesArrived(_ count: Int, at now: MonotonicTime) -> Reason? {
        switch phase {
        case .idle:
            phase = .head
            deadline = now + limits.headTimeout
            isOverdue = false
            headBytes = 0
            isEager = restedAt.map { now < $0 + AdmissionDoor.eagerness } ?? false
            return nil
        case .head:
            // The last read may have been the body's; only the reads before it are surely the head's.
            headBytes += count
            return headBytes > limits.headBytes ? .headerTooLarge : nil
        case .body:
            // The last read may have requests behind the body; there are fewer of them than this leaves room for.
            bodyWireBytes += count
            return bodyWireBytes > limits.bodyWireBytes ? .bodyTooLarge : nil
        case .answer, .sending, .resting, .streaming, .closing:
            return nil
        }
    }

    /// The head is complete. Returns why the request cannot go on, if it cannot.
    mutating func headArrived(_ head: HTTPRequestHead, at now: MonotonicTime) -> HeadFault? {
        phase = .body
        deadline = now + limits.requestTimeout
        body = nil
        bodyWireBytes = 0
        return head.fault(within: limits)
    }

    /// A piece of the body arrived. False if it makes the body too long.
    mutating func bodyArrived(_ part: ByteBuffer) -> Bool {
        guard phase == .body else { return true }
        guard (body?.readableBytes ?? 0) + part.readableBytes <= limits.bodyBytes else { return false }
        if body?.writeImmutableBuffer(part) == nil { body = part }
        return true
    }

    /// The request is complete: its body, nil if there is none.
    ///
    /// - Parameter extra: the time that its route may take beyond the request timeout.
    mutating func endArrived(extra: Duration = .zero) -> ByteBuffer? {
        phase = .answer
        deadline = deadline + limits.lateAnswerGrace + extra
        defer { body = nil }
        return body.flatMap { $0.readableBytes > 0 ? $0 : nil }
    }

    /// The request took too long. Its flow may still run, so the connection takes no further request.
    mutating func lost() {
        phase = .body
    }

    /// The request is answered by a stream. No timer of a request fires any more.
    mutating func streams() {
        phase = .streaming
    }

    /// The answer is being written.
    ///
    /// - Parameter rest: how long the connection rests afterwards, unless it is closed; nil if it does not.
    mutating func answered(isLast: Bool, restingFor rest: Duration? = nil, at now: MonotonicTime) {
        phase = .sending
        deadline = now + limits.sendTimeout
        body = nil
        self.isLast = isLast
        self.rest = isLast ? nil : rest
    }

    /// The answer did not leave at once: so many bytes of it are left.
    mutating func stalled(at unsentBytes: Int) {
        self.unsentBytes = unsentBytes
    }

    /// The last byte of the answer has left. Returns whether the connection is to be closed.
    mutating func sent(at now: MonotonicTime) -> Bool {
        phase = isLast ? .closing : rest == nil ? .idle : .resting
        restsUntil = now + (rest ?? .zero)
        (restedAt, isEager) = (nil, false)
        deadline = now + (isLast ? limits.lingerTimeout : idleTimeout)
        idleSince = now
        return isLast
    }

    /// The rest is over, or ends early. False if the connection does not rest, or rests again.
    mutating func rested(at now: MonotonicTime, isEarly: Bool = false) -> Bool {
        guard phase == .resting, isEarly || now >= restsUntil else { return false }
        phase = .idle
        deadline = now + idleTimeout
        idleSince = now
        // What was read ahead is eager, and so is what is read at once.
        (restedAt, isEager) = (now, true)
        return true
    }

    /// A timer fired, on time or early.
    ///
    /// - Parameters:
    ///   - isShutting: whether it must not wait much longer for a request.
    ///   - unsentBytes: how many bytes of an answer have not left yet. Read only while one is being sent.
    mutating func timerFired(
        at now: MonotonicTime, isShutting: Bool = false, unsentBytes: @autoclosure () -> Int = 0
    ) -> TimerAction {
        let isShutDown = isShutting && phase == .idle && now >= idleSince + limits.lastRequestTimeout
        guard isShutDown || now >= deadline else { return .wait }
        switch phase {
        case .idle:
            defer { isOverdue = true }
            return isOverdue ? .close : .lookAgain
        case .head, .resting, .closing: return .close
        case .body, .answer: return .refuse
        case .streaming: return .stop
        case .sending:
            let left = unsentBytes()
            guard left < self.unsentBytes else { return .close }
            self.unsentBytes = left
            deadline = now + limits.sendTimeout
            return .wait
        }
    }
}
