// The refusal of a request that is shed, made once: only its id, its date and its pause are written each time.

internal import NIOCore
internal import Telemetry
internal import Textbook

/// The bytes of a 503 `overloaded`, equal to what any other refusal's would be.
struct PreparedRefusal: Sendable {
    /// As long as every id that the service gives.
    private static let sampleID = String(identifier: .max)
    /// As long as every date.
    private static let sampleDate = UTCTime(seconds: 0).httpDate
    private static let pauseName = "Retry-After: "

    private let bytes: ByteBuffer
    private let ids: [Int]
    private let date: Int
    private let pause: Int

    /// - Parameter idleTimeout: how long the connection waits for its next request; nil if it closes.
    init(keptFor idleTimeout: Duration?) {
        let answer = Problem(.overloaded).answer(requestID: Self.sampleID, jitter: 0)
        var bytes = ByteBuffer(
            answer, date: Self.sampleDate, requestID: Self.sampleID, keptFor: idleTimeout)
        bytes.writeImmutableBuffer(answer.body)
        let text = Array(bytes.readableBytesView)
        func places(of word: String) -> [Int] {
            let word = Array(word.utf8)
            return text.indices.filter { text[$0...].starts(with: word) }
        }
        self.bytes = bytes
        ids = places(of: Self.sampleID)
        let (dates, pauses) = (places(of: Self.sampleDate), places(of: Self.pauseName))
        precondition(ids.count == 2 && dates.count == 1 && pauses.count == 1, "a refusal has an id, a date and a pause")
        date = dates[0]
        pause = pauses[0] + Self.pauseName.utf8.count
    }

    /// The refusal of one request.
    ///
    /// - Parameters:
    ///   - id: one that the service gave.
    ///   - jitter: any number, as for other refusals.
    func bytes(id: String, date: String, jitter: UInt64) -> ByteBuffer {
        precondition(id.utf8.count == Self.sampleID.utf8.count, "the id is one of a client")
        var bytes = bytes
        for place in ids { bytes.setString(id, at: place) }
        bytes.setString(date, at: self.date)
        bytes.setInteger(0x30 + UInt8(Problem.retryAfter(jitter)), at: pause)
        return bytes
    }
}
