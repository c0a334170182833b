// Answers that wait for a slow client.

internal import NIOCore

extension Channel {
    /// The bytes that were written to the channel and have not left.
    var unsentBytes: Int { (try? syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }
}
