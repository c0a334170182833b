// Decides what follows from a collector's answer. The clock and the randomness are passed in.

internal import Telemetry
internal import Textbook

/// How a request to the collector ended.
enum ExportAnswer: Sendable, Equatable {
    /// An answer came, with these fields and this body.
    case status(Int, retryAfter: String?, body: [UInt8])
    /// No complete answer came: the connection was refused or reset, the time was up, or the answer broke off.
    case failed(String)

    /// Whether another try may end better.
    var isRetryable: Bool {
        switch self {
        case .status(let status, _, _): [429, 502, 503, 504].contains(status)
        case .failed: true
        }
    }
}

/// The tries of one batch.
struct RetryPolicy: Sendable {
    enum Step: Equatable {
        /// The collector has the batch, except for the items that it refused: their number, and what it says of it.
        case delivered(rejected: Int, remark: String?)
        /// Send the same batch again after this time.
        case retry(after: Duration)
        case drop(String)
    }

    /// The most bytes of a collector's words.
    private static let remarkBytes = 256
    static let triesMax = 5
    /// From the first try on, a batch is given up after this time, in which waits that the collector asked for do not
    /// count.
    static let timeMax = Duration.seconds(30)
    /// The longest wait that a collector can ask for.
    static let askedMax = Duration.seconds(3_600)
    static let firstPause = Duration.seconds(1)
    static let pauseMax = Duration.seconds(30)
    /// The share by which a pause is shortened or lengthened, so that instances do not retry together.
    static let jitter = 0.2

    private let startedAt: MonotonicTime
    private let timeMax: Duration
    private let isPatient: Bool
    private(set) var tries = 0
    /// The waits so far that the collector asked for.
    private var waited = Duration.zero
    /// How long the last answer asked to wait, whatever becomes of the batch.
    private(set) var asked: Duration?

    /// - Parameter isPatient: whether a batch waits for as long as the collector asks. Metrics do not: the next request
    ///   has what this one has.
    init(startedAt: MonotonicTime, timeMax: Duration = Self.timeMax, isPatient: Bool = true) {
        self.startedAt = startedAt
        self.timeMax = timeMax
        self.isPatient = isPatient
    }

    /// The remaining time for this batch.
    func timeLeft(at now: MonotonicTime) -> Duration {
        timeMax + waited - .nanoseconds(Int64(now.nanoseconds(since: startedAt)))
    }

    /// Decides after a try.
    ///
    /// - Parameters:
    ///   - date: seconds since 1970, for a `Retry-After` that is a date.
    ///   - random: from 0 to 1.
    mutating func decide(_ answer: ExportAnswer, at now: MonotonicTime, date: Int64, random: Double) -> Step {
        tries += 1
        asked = nil
        switch answer {
        case .status(200..<300, _, let body):
            return Self.delivered(body)
        case .status(let status, let retryAfter, _) where answer.isRetryable:
            asked = retryAfter.flatMap { RetryAfter.seconds($0, now: date) }
                .map { min(.seconds($0), Self.askedMax) }
            return again("the collector answered \(status)", at: now, random: random)
        case .status(let status, _, let body):
            // A google.rpc.Status, if it is one.
            let words = Self.text(2, of: body).map { ": \($0)" } ?? ""
            return .drop("the collector answered \(status)\(words)")
        case .failed(let why):
            return again(why, at: now, random: random)
        }
    }

    private mutating func again(_ why: String, at now: MonotonicTime, random: Double) -> Step {
        if isPatient, let asked { waited += asked }
        let backoff = min(Self.pauseMax, Self.firstPause * (1 << min(tries - 1, 10)))
        let share = 1 - Self.jitter + 2 * Self.jitter * random
        let pause = asked ?? .milliseconds((backoff / .milliseconds(1) * share).rounded())
        guard tries < Self.triesMax, pause < timeLeft(at: now) else { return .drop(why) }
        return .retry(after: pause)
    }

    /// Reads `partial_success` of an ExportTraceServiceResponse, or its like in those of the other signals.
    private static func delivered(_ body: [UInt8]) -> Step {
        var (rejected, remark) = (0, String?.none)
        for case (1, .bytes(let partial)) in ProtobufReader.fields(of: body) ?? [] {
            for case (1, .integer(let count)) in ProtobufReader.fields(of: partial) ?? [] {
                rejected = Int(clamping: Int64(bitPattern: count))
            }
            remark = text(2, of: partial)
        }
        return .delivered(rejected: rejected, remark: remark)
    }

    /// The beginning of a message's text; nil if there is none.
    private static func text(_ number: Int, of message: [UInt8]) -> String? {
        for case (number, .bytes(let bytes)) in ProtobufReader.fields(of: message) ?? [] where !bytes.isEmpty {
            return String(decoding: bytes.prefix(remarkBytes), as: UTF8.self)
        }
        return nil
    }
}
