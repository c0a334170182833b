// The source's end of a COPY … FROM STDIN.

/// Takes the bytes of a COPY, in the format that its statement names.
public struct PostgresCopyWriter: Sendable {
    let send: @Sendable ([UInt8]) async throws(PostgresError) -> Void

    /// Sends a chunk, and returns when the socket has taken it, so that a fast source waits for a slow server.
    ///
    /// A chunk may end in the middle of a row. About 64 KiB is a good size.
    public func write(_ chunk: [UInt8]) async throws(PostgresError) {
        guard !chunk.isEmpty else { return }
        try await send(chunk)
    }
}
