// Rows in the binary format of COPY (Postgres documentation, "COPY", Binary Format).

/// Collects rows for `COPY … FROM STDIN (FORMAT binary)`. Take full chunks with `take()`, and the last with `finish()`.
public struct PostgresCopyBuffer: Sendable {
    /// The collected bytes that nobody has taken yet.
    private var bytes: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)

    public init() {}

    /// How many bytes are ready to be taken.
    public var count: Int { bytes.count }

    /// Adds a row. Each value must be of its column's type.
    public mutating func append(_ row: PostgresValue...) {
        let lengths = row.reduce(2) { $0 + 4 + ($1.encodedLength ?? 0) }
        withUnsafeTemporaryAllocation(byteCount: lengths, alignment: 8) { memory in
            var writer = BinaryWriter(memory)
            writer.write(Int16(row.count))
            for value in row {
                writer.write(Int32(value.encodedLength ?? -1))
                value.write(to: &writer)
            }
            bytes.append(contentsOf: memory)
        }
    }

    /// Returns the collected bytes and begins the next chunk.
    public mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Returns the last chunk, with the end mark.
    public mutating func finish() -> [UInt8] {
        take() + [0xFF, 0xFF]
    }
}
