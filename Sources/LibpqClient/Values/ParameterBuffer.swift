// A statement's parameters, encoded one after the other in one allocation, on the caller's thread.

/// Encoded parameters in libpq's form: pointers, lengths and formats.
struct ParameterBuffer: Sendable {
    private let bytes: [UInt8]
    /// Each parameter's length; nil for NULL.
    private let lengths: [Int?]

    init(_ values: [PostgresValue]) {
        let lengths = values.map(\.encodedLength)
        let total = lengths.reduce(0) { $0 + ($1 ?? 0) }
        self.lengths = lengths
        bytes = Array(unsafeUninitializedCapacity: total) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            for value in values { value.write(to: &writer) }
            count = total
        }
    }

    /// Lends the arrays that libpq reads parameters from. libpq copies the values before it returns.
    func withPointers<R>(
        _ body: (
            _ count: Int32, _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<Int32>?,
            _ formats: UnsafePointer<Int32>?
        ) -> R
    ) -> R {
        guard !lengths.isEmpty else { return body(0, nil, nil, nil) }
        return bytes.withUnsafeBytes { raw in
            // An empty value still needs an address: a null pointer would mean NULL.
            let base = raw.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
            var pointers: [UnsafePointer<CChar>?] = []
            pointers.reserveCapacity(lengths.count)
            var offset = 0
            for length in lengths {
                pointers.append(length.map { _ in (base + offset).assumingMemoryBound(to: CChar.self) })
                offset += length ?? 0
            }
            let sizes = lengths.map { Int32($0 ?? 0) }
            let formats = [Int32](repeating: 1, count: lengths.count)
            return body(Int32(lengths.count), pointers, sizes, formats)
        }
    }
}
