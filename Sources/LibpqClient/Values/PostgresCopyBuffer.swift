// Rows in the binary format of COPY (Postgres documentation, "COPY", Binary Format).

/// Collects rows for `COPY … FROM STDIN (FORMAT binary)`: take chunks as they fill, then the last with `finish()`.
public struct PostgresCopyBuffer: Sendable {
    /// What has been collected and not been taken.
    private var bytes: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)

    public init() {}

    /// The bytes that wait to be taken.
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

    /// Hands out what has been collected, and goes on with the next chunk.
    public mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Hands out the last chunk, with the end mark.
    public mutating func finish() -> [UInt8] {
        take() + [0xFF, 0xFF]
    }
}
