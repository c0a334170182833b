// Numbers that are written once and then read on the hot path.

/// An array without a reference count: it belongs to one owner and ends with it.
///
/// Unchecked because a pointer does not say that its memory never changes.
@usableFromInline
struct FixedTable<Number: FixedWidthInteger & BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    @usableFromInline let numbers: UnsafeMutablePointer<Number>
    @usableFromInline let count: Int

    init(_ numbers: [Number]) {
        count = numbers.count
        self.numbers = .allocate(capacity: count)
        self.numbers.initialize(from: numbers, count: count)
    }

    deinit {
        numbers.deallocate()
    }

    @inlinable
    subscript(position: Int) -> Number {
        assert(position < count)
        return numbers[position]
    }
}
