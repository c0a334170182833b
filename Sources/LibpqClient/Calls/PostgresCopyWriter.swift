// The source's end of a COPY … FROM STDIN.

/// Takes the bytes of a COPY, in the format that its statement names.
public struct PostgresCopyWriter: Sendable {
    let send: @Sendable ([UInt8]) async throws(PostgresError) -> Void

    /// Sends a chunk, and returns when the socket has taken it; so a fast source waits for a slow server.
    ///
    /// Chunks need not end where rows do. Some 64 KiB each are a good size.
    public func write(_ chunk: [UInt8]) async throws(PostgresError) {
        guard !chunk.isEmpty else { return }
        try await send(chunk)
    }
}
