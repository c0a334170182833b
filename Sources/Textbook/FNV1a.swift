// FNV-1a of 64 bits: the hash of Fowler, Noll and Vo (draft-eastlake-fnv).

/// A hash that tells contents apart. It is fast for short contents and guards nothing: two that meet are easy to find.
public struct FNV1a: Sendable {
    @usableFromInline var state: UInt64 = 0xCBF2_9CE4_8422_2325

    @inlinable
    public init() {}

    @inlinable
    public init(_ bytes: some Sequence<UInt8>) {
        append(contentsOf: bytes)
    }

    public var value: UInt64 { state }

    @inlinable
    public mutating func append(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    @inlinable
    public mutating func append(contentsOf bytes: some Sequence<UInt8>) {
        // A buffer of bytes is walked in a third of the steps that a sequence takes.
        let isContiguous: Void? = bytes.withContiguousStorageIfAvailable { for byte in $0 { append(byte) } }
        if isContiguous == nil { for byte in bytes { append(byte) } }
    }
}
